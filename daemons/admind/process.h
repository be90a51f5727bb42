/*
 * Processes as the kernel shows them. A process is known by pid, start time and boot: a pid alone
 * may belong to somebody else by now.
 */
#ifndef ECOM_DAEMONS_ADMIND_PROCESS_H
#define ECOM_DAEMONS_ADMIND_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	pid_t parent;
	uint64_t start; /* clock ticks since boot: field 22 of /proc/PID/stat */
};

/* False when there is no such process, or only its zombie. */
bool process_read(pid_t pid, struct process *out);

/* /proc/PID/exe without " (deleted)", and /proc/PID/cwd; NULL when it cannot be read. The caller
 * frees. */
char *process_exe(pid_t pid);
char *process_folder(pid_t pid);

/*
 * Whether it runs as the owner of the folder. What a state folder says about processes is its
 * owner's word, and root must not signal another's for it.
 */
bool process_is_of(pid_t pid, const char *folder);

/* The environment as it was at exec: the value of a variable, NULL when absent. Caller frees. */
char *process_environment(pid_t pid, const char *name);

/* Proportional memory of a process and its descendants in bytes; -1 when it cannot be told. */
int64_t process_memory(pid_t pid);
int64_t process_memory_alone(pid_t pid); /* without them */

/* Milliseconds since the process started. */
int64_t process_age_ms(const struct process *process);

/* This boot of the machine; "" when unknown. */
const char *process_boot_id(void);

/* Calls fn for every process of the machine. */
typedef void process_fn(void *arg, const struct process *process);
void process_each(process_fn *fn, void *arg);

#endif
