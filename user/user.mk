# The user programs: user/NAME.c, or all of user/NAME/*.c; a part of the Makefile.
#
# Those that xv6 does not have are in user/bin and /bin, so that a program of the
# same name may come from elsewhere as user/NAME.c: as /NAME, it is found first.

UPROGS = $(sort $(patsubst user/%.c,%,$(wildcard user/*.c user/bin/*.c)) \
           $(filter-out lib include bin,$(patsubst user/%/,%,$(dir $(wildcard user/*/*.c user/bin/*/*.c)))))
# The library's objects, and the sources of a program.
ULIB = $(patsubst user/%,$(B)/user/obj/%.o,$(basename $(wildcard user/lib/*.[cS])))
of_program = $(wildcard user/$(1).c user/$(1)/*.c)

$(foreach p,$(filter bin obj,$(UPROGS)),$(error \
    a program cannot be called $(p): rename user/$(p).c or user/$(p)/))
$(foreach p,$(UPROGS),$(if $(and $(wildcard user/$(p).c),$(wildcard user/$(p)/*.c)),$(error \
    user/$(p).c and user/$(p)/ would be the same program: rename one of them)))

UCC = $(CC) $(UFLAGS)
USTAMPS = $(B)/stamps/compiler $(B)/stamps/user Makefile user/user.mk

$(B)/user/obj/lib/str.o: UFLAGS += $(NO_SELF_CALL)

$(B)/user/obj/%.o: user/%.c $(USTAMPS)
	$(call compile,CC,$(UCC))

$(B)/user/obj/%.o: user/%.S $(USTAMPS)
	$(call compile,AS,$(UCC))

$(B)/user/libtether.a: $(ULIB) $(B)/stamps/files
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(ULIB)

# A program may define what the library has, too: its own definition counts.
# It is put together first, because within it nothing may be defined twice.
$(UPROGS:%=$(B)/user/%): $(B)/user/libtether.a user/user.ld
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(LD) -r -o $@.o $(filter %.o,$^)
	$(Q)$(LD) $(LDFLAGS) -z muldefs -T user/user.ld -o $@ $@.o $(filter %.a,$^)
$(foreach p,$(UPROGS),$(eval \
    $(B)/user/$(p): $(patsubst user/%.c,$(B)/user/obj/%.o,$(call of_program,$(p)))))

# What `help` prints, from the sources of all programs that are found by name.
UFOUND = $(filter-out $(UPROGS:%=bin/%),$(UPROGS))
$(B)/help.h: $(foreach p,$(UFOUND),$(call of_program,$(p))) tools/help.awk $(B)/stamps/files
	$(Q)awk -f tools/help.awk $(filter %.c,$^) | LC_ALL=C sort >$@.new
	$(Q)if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(B)/user/obj/bin/help.o: $(B)/help.h
$(B)/user/obj/bin/help.o: UFLAGS += -I$(B)
