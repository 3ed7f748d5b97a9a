#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * QEMU's plugin interface, as far as it is used here: Debian has no package of
 * its header.  A plugin is compiled for one version of it, PLUGIN_VERSION, as
 * tools/plugin_version prints it.  Two changes matter here:
 *
 *   3   QEMU copies the code of an instruction instead of pointing to it
 *   7   a callback gets data of the plugin instead of the plugin's id
 *
 * tools/plugin.h hides them.  QEMU 7.2 has version 1, QEMU 11.1 has version 7.
 */
#if !defined(PLUGIN_VERSION) || PLUGIN_VERSION < 1 || PLUGIN_VERSION > 7
#error "PLUGIN_VERSION must be 1 to 7, as tools/plugin_version prints it"
#endif

struct qemu_plugin_tb;   // a block of instructions that is translated at once
struct qemu_plugin_insn; // one of them
struct qemu_info;
typedef uint64_t plugin_id;

// QEMU 7.2 takes reads for writes where only one of the two is asked for.
enum { NO_REGISTERS = 0, MEMORY_READ_WRITE = 3 };

typedef void (*executed_cb)(unsigned hart, void *data);
typedef void (*memory_cb)(unsigned hart, uint32_t info, uint64_t address,
                          void *data);

/* Call for each block that is translated, each time one is executed, or one
   instruction of it, and for each access of an instruction to memory. */
#if PLUGIN_VERSION < 7
typedef void (*translated_cb)(plugin_id id, struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translated_cb cb);
#else
typedef void (*translated_cb)(struct qemu_plugin_tb *tb, void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translated_cb cb,
                                           void *data);
#endif
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
                                          executed_cb cb, int flags,
                                          void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            executed_cb cb, int flags,
                                            void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
                                      memory_cb cb, int flags, int access,
                                      void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(
    const struct qemu_plugin_tb *tb, size_t index);
#if PLUGIN_VERSION < 3
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
#else
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to,
                             size_t room);
#endif
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);

/* What QEMU looks for in a plugin. */
extern int qemu_plugin_version;
int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc,
                        char **argv);
