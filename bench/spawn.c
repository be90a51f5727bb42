/*
 * How long a program takes from spawn to exit, output thrown away: medians of N runs of two commands
 * in turn, so that a slow moment of the machine meets both.
 *
 *	spawn N COMMAND… -- COMMAND…	prints two medians in microseconds
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/* Dies when the command cannot be run or fails: its time would mean nothing. */
static long run(char **command)
{
	posix_spawn_file_actions_t actions;
	long started = now_us();
	int status, error;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		fprintf(stderr, "spawn: %s: %s\n", command[0], strerror(error));
		exit(1);
	}
	while (wait4(pid, &status, 0, NULL) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "spawn: %s failed\n", command[0]);
		exit(1);
	}
	return now_us() - started;
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long median(long *times, int count)
{
	qsort(times, (size_t)count, sizeof(*times), compare);
	return times[count / 2];
}

int main(int argc, char **argv)
{
	int count = argc > 4 ? atoi(argv[1]) : 0, split = 2;
	long *ours, *theirs;

	while (split < argc && strcmp(argv[split], "--") != 0)
		split++;
	if (count < 1 || split + 1 >= argc) {
		fprintf(stderr, "usage: spawn N COMMAND... -- COMMAND...\n");
		return 2;
	}
	argv[split] = NULL;
	ours = calloc((size_t)count, sizeof(*ours));
	theirs = calloc((size_t)count, sizeof(*theirs));
	if (!ours || !theirs)
		return 1;
	run(argv + 2); /* into the page cache */
	run(argv + split + 1);
	for (int i = 0; i < count; i++) {
		ours[i] = run(argv + 2);
		theirs[i] = run(argv + split + 1);
	}
	printf("%ld %ld\n", median(ours, count), median(theirs, count));
	free(ours);
	free(theirs);
	return 0;
}
