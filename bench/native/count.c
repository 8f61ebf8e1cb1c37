/* A plugin of QEMU's translator (interface version 1) that counts what a guest executes, in a file that others
 * can read while it runs: eight bytes, in the order of this machine. Blocks are counted when they begin; each
 * turn of a repeated instruction (`rep movsb`) is one. For one CPU.
 * Argument: into=PATH. The declarations are those of QEMU's qemu-plugin.h, which few distributions package. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct qemu_plugin_tb;
enum { ADD_U64 };
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t, void (*)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int, void *, uint64_t);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;

static uint64_t *executed;

static void translated(uint64_t plugin, struct qemu_plugin_tb *block)
{
	(void)plugin;
	qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, executed, qemu_plugin_tb_n_insns(block));
}

EXPORT int qemu_plugin_install(uint64_t plugin, const void *machine, int count, char **arguments)
{
	(void)machine;
	if (count != 1 || strncmp(arguments[0], "into=", 5) != 0) {
		fprintf(stderr, "count: exactly into=PATH is needed\n");
		return -1;
	}
	int file = open(arguments[0] + 5, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0 || ftruncate(file, sizeof *executed) != 0) {
		perror("count");
		return -1;
	}
	executed = mmap(0, sizeof *executed, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);
	if (executed == MAP_FAILED) {
		perror("count");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
	return 0;
}
