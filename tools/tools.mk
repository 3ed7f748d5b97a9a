# What measures Tether, and looks after its sources; a part of the Makefile.

#: Measure
#:   make bench         what each operation costs in instructions (WALL=1: in time; with
#:                      ARGS=harts the same on more harts, with LINUX=IMAGE INITRD=FILE
#:                      beside Linux)
bench: all
	$(Q)tools/setup test
	$(PYTHON) tools/bench/bench.py $(if $(filter 1,$(WALL)),--wall) \
	    $(if $(LINUX),--linux '$(LINUX)') $(if $(INITRD),--initrd '$(INITRD)') \
	    $(if $(APPEND),--append $(call quote,$(APPEND))) $(ARGS)

#:   make growth        how costs grow; renews docs/performance.md (some minutes)
growth: all
	$(Q)tools/setup test
	$(PYTHON) tools/bench/growth.py $(ARGS)

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

#:   make profile       instructions per function (CMD="bench getpid" FUNC=getpid TOP=30)
profile: all $(B)/profile.so | setup-profile
	$(Q)$(PYTHON) tools/profile/profile.py --build $(B) --mem $(MEM) \
	    --bootargs $(call quote,$(BOOTARGS)) $(if $(FUNC),--func '$(FUNC)') \
	    $(if $(TOP),--top '$(TOP)') -- $(call quote,$(CMD))

#: Care
#:   make doctor        what is wrong with this machine, and the cure
doctor: INCLUDE = -isystem "$$($(CC) -print-file-name=include 2>/dev/null)"
doctor:
	@CC='$(CC)' LD='$(LD)' HOSTCC='$(HOSTCC)' BIOS='$(BIOS)' B='$(B)' MEM='$(MEM)' \
	    CPUS='$(CPUS)' LDFLAGS='$(LDFLAGS)' ARCH_K=$(ARCH_K) ARCH_U=$(ARCH_U) \
	    KFLAGS="$(KFLAGS) -march=$(ARCH_K)" UFLAGS="$(UFLAGS)" tools/doctor

#:   make fmt           format all C files in place
fmt: | setup-fmt
	clang-format -i $$(git ls-files '*.c' '*.h')

#:   make pictures      draw docs/pictures/ anew, from the sources
pictures:
	$(Q)$(PYTHON) tools/pictures/pictures.py

#:   make tags          an index of the sources for an editor
tags: | setup-tags
	ctags -R kernel user mkfs

.PHONY: doctor fmt pictures tags bench growth profile
