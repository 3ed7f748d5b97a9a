# Tether: build and run.  `make help` lists the targets; those that test and
# measure are in tests/tests.mk.
#
# Everything built goes to $(B).  The kernel is linked twice: the second time
# with the names of its own functions, so that a panic can print them.

CHECK ?= 0
B     ?= $(if $(filter 1,$(CHECK)),build-check,build)
O     ?= 2
V     ?= 0
CPUS  ?= 2
MEM   ?= 128M
FSSIZE ?= 32M
DISK  ?= $(B)/disk.img
BOOTARGS ?=
QEMU  ?= qemu-system-riscv64
BIOS  ?= default
HOSTCC ?= cc
PYTHON ?= /usr/bin/python3

# The compiler is what TOOLPREFIX or LLVM=1 says, otherwise the first found.
# What is typed for this make counts more than what the environment hands down.
LLVM  ?= 0
ifeq ($(origin TOOLPREFIX)/$(origin LLVM),command line/environment)
LLVM = 0
endif
ifeq ($(origin TOOLPREFIX),undefined)
TOOLPREFIX := $(shell tools/toolchain)
endif
ifeq ($(TOOLPREFIX),llvm-)
LLVM = 1
endif

ifeq ($(LLVM),1)
CC = clang --target=riscv64-unknown-elf -mno-relax
LD = ld.lld
OBJDUMP = llvm-objdump
OBJCOPY = llvm-objcopy
AR = llvm-ar
ARCH_K = rv64imac
ARCH_U = rv64gc
else
CC = $(TOOLPREFIX)gcc
LD = $(TOOLPREFIX)ld
OBJDUMP = $(TOOLPREFIX)objdump
OBJCOPY = $(TOOLPREFIX)objcopy
AR = $(TOOLPREFIX)ar
ARCH_K = rv64imac_zicsr_zifencei
ARCH_U = rv64gc_zicsr_zifencei
endif

export TOOLPREFIX LLVM QEMU PYTHON

Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(patsubst $(CURDIR)/%,%,$(2)))
quote = '$(subst ','\'',$(1))'

# ---- flags -----------------------------------------------------------------

WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wwrite-strings -Wundef -Wvla -Wpointer-arith
FREE = -std=gnu11 -O$(O) -ggdb3 -ffreestanding -nostdinc -fno-common -fno-pic \
       -fno-strict-aliasing -mcmodel=medany -MMD -MP \
       -isystem kernel/std $(INCLUDE)
# The compiler's own headers; make asks it once where they are.
INCLUDE = @$(B)/stamps/include

KFLAGS = $(WARN) $(FREE) -mabi=lp64 -Ikernel -fomit-frame-pointer \
         -Wframe-larger-than=1536
# Programs are also written by students: warned about, but built.
UFLAGS = -Wall -Wextra -Wno-unused-parameter $(FREE) -march=$(ARCH_U) -mabi=lp64d -Iuser/include -I. -Ikernel
ifeq ($(CHECK),1)
KFLAGS += -DTETHER_CHECK -fstack-protector-strong
else
KFLAGS += -fno-stack-protector
endif
LDFLAGS = -nostdlib -static -z max-page-size=4096 --build-id=none \
          --no-dynamic-linker
HOSTFLAGS = $(WARN) -std=gnu11 -O2 -g -DTETHER_HOSTED -Ikernel -Imkfs

# ---- the kernel ------------------------------------------------------------

KERNEL = $(patsubst kernel/%,%,$(basename \
    $(filter-out kernel/check/% %/macros.S,$(wildcard kernel/*.c kernel/*/*.[cS]))))
ifeq ($(CHECK),1)
KERNEL += check/check check/lockstat check/selftest check/stack
endif
KOBJS = $(KERNEL:%=$(B)/kernel/%.o)

all: $(B)/kernel.elf $(B)/fs.img $(B)/fsck

# ---- what is built anew ------------------------------------------------------

