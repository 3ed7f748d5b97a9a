# Tether: build and run.  `make help` lists the targets.  Other rules are beside
# what they are about: user/user.mk builds the programs, mkfs/mkfs.mk the disk
# image; tests/tests.mk tests, tools/tools.mk measures.
#
# Everything built goes to $(B).  The kernel is linked twice: the second time
# with the names of its own functions, so that a panic can print them.

CHECK ?= 0
B     ?= $(if $(filter 1,$(CHECK)),build-check,build)
O     ?= 2
LLVM  ?= 0
V     ?= 0
WERROR ?= $(if $(filter true,$(CI)),1,0)
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
ifeq ($(origin TOOLPREFIX),undefined)
TOOLPREFIX := $(shell tools/toolchain)
endif
LLVM := $(if $(filter llvm-,$(TOOLPREFIX)),1,$(if \
    $(findstring command,$(origin TOOLPREFIX)),0,$(LLVM)))
CLANG = $(filter 1,$(LLVM))
CC = $(if $(CLANG),clang --target=riscv64-unknown-elf -mno-relax,$(TOOLPREFIX)gcc)
LD = $(if $(CLANG),ld.lld,$(TOOLPREFIX)ld)
BINUTILS = $(if $(CLANG),llvm-,$(TOOLPREFIX))
CSR = $(if $(CLANG),,_zicsr_zifencei)
OBJDUMP = $(BINUTILS)objdump
AR = $(BINUTILS)ar
ARCH_K = rv64imac$(CSR)
ARCH_U = rv64gc$(CSR)
export TOOLPREFIX LLVM QEMU PYTHON

Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(patsubst $(CURDIR)/%,%,$(2)))
quote = '$(subst ','\'',$(1))'
# compile KIND, COMMAND
define compile
	$(call say,$(1),$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(2) -c -o $@ $<
	$(Q)echo '$<:' >>$(@:.o=.d)
endef

# ---- flags -----------------------------------------------------------------

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wwrite-strings -Wundef -Wvla -Wpointer-arith $(STRICT)
# A warning is an error where the project's own rules are checked.
STRICT = $(if $(filter 1,$(WERROR)),-Werror)
# INCLUDE: the compiler's own headers; make asks it once where they are.
FREE = -std=gnu11 -O$(O) -ggdb3 -ffreestanding -nostdinc -fno-common -fno-pic \
       -fno-strict-aliasing -mcmodel=medany -MMD -MP \
       -isystem kernel/std $(INCLUDE)
INCLUDE = @$(B)/stamps/include

KFLAGS = $(WARN) $(FREE) -mabi=lp64 -Ikernel -fomit-frame-pointer \
         -Wframe-larger-than=1536 \
         $(if $(filter 1,$(CHECK)),-DTETHER_CHECK -fstack-protector-strong,-fno-stack-protector)
UFLAGS = -Wall -Wextra -Wno-unused-parameter $(STRICT) $(FREE) -march=$(ARCH_U) \
         -mabi=lp64d -Iuser/include -I. -Ikernel
LDFLAGS = -nostdlib -static -z max-page-size=4096 --build-id=none \
          --no-dynamic-linker
HOSTFLAGS = $(WARN) -std=gnu11 -g -MMD -MP -DTETHER_HOSTED -Ikernel -Imkfs

#: Build
#:   make               the kernel and the disk image, in build/
all: $(B)/kernel.elf $(B)/fs.img $(B)/fsck

# ---- what is built anew ------------------------------------------------------

# A stamp holds what its users were built with: each make compares, and writes it
# only when that has changed.  Expanded here, because below some files get flags
# of their own, and a stamp must not.
kernel_is := $(CC) $(KFLAGS) $(ARCH_K) $(LD) $(LDFLAGS) $(OBJDUMP)
user_is := $(CC) $(UFLAGS) $(LD) $(LDFLAGS) $(AR)
host_is := $(HOSTCC) $(HOSTFLAGS)
image_is := $(FSSIZE)
# A file that comes or goes changes no file that is there.
files_is := $(sort $(wildcard $(addsuffix /*.[cS],\
              kernel kernel/* mkfs user user/* user/bin/* tests/host)))

$(patsubst %,$(B)/stamps/%,kernel user host image files): $(B)/stamps/%: FORCE | setup
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

# Nothing is compiled before the tools are there.
setup:
	$(Q)tools/setup build
setup-%:
	$(Q)tools/setup $*
FORCE:

# ---- the kernel: kernel/*.c, kernel/*/*.c and .S, by themselves ---------------

# kernel/check is only in a checked build.
KERNEL = $(patsubst kernel/%,%,$(basename $(filter-out \
    $(if $(filter 1,$(CHECK)),,kernel/check/%),$(filter kernel/%,$(files_is)))))
KOBJS = $(KERNEL:%=$(B)/kernel/%.o)
$(foreach f,$(filter $(patsubst %.c,%.S,$(filter %.c,$(files_is))),$(files_is)),$(error \
    $(f:.S=.c) and $(f) would be the same object: rename one of them))

# Where a value that is cut short unseen would be a hole in security.
$(B)/kernel/fs/%.o $(B)/kernel/disk/%.o $(filter %/uaccess.o,$(KOBJS)): KFLAGS += -Wconversion
$(filter %/fp.o,$(KOBJS)): ARCH_K = rv64imafdc
# memset must not be compiled into a call of itself.
NO_SELF_CALL = $(if $(filter 1,$(LLVM)),,-fno-tree-loop-distribute-patterns)
$(filter %/str.o,$(KOBJS)): KFLAGS += $(NO_SELF_CALL)

KCC = $(CC) $(KFLAGS) -march=$(ARCH_K)
KSTAMPS = $(B)/stamps/compiler $(B)/stamps/kernel Makefile

$(B)/kernel/%.o: kernel/%.c $(KSTAMPS)
	$(call compile,CC,$(KCC))
$(B)/kernel/%.o: kernel/%.S $(KSTAMPS)
	$(call compile,AS,$(KCC))

$(B)/kernel.elf: $(KOBJS) $(B)/stamps/files kernel.ld tools/ksyms.awk
	$(call say,LD,$@)
	$(Q)awk -f tools/ksyms.awk </dev/null >$(B)/ksyms0.S
	$(Q)$(KCC) -c -o $(B)/ksyms0.o $(B)/ksyms0.S
	$(Q)$(LD) $(LDFLAGS) -T kernel.ld -o $(B)/kernel0.elf $(KOBJS) $(B)/ksyms0.o
	$(Q)$(OBJDUMP) -d $(B)/kernel0.elf | awk -f tools/ksyms.awk >$(B)/ksyms.S
	$(Q)$(KCC) -c -o $(B)/ksyms.o $(B)/ksyms.S
	$(Q)$(LD) $(LDFLAGS) -T kernel.ld -o $@ $(KOBJS) $(B)/ksyms.o

#:   make image         the kernel as raw bytes for a board's loader, build/kernel.bin
image: $(B)/kernel.bin
$(B)/kernel.bin: $(B)/kernel.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(BINUTILS)objcopy -O binary $< $@

#:   make clean         remove all that was built
clean:
	$(Q)tools/machine farewell $(B)
	rm -rf build build-check build-matrix build-newest

include user/user.mk mkfs/mkfs.mk

# ---- running -----------------------------------------------------------------

# QEMU writes to a copy of fs.img, disk.img: tools/machine renews it after a build
# and keeps it once something was written.
DRIVE = file=$(DISK)
APPEND = $(BOOTARGS)
QEMUFLAGS = -machine virt -bios $(BIOS) -kernel $(B)/kernel.elf -m $(MEM) -smp $(CPUS) \
            -nographic -global virtio-mmio.force-legacy=false \
            -drive $(DRIVE),if=none,format=raw,id=x0 \
            -device virtio-blk-device,drive=x0 -append $(call quote,$(APPEND))

#: Run
#:   make qemu          boot to a shell on this terminal (leave: Ctrl-A x, or poweroff)
qemu: all
	tools/machine run $(B) $(QEMU) $(QEMUFLAGS)

#:   make fresh-disk    give `make qemu` a disk as built, without what was written
fresh-disk: all
	$(Q)tools/machine fresh-disk $(B)

#:   make qemu-gdb      like qemu, but waits at the start for `make gdb`
qemu-gdb: all
	tools/machine wait $(B) $(QEMU) $(QEMUFLAGS)

#:   make gdb           debug what runs in another terminal, also when it hangs
# Builds nothing: the kernel that runs is the one to look at.
gdb:
	$(Q)tools/setup debug
	$(Q)tools/machine gdb $(B) $(GDBFLAGS)

#:   make help          this list
help:
	@sed -n 's/^#: //p' Makefile tests/tests.mk tools/tools.mk
	@sed -n 's/^#= //p' Makefile
#= Variables
#=   CPUS=2 MEM=128M FSSIZE=32M BOOTARGS="..." DISK=image QEMU= BIOS=default
#=   TOOLPREFIX=riscv64-unknown-elf- LLVM=1 CHECK=1 O=2 V=1 B=build WERROR=1

.PHONY: all image qemu qemu-gdb gdb fresh-disk setup clean help
.DELETE_ON_ERROR:

-include tests/tests.mk tools/tools.mk
-include $(shell find $(B)/kernel $(B)/user/obj $(B)/obj $(B)/host -name '*.d' 2>/dev/null)
