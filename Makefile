# Tether: build, run, test.  `make help` lists the targets.
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
DISK  ?= $(B)/fs.img
BOOTARGS ?=
QEMU  ?= qemu-system-riscv64
BIOS  ?= default
HOSTCC ?= cc
PYTHON ?= /usr/bin/python3
GDB_PORT ?= $(shell echo $$((25000 + $$(id -u) % 5000)))

TOOLPREFIX ?= riscv64-unknown-elf-
ifeq ($(LLVM),1)
CC = clang --target=riscv64-unknown-elf -mno-relax
LD = ld.lld
OBJDUMP = llvm-objdump
AR = llvm-ar
ARCH_K = rv64imac
ARCH_U = rv64gc
else
CC = $(TOOLPREFIX)gcc
LD = $(TOOLPREFIX)ld
OBJDUMP = $(TOOLPREFIX)objdump
AR = $(TOOLPREFIX)ar
ARCH_K = rv64imac_zicsr_zifencei
ARCH_U = rv64gc_zicsr_zifencei
endif

export TOOLPREFIX LLVM QEMU

Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(patsubst $(CURDIR)/%,%,$(2)))

# ---- flags -----------------------------------------------------------------

WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wwrite-strings -Wundef -Wvla -Wpointer-arith
FREE = -std=gnu11 -O$(O) -ggdb3 -ffreestanding -nostdinc -fno-common -fno-pic \
       -fno-strict-aliasing -mcmodel=medany -MMD -MP \
       -isystem $(shell $(CC) -print-file-name=include 2>/dev/null)

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

# ---- the kernel ------------------------------------------------------------

KERNEL = main \
  $(addprefix lib/, str fmt klog fdt elf args heap regions) \
  $(addprefix riscv/, entry vectors swtch fp try machine ram sbi hart timer \
    plic trap backtrace panic) \
  $(addprefix sync/, spinlock) \
  $(addprefix mm/, page pool pagetable kstack charge space fault mapping uaccess \
    shootdown) \
  $(addprefix proc/, policy sched thread timeout waitq sleeplock proc) \
  $(addprefix dev/, uart firmware_line console chardev memdev clock block \
    ramdisk virtio virtio_blk) \
  $(patsubst kernel/%.c,%,$(wildcard kernel/disk/*.c kernel/fs/*.c)) \
  $(addprefix sys/, syscall sys_proc sys_file sys_name sys_memory fork exec exit)
ifeq ($(CHECK),1)
KERNEL += check/check check/lockstat check/selftest
endif
KOBJS = $(KERNEL:%=$(B)/kernel/%.o)

all: $(B)/kernel.elf $(B)/fs.img $(B)/fsck

$(B)/kernel/fs/%.o $(B)/kernel/disk/%.o $(B)/kernel/mm/uaccess.o: KFLAGS += -Wconversion
$(B)/kernel/riscv/fp.o: ARCH_K = rv64imafdc
# memset must not be compiled into a call of itself.
NO_SELF_CALL = $(if $(filter 1,$(LLVM)),,-fno-tree-loop-distribute-patterns)
$(B)/kernel/lib/str.o: KFLAGS += $(NO_SELF_CALL)
$(B)/user/obj/lib/str.o: UFLAGS += $(NO_SELF_CALL)

$(B)/kernel/%.o: kernel/%.c Makefile
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -march=$(ARCH_K) -c -o $@ $<

$(B)/kernel/%.o: kernel/%.S Makefile
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -march=$(ARCH_K) -c -o $@ $<

$(B)/kernel.elf: $(KOBJS) kernel.ld tools/ksyms.awk
	$(call say,LD,$@)
	$(Q)awk -f tools/ksyms.awk </dev/null >$(B)/ksyms0.S
	$(Q)$(CC) $(KFLAGS) -march=$(ARCH_K) -c -o $(B)/ksyms0.o $(B)/ksyms0.S
	$(Q)$(LD) $(LDFLAGS) -T kernel.ld -o $(B)/kernel0.elf $(KOBJS) $(B)/ksyms0.o
	$(Q)$(OBJDUMP) -d $(B)/kernel0.elf | awk -f tools/ksyms.awk >$(B)/ksyms.S
	$(Q)$(CC) $(KFLAGS) -march=$(ARCH_K) -c -o $(B)/ksyms.o $(B)/ksyms.S
	$(Q)$(LD) $(LDFLAGS) -T kernel.ld -o $@ $(KOBJS) $(B)/ksyms.o

# ---- user programs: user/NAME.c, or all of user/NAME/*.c ---------------------

ULIB  = $(patsubst user/%,$(B)/user/obj/%.o,$(basename $(wildcard user/lib/*.c user/lib/*.S)))
UONE  = $(patsubst user/%.c,%,$(wildcard user/*.c))
UMANY = $(filter-out lib include,$(patsubst user/%/,%,$(sort $(dir $(wildcard user/*/*.c)))))
UPROGS = $(sort $(UONE) $(UMANY))

