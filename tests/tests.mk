# What tests and measures Tether; a part of the Makefile above.
#
#: make test          everything: static checks, host tests, boots, usertests
#: make test-newest   boots, disk and usertests with the QEMU and compiler of Debian 13
#: make check         the static checks alone
#: make host-tests    build the tests that run on this machine
#: make matrix        all pairs of compilers, firmware, harts ...: 12 minutes (ARGS=-l lists)
#: make seeded        put bugs into the kernel, see what usertests notices
#: make soak          work and power cuts, again and again (CYCLES=200 SEED=1 CPUS=2)
#: make models        models of memory order, tried by herd7 (docs/memory-order.md)
#: make trees         damaged device trees, 20,000 of them (ARGS="--trees 300 --seed 1")
#: make bench         what each operation costs in instructions (WALL=1: in time; with
#:                    ARGS=harts the same on more harts, with LINUX=IMAGE INITRD=FILE beside Linux)
#: make growth        how costs grow; renews docs/performance.md (some minutes)
#: make profile       instructions per function (CMD="bench getpid" FUNC=getpid TOP=30)
#: make pictures      draw docs/pictures/ anew, from the sources

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
    $(wildcard tests/host/*.h kernel/*/*.h) $(B)/stamps/host | setup-test
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

JOBS = $$(getconf _NPROCESSORS_ONLN)

test:
	$(Q)tools/setup test
	$(Q)start=$$(date +%s) && \
	$(MAKE) --no-print-directory -j$(JOBS) all host-tests && \
	$(MAKE) --no-print-directory -j$(JOBS) CHECK=1 B=build-check all && \
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

# Could harts see each other's accesses in an order that breaks a protocol?
models:
	$(Q)tools/setup test
	$(Q)PYTHON='$(PYTHON)' tests/models.sh

# Damaged device trees, given to the kernel itself.
trees: all
	$(Q)tools/setup test
	$(PYTHON) tests/trees.py $(ARGS)

# ---- measuring ---------------------------------------------------------------

bench: all
	$(Q)tools/setup test
	$(PYTHON) tools/bench/bench.py $(if $(filter 1,$(WALL)),--wall) \
	    $(if $(LINUX),--linux '$(LINUX)') $(if $(INITRD),--initrd '$(INITRD)') \
	    $(if $(APPEND),--append $(call quote,$(APPEND))) $(ARGS)

growth: all
	$(Q)tools/setup test
	$(PYTHON) tools/bench/growth.py $(ARGS)

# The pictures in the documents, from tools/pictures/ and the kernel's sources.
pictures:
	$(Q)$(PYTHON) tools/pictures/pictures.py

# Plugins for QEMU: count.so counts instructions for the bench, profile.so counts
# them for each function (docs/profiling.md).  They are compiled for the version
# of the interface that this QEMU has.
$(B)/plugin.version: FORCE | setup
	$(Q)mkdir -p $(@D)
	$(Q)QEMU='$(QEMU)' HOSTCC='$(HOSTCC)' tools/plugin_version >$@.new
	$(Q)cmp -s $@.new $@ || cp $@.new $@

$(B)/count.so: $(wildcard tools/bench/*.c)
$(B)/profile.so: $(wildcard tools/profile/*.c tools/profile/*.h)
$(B)/count.so $(B)/profile.so: $(B)/plugin.version $(wildcard tools/*.h) $(B)/stamps/host
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(WARN) -std=gnu11 -O2 -g -DPLUGIN_VERSION=$$(cat $<) -Itools \
	    -fPIC -shared -o $@ $(filter %.c,$^)

profile: all $(B)/profile.so | setup-profile
	$(Q)$(PYTHON) tools/profile/profile.py --build $(B) --mem $(MEM) \
	    --bootargs $(call quote,$(BOOTARGS)) $(if $(FUNC),--func '$(FUNC)') \
	    $(if $(TOP),--top '$(TOP)') -- $(call quote,$(CMD))

.PHONY: host-tests check test test-newest matrix seeded soak models trees bench growth profile pictures
