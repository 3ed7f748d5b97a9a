#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * QEMU's plugin interface, version 1, as far as it is used here: Debian has no
 * package of its header.
 */
struct qemu_plugin_tb;   // a block of instructions that is translated at once
struct qemu_plugin_insn; // one of them
struct qemu_info;
typedef uint64_t plugin_id;

// QEMU 7.2 takes reads for writes where only one of the two is asked for.
enum { OP_ADD_U64 = 0, NO_REGISTERS = 0, MEMORY_READ_WRITE = 3 };

typedef void (*translated_cb)(plugin_id id, struct qemu_plugin_tb *tb);
typedef void (*executed_cb)(unsigned hart, void *data);
typedef void (*memory_cb)(unsigned hart, uint32_t info, uint64_t address,
                          void *data);
typedef void (*exit_cb)(plugin_id id, void *data);

/* Call for each block that is translated, each time one is executed, or one
   instruction of it, for each access of an instruction to memory, and when
   QEMU ends. */
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translated_cb cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
                                          executed_cb cb, int flags,
                                          void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            executed_cb cb, int flags,
                                            void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
                                      memory_cb cb, int flags, int access,
                                      void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, exit_cb cb, void *data);

/* Add to a counter each time an instruction begins. */
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
                                                int op, void *counter,
                                                uint64_t amount);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(
    const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);

/* What QEMU looks for in a plugin. */
extern int qemu_plugin_version;
int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc,
                        char **argv);
