#pragma once

#include "lib/args.h"
#include "lib/regions.h"

/* A place for a virtio device; there may be none in it. */
#define MACHINE_SLOTS 32
struct slot {
    paddr_t base;
    uint32_t irq; // 0: none
};

/*
 * What the device tree tells about this machine.  Filled once at boot, before
 * anything else exists; nothing of it is compiled in.  Addresses are physical.
 */
struct machine {
    struct regions ram;  // what there is
    struct regions free; // what of it nobody has reserved
    uint64_t timebase;   // ticks of `time` in a second, 10^4 ... 2^32 - 1
    bool has_sstc;       // every hart has stimecmp
    bool has_fp;         // every hart has floating point, double precision
    bool icount;         // an emulator runs one hart at a time (boot argument)
    uint64_t zero_block; // bytes that cache_zero clears on any hart; 0: none
    struct {
        struct region regs; // start = 0: none that the kernel knows
        uint32_t irq;       // 0: none
        uint32_t shift;     // registers are 1 << shift bytes apart
        uint32_t width;     // and this many bytes wide
    } uart;
    struct region plic;     // start = 0: none that serves the boot hart
    uint32_t plic_context;  // its number for the boot hart
    uint32_t plic_phandle;  // how devices name it
    struct region finisher; // sifive,test
    struct region rtc;      // goldfish
    struct slot virtio[MACHINE_SLOTS];
    int virtio_count;
    struct region initrd;
    struct args args;
};

extern struct machine machine; // [i] after machine_init

/*
 * Read the tree at physical address `tree`; hart `boot_id` runs this.  Panics,
 * with the reason, when something without which the kernel cannot run is
 * missing or broken.
 */
void machine_init(paddr_t tree, uint64_t boot_id);

/* A boot argument as a number between min and max; `otherwise` when it is
   absent.  Panics with a clear text when the value is no such number. */
uint64_t machine_arg_number(const char *name, uint64_t min, uint64_t max,
                            uint64_t otherwise);

/* End the machine with exit status `status` (its low 8 bits; 255 when these
   are 0 and the status is not).  machine_finish returns if the machine has no
   device that can report a status; machine_poweroff then asks the firmware. */
void machine_finish(int status);
_Noreturn void machine_poweroff(int status);