$(B)/user/obj/%.o: user/%.c Makefile
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -c -o $@ $<

$(B)/user/obj/%.o: user/%.S Makefile
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -c -o $@ $<

$(B)/user/libtether.a: $(ULIB)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# A program may define what the library has, too: its own definition counts.
# It is put together first, because within it nothing may be defined twice.
define link_program
	$(call say,LD,$@)
	$(Q)$(LD) -r -o $@.o $(filter %.o,$^)
	$(Q)$(LD) $(LDFLAGS) -z muldefs -T user/user.ld -o $@ $@.o $(filter %.a,$^)
endef

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
HOSTFLAGS = $(WARN) -std=gnu11 -O2 -g -DTETHER_HOSTED -Ikernel -Imkfs

$(B)/mkfs $(B)/fsck: $(B)/%: mkfs/%.c $(MKFS_LIB) $(wildcard mkfs/*.h kernel/api/*.h kernel/disk/*.h) | setup
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTFLAGS) -o $@ $< $(MKFS_LIB)

# Changes when a program comes or goes.
$(B)/programs: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo $(UPROGS) | cmp -s - $@ || echo $(UPROGS) >$@
FORCE:

$(B)/fs.img: $(B)/mkfs $(UPROGS:%=$(B)/user/%) $(B)/programs README.md
	$(call say,MKFS,$@)
	$(Q)$(B)/mkfs -s $(FSSIZE) $@.new README.md README.md:README $(UPROGS:%=$(B)/user/%)
	$(Q)mv $@.new $@

# ---- running -----------------------------------------------------------------

QEMUFLAGS = -machine virt -bios $(BIOS) -kernel $(B)/kernel.elf -m $(MEM) -smp $(CPUS) \
            -nographic -global virtio-mmio.force-legacy=false \
            -drive file=$(DISK),if=none,format=raw,id=x0 \
            -device virtio-blk-device,drive=x0 -append '$(BOOTARGS)'

qemu: all
	$(QEMU) $(QEMUFLAGS)

qemu-gdb: all
	@echo "waiting for gdb on port $(GDB_PORT): run 'make gdb' in another terminal"
	$(QEMU) $(QEMUFLAGS) -S -gdb tcp:127.0.0.1:$(GDB_PORT)

gdb: all
	$(Q)tools/setup debug
	gdb-multiarch -q -iex 'set auto-load safe-path $(CURDIR)' \
	    -iex 'set $$port = $(GDB_PORT)' $(B)/kernel.elf

usertests: all
	$(QEMU) $(subst '$(BOOTARGS)','$(BOOTARGS) run="usertests $(ARGS)"',$(QEMUFLAGS))

# Plugins for QEMU: count.so counts instructions for the bench, profile.so counts
# them for each function (docs/profiling.md).  They are compiled for the version
# of the interface that this QEMU has.
$(B)/plugin.version: FORCE | setup
	$(Q)mkdir -p $(@D)
	$(Q)QEMU='$(QEMU)' HOSTCC='$(HOSTCC)' tools/plugin_version >$@.new
	$(Q)cmp -s $@.new $@ || cp $@.new $@

$(B)/count.so: $(wildcard tools/bench/*.c)
$(B)/profile.so: $(wildcard tools/profile/*.c tools/profile/*.h)
$(B)/count.so $(B)/profile.so: $(B)/plugin.version $(wildcard tools/*.h) Makefile
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(WARN) -std=gnu11 -O2 -g -DPLUGIN_VERSION=$$(cat $<) -Itools \
	    -fPIC -shared -o $@ $(filter %.c,$^)

profile: all $(B)/profile.so
	$(Q)$(PYTHON) tools/profile/profile.py --build $(B) --mem $(MEM) --bootargs '$(BOOTARGS)' \
	    $(if $(FUNC),--func '$(FUNC)') $(if $(TOP),--top '$(TOP)') -- '$(CMD)'

# ---- testing -----------------------------------------------------------------

HTESTS = $(patsubst tests/host/%.c,$(B)/host/%,$(wildcard tests/host/*_test.c))
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# The file system and what it needs, as a host program: FS in a test's sources.
HOSTED_FS = $(wildcard kernel/disk/*.c kernel/fs/*.c) \
            $(addprefix kernel/, dev/block.c dev/chardev.c dev/memdev.c \
              sys/sys_file.c sys/sys_name.c) \
            mkfs/image.c $(addprefix tests/host/, seam.c seam_memory.c fs_image.c)
words_of = $(foreach w,$(shell sed -n 's|^// $(1): ||p' $(2)),$(if $(filter FS,$(w)),$(HOSTED_FS),$(w)))

define host_rule
$(B)/host/$(1): tests/host/$(1).c $(call words_of,sources,tests/host/$(1).c) \
    $(wildcard tests/host/*.h kernel/*/*.h) | setup-test
	$$(call say,HOSTCC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$(HOSTCC) -std=gnu11 -g -O1 $(WARN) $(SANITIZE) -DTETHER_HOSTED -Ikernel \
	    -Itests/host -Imkfs $(call words_of,flags,tests/host/$(1).c) -o $$@ $$(filter %.c,$$^)
endef
$(foreach t,$(HTESTS),$(eval $(call host_rule,$(notdir $(t)))))

host-tests: $(HTESTS)

check: all
	$(Q)tools/setup test
	$(PYTHON) -m pytest -q tests/static

test:
	$(Q)tools/setup test
	$(Q)start=$$(date +%s) && \
	$(MAKE) --no-print-directory -j$$(nproc) all host-tests && \
	$(MAKE) --no-print-directory -j$$(nproc) CHECK=1 B=build-check all && \
	BUILD_SECONDS=$$(($$(date +%s) - start)) $(PYTHON) -m pytest -q tests

# On Debian 13, in a system of its own (as root; made at the first time).
test-newest:
	$(Q)tests/newest.sh

# All pairs of ways to build and run; ARGS="-l" lists them, ARGS="3 7" chooses.
matrix:
	$(Q)tools/setup test
	$(PYTHON) tests/matrix.py $(ARGS)

# Would usertests notice?  Twenty bugs, one at a time.
seeded: all
	$(Q)tools/setup test
	$(PYTHON) tests/seeded.py $(ARGS)

# Power cuts while programs change files, and what was promised all the same.
CYCLES ?= 200
SEED ?= 1
soak: all
	$(Q)tools/setup test
	$(PYTHON) tests/soak.py --cycles $(CYCLES) --seed $(SEED) --cpus $(CPUS) --build $(B)

# Damaged device trees, given to the kernel itself.
trees: all
	$(Q)tools/setup test
	$(PYTHON) tests/trees.py $(ARGS)

# ---- measuring ---------------------------------------------------------------

bench: all
	$(Q)tools/setup test
	$(PYTHON) tools/bench/bench.py $(if $(filter 1,$(WALL)),--wall) $(ARGS)

growth: all
	$(Q)tools/setup test
	$(PYTHON) tools/bench/growth.py $(ARGS)

# ---- the rest ----------------------------------------------------------------

# Nothing is compiled before the tools are there.
setup:
	$(Q)tools/setup build
setup-test:
	$(Q)tools/setup test
$(KOBJS) $(ULIB) $(UONE:%=$(B)/user/obj/%.o): | setup

doctor:
	@CC='$(CC)' LD='$(LD)' HOSTCC='$(HOSTCC)' BIOS='$(BIOS)' ARCH_K=$(ARCH_K) \
	    ARCH_U=$(ARCH_U) GDB_PORT=$(GDB_PORT) tools/doctor

fmt:
	clang-format -i $$(git ls-files '*.c' '*.h')

tags:
	ctags -R kernel user mkfs

clean:
	rm -rf build build-check build-matrix

help:
	@sed -n 's/^#: //p' Makefile

#: make               build the kernel and the disk image in build/
#: make qemu          boot to a shell on this terminal (leave: Ctrl-A X, or poweroff)
#: make qemu-gdb      the same, waiting for `make gdb` in another terminal
#: make gdb           debug it
#: make usertests     run the regression suite (ARGS="-q", ARGS=NAME)
#: make profile       instructions per function (CMD="bench getpid" FUNC=getpid TOP=30)
#: make test          everything: static checks, host tests, boots, usertests
#: make test-newest   boots, disk and usertests with the QEMU and compiler of Debian 13
#: make matrix        all pairs of compilers, firmware, harts ...: 12 minutes (ARGS=-l lists)
#: make seeded        put bugs into the kernel, see what usertests notices
#: make bench         what each operation costs in instructions (WALL=1: in time)
#: make growth        how costs grow; renews docs/performance.md (some minutes)
#: make check         the static checks alone
#: make soak          work and power cuts, again and again (CYCLES=200 SEED=1 CPUS=2)
#: make trees         damaged device trees, 20,000 of them (ARGS="--trees 300 --seed 1")
#: make host-tests    build the tests that run on this machine
#: make doctor        what is wrong with this machine, and the cure
#: make fmt | tags | clean | help
#: Variables: CPUS=2 MEM=128M FSSIZE=32M BOOTARGS="..." DISK=image QEMU= BIOS=default
#:            TOOLPREFIX=riscv64-unknown-elf- LLVM=1 CHECK=1 O=2 V=1 B=build

.PHONY: all qemu qemu-gdb gdb usertests profile host-tests check test test-newest matrix \
        seeded soak trees \
        bench growth setup setup-test doctor fmt tags clean help
.DELETE_ON_ERROR:

-include $(KOBJS:.o=.d) $(shell find $(B)/user/obj -name '*.d' 2>/dev/null)
