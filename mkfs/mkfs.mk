# Programs for this machine, mkfs and fsck among them, and the disk image; a part
# of the Makefile.

# host_program PROGRAM, SOURCES, DIRECTORY OF ITS OBJECTS, FLAGS
define host_program
$(1): $(patsubst %.c,$(3)/%.o,$(2))
	$$(call say,HOSTCC,$$@)
	$$(Q)$(HOSTCC) $(4) -o $$@ $$^
$(3)/%.o: %.c $(B)/stamps/host
	$$(call compile,HOSTCC,$(HOSTCC) $(HOSTFLAGS) $(4))
endef

MKFS_LIB = $(filter-out mkfs/mkfs.c mkfs/fsck.c,$(wildcard mkfs/*.c kernel/*/format.c))
$(foreach p,mkfs fsck,$(eval \
    $(call host_program,$(B)/$(p),mkfs/$(p).c $(MKFS_LIB),$(B)/obj,-O2)))

$(B)/fs.img: $(B)/mkfs $(UPROGS:%=$(B)/user/%) $(B)/stamps/image $(B)/stamps/files README.md
	$(call say,MKFS,$@)
	$(Q)$(B)/mkfs -s $(FSSIZE) $@.new README.md README.md:README \
	    $(foreach p,$(UPROGS),$(B)/user/$(p):$(p))
	$(Q)mv $@.new $@