# A stamp holds what its users were built with: each make compares, and writes it
# only when that has changed.  Expanded here, because below some files get flags
# of their own, and a stamp must not.
kernel_is := $(CC) $(KFLAGS) $(ARCH_K) $(LD) $(LDFLAGS) $(OBJDUMP)
user_is := $(CC) $(UFLAGS) $(LD) $(LDFLAGS) $(AR)
host_is := $(HOSTCC) $(HOSTFLAGS)
# A file that comes or goes changes no file that is there.
objects_is := $(KOBJS)
sources_is := $(wildcard user/*/*.[cS] user/bin/*/*.c)
image_is := $(FSSIZE) $(wildcard user/*.c user/bin/*.c)

STAMPS = $(patsubst %,$(B)/stamps/%,kernel user host objects sources image)
KSTAMPS = $(B)/stamps/compiler $(B)/stamps/kernel Makefile
USTAMPS = $(B)/stamps/compiler $(B)/stamps/user Makefile

$(STAMPS): $(B)/stamps/%: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$($*_is)' | cmp -s - $@ || printf '%s\n' '$($*_is)' >$@

# Says which compiler was chosen, when it is not the one of the last build.
$(B)/stamps/compiler: FORCE | setup
	$(Q)mkdir -p $(@D)
	$(Q)echo "-isystem $$($(CC) -print-file-name=include)" >$(B)/stamps/include
	$(Q)$(CC) --version | head -n 1 >$@.new
	$(Q)cmp -s $@.new $@ || \
	    { cp $@.new $@ && printf '  %-7s %s\n' TOOLS "$$(cat $@)"; }
	$(Q)rm -f $@.new
FORCE:

# ---- compiling the kernel ----------------------------------------------------

$(B)/kernel/fs/%.o $(B)/kernel/disk/%.o $(B)/kernel/vm/uaccess.o: KFLAGS += -Wconversion
$(B)/kernel/riscv/fp.o: ARCH_K = rv64imafdc
# memset must not be compiled into a call of itself.
NO_SELF_CALL = $(if $(filter 1,$(LLVM)),,-fno-tree-loop-distribute-patterns)
$(B)/kernel/lib/str.o: KFLAGS += $(NO_SELF_CALL)
$(B)/user/obj/lib/str.o: UFLAGS += $(NO_SELF_CALL)

$(B)/kernel/%.o: kernel/%.c $(KSTAMPS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -march=$(ARCH_K) -c -o $@ $<

$(B)/kernel/%.o: kernel/%.S $(KSTAMPS)
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -march=$(ARCH_K) -c -o $@ $<

$(B)/kernel.elf: $(KOBJS) $(B)/stamps/objects kernel.ld tools/ksyms.awk
	$(call say,LD,$@)
	$(Q)awk -f tools/ksyms.awk </dev/null >$(B)/ksyms0.S
	$(Q)$(CC) $(KFLAGS) -march=$(ARCH_K) -c -o $(B)/ksyms0.o $(B)/ksyms0.S
	$(Q)$(LD) $(LDFLAGS) -T kernel.ld -o $(B)/kernel0.elf $(KOBJS) $(B)/ksyms0.o
	$(Q)$(OBJDUMP) -d $(B)/kernel0.elf | awk -f tools/ksyms.awk >$(B)/ksyms.S
	$(Q)$(CC) $(KFLAGS) -march=$(ARCH_K) -c -o $(B)/ksyms.o $(B)/ksyms.S
	$(Q)$(LD) $(LDFLAGS) -T kernel.ld -o $@ $(KOBJS) $(B)/ksyms.o

# As boot loaders of boards want it: the bytes from the load address on.
$(B)/kernel.bin: $(B)/kernel.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

image: $(B)/kernel.bin

# ---- user programs: user/NAME.c, or all of user/NAME/*.c ---------------------

# Those that xv6 does not have are in user/bin and /bin, so that a program of the
# same name may come from elsewhere as user/NAME.c: as /NAME, it is found first.
ULIB  = $(patsubst user/%,$(B)/user/obj/%.o,$(basename $(wildcard user/lib/*.c user/lib/*.S)))
UONE  = $(patsubst user/%.c,%,$(wildcard user/*.c user/bin/*.c))
UMANY = $(filter-out lib include bin,$(patsubst user/%/,%,$(sort $(dir $(wildcard user/*/*.c user/bin/*/*.c)))))
UPROGS = $(sort $(UONE) $(UMANY))
$(foreach p,$(filter $(UONE),$(UMANY)),$(error \
    user/$(p).c and user/$(p)/ would be the same program: rename one of them))
$(foreach p,$(filter bin obj,$(UPROGS)),$(error \
    a program cannot be called $(p): rename user/$(p).c or user/$(p)/))

$(B)/user/obj/%.o: user/%.c $(USTAMPS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -c -o $@ $<

$(B)/user/obj/%.o: user/%.S $(USTAMPS)
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -c -o $@ $<

$(B)/user/libtether.a: $(ULIB) $(B)/stamps/sources
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(ULIB)

# A program may define what the library has, too: its own definition counts.
# It is put together first, because within it nothing may be defined twice.
define link_program
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(LD) -r -o $@.o $(filter %.o,$^)
	$(Q)$(LD) $(LDFLAGS) -z muldefs -T user/user.ld -o $@ $@.o $(filter %.a,$^)
endef

# What `help` prints, from the sources of all programs that are found by name.
UFOUND = $(filter-out $(UPROGS:%=bin/%),$(UPROGS))
$(B)/help.h: $(wildcard $(UFOUND:%=user/%.c) $(UFOUND:%=user/%/*.c)) \
    tools/help.awk $(B)/stamps/image $(B)/stamps/sources
	$(Q)awk -f tools/help.awk $(filter %.c,$^) | LC_ALL=C sort >$@.new
	$(Q)if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(B)/user/obj/bin/help.o: $(B)/help.h
$(B)/user/obj/bin/help.o: UFLAGS += -I$(B)

$(UONE:%=$(B)/user/%): $(B)/user/%: $(B)/user/obj/%.o $(B)/user/libtether.a user/user.ld
	$(link_program)

define many_rule
$(B)/user/$(1): $(patsubst user/%.c,$(B)/user/obj/%.o,$(wildcard user/$(1)/*.c)) \
    $(B)/user/libtether.a user/user.ld
	$$(link_program)
endef
$(foreach p,$(UMANY),$(eval $(call many_rule,$(p))))

# ---- the disk image ----------------------------------------------------------

MKFS_LIB = $(filter-out mkfs/mkfs.c mkfs/fsck.c,$(wildcard mkfs/*.c)) \
           kernel/disk/format.c

$(B)/mkfs $(B)/fsck: $(B)/%: mkfs/%.c $(MKFS_LIB) $(wildcard mkfs/*.h kernel/api/*.h kernel/disk/*.h) \
    $(B)/stamps/host | setup
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTFLAGS) -o $@ $< $(MKFS_LIB)

$(B)/fs.img: $(B)/mkfs $(UPROGS:%=$(B)/user/%) $(B)/stamps/image README.md
	$(call say,MKFS,$@)
	$(Q)$(B)/mkfs -s $(FSSIZE) $@.new README.md README.md:README \
	    $(foreach p,$(UPROGS),$(B)/user/$(p):$(p))
	$(Q)mv $@.new $@

# ---- running -----------------------------------------------------------------

# QEMU writes to a copy of fs.img, disk.img: tools/machine renews it after a build
# and keeps it once something was written.
DRIVE = file=$(DISK)
APPEND = $(BOOTARGS)
QEMUFLAGS = -machine virt -bios $(BIOS) -kernel $(B)/kernel.elf -m $(MEM) -smp $(CPUS) \
            -nographic -global virtio-mmio.force-legacy=false \
            -drive $(DRIVE),if=none,format=raw,id=x0 \
            -device virtio-blk-device,drive=x0 -append $(call quote,$(APPEND))

qemu: all
	tools/machine run $(B) $(QEMU) $(QEMUFLAGS)

qemu-gdb: all
	tools/machine wait $(B) $(QEMU) $(QEMUFLAGS)

# Builds nothing: the kernel that runs is the one to look at.
gdb:
	$(Q)tools/setup debug
	$(Q)tools/machine gdb $(B) $(GDBFLAGS)

fresh-disk: all
	$(Q)tools/machine fresh-disk $(B)

# These fill the disk, so they get none that is kept.
snapshot = file=$(B)/fs.img,snapshot=on
usertests: DRIVE = $(if $(filter $(B)/disk.img,$(DISK)),$(snapshot),file=$(DISK))
usertests: APPEND = $(BOOTARGS) run="usertests $(ARGS)"
usertests: all
	tools/machine run $(B) $(QEMU) $(QEMUFLAGS)

# ---- the rest ----------------------------------------------------------------

# Nothing is compiled before the tools are there.
setup:
	$(Q)tools/setup build
setup-%:
	$(Q)tools/setup $*
$(KOBJS) $(ULIB) $(UONE:%=$(B)/user/obj/%.o): | setup

doctor: INCLUDE = -isystem "$$($(CC) -print-file-name=include 2>/dev/null)"
doctor:
	@CC='$(CC)' LD='$(LD)' HOSTCC='$(HOSTCC)' BIOS='$(BIOS)' B='$(B)' MEM='$(MEM)' \
	    CPUS='$(CPUS)' LDFLAGS='$(LDFLAGS)' ARCH_K=$(ARCH_K) ARCH_U=$(ARCH_U) \
	    KFLAGS="$(KFLAGS) -march=$(ARCH_K)" UFLAGS="$(UFLAGS)" tools/doctor

fmt: | setup-fmt
	clang-format -i $$(git ls-files '*.c' '*.h')

tags: | setup-tags
	ctags -R kernel user mkfs

clean:
	$(Q)tools/machine farewell $(B)
	rm -rf build build-check build-matrix build-newest

help:
	@sed -n 's/^#: //p' Makefile tests/tests.mk
	@sed -n 's/^#= //p' Makefile

#: make               build the kernel and the disk image in build/
#: make qemu          boot to a shell on this terminal (leave: Ctrl-A x, or poweroff)
#: make gdb           debug what runs in another terminal, also when it hangs
#: make qemu-gdb      like qemu, but waits at the start for `make gdb`
#: make fresh-disk    give `make qemu` a disk as built, without what was written
#: make usertests     run the regression suite (ARGS="-q", ARGS=NAME)
#: make image         the kernel as raw bytes, build/kernel.bin
#: make doctor        what is wrong with this machine, and the cure
#: make fmt | tags | clean | help
#= Variables: CPUS=2 MEM=128M FSSIZE=32M BOOTARGS="..." DISK=image QEMU= BIOS=default
#=            TOOLPREFIX=riscv64-unknown-elf- LLVM=1 CHECK=1 O=2 V=1 B=build

.PHONY: all image qemu qemu-gdb gdb fresh-disk usertests setup doctor fmt tags clean help
.DELETE_ON_ERROR:

-include tests/tests.mk
-include $(KOBJS:.o=.d) $(shell find $(B)/user/obj -name '*.d' 2>/dev/null)
