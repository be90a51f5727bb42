/* lib/base/fault: arming by environment, file and folder, counting, and the end of a process. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/fault.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

static char folder[] = "/tmp/ecom-fault.XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "unitd", "unitd.passed", "file" };

	(void)state;
	for (size_t i = 0; i < array_size(names); i++) {
		char *path scoped(scoped_free) = xasprintf("%s/%s", folder, names[i]);

		unlink(path);
	}
	return rmdir(folder);
}

/* The tables of faults are the process's: each test has its own. The status as waitpid() tells. */
static int in_process(const char *fault, void (*body)(void))
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (fault)
			setenv("ECOM_FAULT", fault, 1);
		fault_init("unitd");
		body();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* In the child: its end code tells what was wrong. */
static void expect(bool what, int code)
{
	if (!what)
		_exit(code);
}

static void pass_twice(void)
{
	expect(fault_armed, 1);
	expect(!fault_point("statement", "a", "before"), 2);
	expect(!fault_point("statement", "a", "after"), 3);
	expect(fault_point("statement", "a", "before"), 4);
	expect(!fault_point("statement", "a", "before"), 5);
	expect(fault_point("call", "GET /a:b", "after"), 6);
}

static void test_counts(void **state)
{
	(void)state;
	assert_int_equal(
		in_process("statement.a.before:2:fail,call.GET /a:b.after:1:fail", pass_twice), 0);
}

static void pass_nothing(void)
{
	expect(!fault_armed, 1);
	expect(!fault_point("statement", "a", "before"), 2);
}

static void test_is_off_by_default(void **state)
{
	(void)state;
	unsetenv("ECOM_FAULT");
	assert_int_equal(in_process(NULL, pass_nothing), 0);
	assert_int_equal(in_process("", pass_nothing), 0);
}

static void pass_commit(void)
{
	expect(!fault_point("commit", fault_scope_name(), "before"), 1);
	fault_scope("worker");
	fault_point("commit", fault_scope_name(), "before");
	_exit(2);
}

static void test_kills(void **state)
{
	int status = in_process("commit.worker.before:1:kill", pass_commit);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void put(const char *name, const char *text)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);

	expect(file_write_text(path, text, 0600), 100);
}

static bool is_there(const char *name)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);

	return access(path, F_OK) == 0;
}

static void pass_rearmed(void)
{
	expect(!fault_point("statement", "a", "before"), 1);
	put("unitd", "statement.a.before:1:fail\nstatement.b.before:1:fail\n");
	expect(fault_point("statement", "a", "before"), 2);
	expect(!is_there("unitd"), 3);
	expect(!fault_point("statement", "b", "before"), 4);
	put("unitd", "statement.a.before:2:fail\n");
	expect(!fault_point("statement", "a", "before"), 5);
	expect(fault_point("statement", "a", "before"), 6);
}

static void test_folder_is_armed_while_running(void **state)
{
	char *fault scoped(scoped_free) = xasprintf("@%s", folder);
	char *passed_path scoped(scoped_free) = xasprintf("%s/unitd.passed", folder);
	char *passed scoped(scoped_free) = NULL;

	(void)state;
	assert_int_equal(in_process(fault, pass_rearmed), 0);
	passed = file_read(passed_path, NULL);
	assert_non_null(passed);
	assert_string_equal(passed, "statement.a.before\nstatement.b.before\n");
}

static void pass_and_die(void)
{
	fault_point("statement", "a", "after");
}

static void test_a_file_kills_once(void **state)
{
	char *path scoped(scoped_free) = xasprintf("%s/file", folder);
	char *fault scoped(scoped_free) = xasprintf("@%s", path);

	(void)state;
	assert_true(file_write_text(path, "statement.a.after:1:kill\n", 0600));
	assert_true(WIFSIGNALED(in_process(fault, pass_and_die)));
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(in_process(fault, pass_and_die), 0);
}

static void pass_none(void)
{
	_exit(99);
}

static void test_other_forms_stop_the_start(void **state)
{
	static const char *const wrong[] = {
		"statement.a.before",
		"statement.a.before:1",
		"statement.a.before:0:kill",
		"statement.a.before:x:kill",
		"statement.a.before:1:explode",
		"statement.a.before:1:",
		"a:1:kill,b",
	};

	(void)state;
	for (size_t i = 0; i < array_size(wrong); i++) {
		int status = in_process(wrong[i], pass_none);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_off_by_default),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_kills),
		cmocka_unit_test(test_folder_is_armed_while_running),
		cmocka_unit_test(test_a_file_kills_once),
		cmocka_unit_test(test_other_forms_stop_the_start),
	};

	return cmocka_run_group_tests_name("fault", tests, make_folder, remove_folder);
}
