# What tests Tether; a part of the Makefile above.  tests/README.md says which
# test covers what.

#: Test

# ---- parts of Tether as programs for this machine ------------------------------

# A test names its sources in its first lines, and flags where it needs any; with
# those it gets objects of its own.  FS is the file system and what it needs.
SANITIZE = -fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HTFLAGS = -O1 $(SANITIZE) -fno-strict-aliasing -DTETHER_CHECK -Itests/host
HOSTED_FS = $(wildcard kernel/disk/*.c kernel/fs/*.c) \
            $(wildcard $(addprefix kernel/*/,chardev.c sys_file.c sys_name.c syscall.c)) \
            mkfs/image.c $(addprefix tests/host/,seam.c seam_memory.c fs_image.c)
words_of = $(foreach w,$(shell sed -n 's|^// $(1): ||p' tests/host/$(2).c),$(if $(filter FS,$(w)),$(HOSTED_FS),$(w)))
host_test = $(call host_program,$(B)/host/$(1),tests/host/$(1).c $(call words_of,sources,$(1)),$(B)/host/$(if $(2),$(1).obj,obj),$(HTFLAGS) $(2))

HTESTS = $(patsubst tests/host/%.c,%,$(wildcard tests/host/*_test.c))
$(foreach t,$(HTESTS),$(eval $(call host_test,$(t),$(call words_of,flags,$(t)))))

#:   make host-tests    build the tests that run on this machine
host-tests: $(HTESTS:%=$(B)/host/%)

# ---- all of it -----------------------------------------------------------------

# The project's own rules: style, warnings, documents, tools, exact figures.  All
# other tests are of what Tether does, and pass whatever a change looks like.
RULES = tests/static tests/project
JOBS = $$(getconf _NPROCESSORS_ONLN)

#:   make test-kernel   what Tether does: builds, host tests, boots, file system, usertests
#:   make check         the project's own rules: style, documents, tools, exact figures
#:   make test          both, which is all (tests/README.md says what tests what)
test-kernel: PARTS = tests $(RULES:%=--ignore=%)
check: PARTS = $(RULES)
test: PARTS = tests
test-kernel check test:
	$(Q)tools/setup test
	$(Q)start=$$(date +%s) && \
	$(MAKE) --no-print-directory -j$(JOBS) all host-tests && \
	$(MAKE) --no-print-directory -j$(JOBS) CHECK=1 B=build-check all && \
	BUILD_SECONDS=$$(($$(date +%s) - start)) $(PYTHON) -m pytest -q $(PARTS)

#:   make test-newest   boots, disk and usertests with the QEMU and compiler of Debian 13
#                       (in a system of its own; as root; made at the first time)
test-newest:
	$(Q)tests/newest.sh

# ---- one thing, for longer -----------------------------------------------------

#:   make usertests     try the system calls from inside (ARGS="-q", ARGS=NAME)
# They fill the disk, so they get none that is kept.
snapshot = file=$(B)/fs.img,snapshot=on
usertests: DRIVE = $(if $(filter $(B)/disk.img,$(DISK)),$(snapshot),file=$(DISK))
usertests: APPEND = $(BOOTARGS) run="usertests $(ARGS)"
usertests: all
	tools/machine run $(B) $(QEMU) $(QEMUFLAGS)

#:   make matrix        all pairs of compilers, firmware, harts ...: 12 minutes (ARGS=-l
#:                      lists them, ARGS="3 7" chooses)
matrix:
	$(Q)tools/setup test
	$(PYTHON) tests/matrix.py $(ARGS)

#:   make seeded        put twenty bugs into the kernel, see what usertests notices
seeded: all
	$(Q)tools/setup test
	$(PYTHON) tests/seeded.py $(ARGS)

#:   make extend        test-kernel for a kernel that a student has extended: 8 minutes
extend:
	$(Q)tools/setup test
	$(PYTHON) tests/extend.py $(ARGS)

#:   make soak          work and power cuts, again and again (CYCLES=200 SEED=1 CPUS=2)
CYCLES ?= 200
SEED ?= 1
soak: all
	$(Q)tools/setup test
	$(PYTHON) tests/soak.py --cycles $(CYCLES) --seed $(SEED) --cpus $(CPUS) --build $(B)

#:   make models        models of memory order, tried by herd7 (docs/memory-order.md)
models:
	$(Q)tools/setup test
	$(Q)PYTHON='$(PYTHON)' tests/models.sh

#:   make trees         damaged device trees, 20,000 of them (ARGS="--trees 300 --seed 1")
trees: all
	$(Q)tools/setup test
	$(PYTHON) tests/trees.py $(ARGS)

.PHONY: host-tests check test-kernel test test-newest usertests matrix seeded extend soak models trees
