#pragma once

#include "qemu_plugin.h"

#include <stdint.h>
#include <string.h>

/*
 * The parts of QEMU's interface that our plugins use, the same for all its
 * versions.
 */

/* Each plugin defines this; it is called when QEMU has translated a block. */
void block_translated(struct qemu_plugin_tb *tb);

/* Register it. */
#if PLUGIN_VERSION < 7
static inline void plugin_block(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    block_translated(tb);
}

static inline void plugin_watch_blocks(plugin_id id)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, plugin_block);
}
#else
static inline void plugin_block(struct qemu_plugin_tb *tb, void *data)
{
    (void)data;
    block_translated(tb);
}

static inline void plugin_watch_blocks(plugin_id id)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, plugin_block, NULL);
}
#endif

/* Add 1 to a counter each time an instruction begins.  QEMU could add without a
   call, but QEMU 10 and 11 then write to wrong memory if -icount runs more than
   one hart. */
static inline void plugin_add(unsigned hart, void *counter)
{
    (void)hart;
    ++*(uint64_t *)counter;
}

static inline void plugin_count(struct qemu_plugin_insn *insn,
                                uint64_t *counter)
{
    qemu_plugin_register_vcpu_insn_exec_cb(insn, plugin_add, NO_REGISTERS,
                                           counter);
}

/* The code of an instruction; the upper half is 0 for a compressed one. */
static inline uint32_t plugin_code(const struct qemu_plugin_insn *insn)
{
    uint32_t code = 0;
#if PLUGIN_VERSION < 3
    memcpy(&code, qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));
#else
    qemu_plugin_insn_data(insn, &code, sizeof(code));
#endif
    return code;
}
