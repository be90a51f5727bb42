/* The backup or verification that the engine has running. */
#include "daemons/admind/backup_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "daemons/admind/backup.h"
#include "daemons/admind/engine.h"
#include "daemons/admind/programs.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"

#define LOOK_EVERY_MS 60000
#define AGAIN_MS      3600000 /* after a scheduled one that failed */
#define EXIT_VIOLATED 3

/* --- running one ------------------------------------------------------------------------------ */

static bool start(struct engine *engine, const char *kind, struct launch *launch,
		  struct failure *failure)
{
	struct backup_work *work = &engine->backup;
	char *log scoped(scoped_free) = state_path(engine->state, "log/backup.log");
	char *output scoped(scoped_free) = state_path(engine->state, "run/backup.progress");
	bool ok;

	if (backup_work_runs(engine))
		return failure_set(failure, "wait until it is done",
				   "a backup or a verification is at work already");
	backup_work_free(engine);
	snprintf(work->kind, sizeof(work->kind), "%s", kind);
	launch->log = log;
	launch->output = output;
	launch->folder = engine->state->dir;
	ok = task_start(&work->task, launch, failure);
	launch_free(launch);
	engine_tick_soon(engine);
	return ok;
}

bool backup_work_create(struct engine *engine, const char *kind, const char *to,
			struct failure *failure)
{
	char *usual scoped(scoped_free) = state_path(engine->state, "backup");
	struct launch launch = { 0 };

	wiring_backup(&engine->wiring, &launch);
	words_add(&launch.arguments, "create");
	words_add(&launch.arguments, "%s", engine->state->dir);
	words_add(&launch.arguments, "%s", kind);
	words_add(&launch.arguments, "%s", to ? to : usual);
	words_add(&launch.arguments, "%lld",
		  (long long)options_int(engine->service->options, "backup_keep"));
	words_add(&launch.arguments, "%lld",
		  (long long)options_int(engine->service->options, "backup_pause_most"));
	return start(engine, "create", &launch, failure);
}

bool backup_work_verify(struct engine *engine, const char *backup, struct failure *failure)
{
	char *folder scoped(scoped_free) = state_path(engine->state, "backup");
	struct launch launch = { 0 };

	wiring_backup(&engine->wiring, &launch);
	words_add(&launch.arguments, "verify");
	words_add(&launch.arguments, "%s/%s", folder, backup);
	words_add(&launch.arguments, "%s", folder);
	return start(engine, "verify", &launch, failure);
}

bool backup_work_runs(struct engine *engine)
{
	return engine->backup.task.started && !task_is_done(&engine->backup.task);
}

bool backup_work_result(struct engine *engine, struct failure *failure)
{
	return task_result(&engine->backup.task, "the backup", failure);
}

void backup_work_free(struct engine *engine)
{
	task_free(&engine->backup.task);
}

/* --- showing it ------------------------------------------------------------------------------- */

/* The last line may be half of one. */
static json_t *lines_read(const struct engine *engine)
{
	char *path scoped(scoped_free) = state_path(engine->state, "run/backup.progress");
	char *text scoped(scoped_free) = file_read(path, NULL);
	json_t *lines = json_array();
	char *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n")) && rest) {
		const char *error;
		json_t *json = json_parse(line, strlen(line), &error);

		if (json)
			json_array_append_new(lines, json);
	}
	return lines;
}

static const char *state_of(struct engine *engine)
{
	const struct task *task = &engine->backup.task;

	if (!task->started)
		return "none";
	if (backup_work_runs(engine))
		return "running";
	return WIFEXITED(task->status) && (WEXITSTATUS(task->status) == 0 ||
					   WEXITSTATUS(task->status) == EXIT_VIOLATED)
		       ? "done"
		       : "failed";
}

json_t *backup_work_view(struct engine *engine)
{
	const struct task *task = &engine->backup.task;
	const char *state = state_of(engine);
	json_t *view = json_pack("{s:s, s:s, s:o}", "kind", engine->backup.kind, "state", state,
				 "lines", task->started ? lines_read(engine) : json_array());

	if (str_eq(state, "failed") && WIFSIGNALED(task->status))
		json_object_set_new(view, "why", json_string(strsignal(WTERMSIG(task->status))));
	return view;
}

/* --- the schedule ----------------------------------------------------------------------------- */

void backup_work_tick(struct engine *engine)
{
	int64_t every = options_int(engine->service->options, "backup_every");
	int64_t now = clock_mono_ms();
	char *folder scoped(scoped_free) = state_path(engine->state, "backup");
	struct failure failure;

	if (!every || now < engine->backup.look_at_ms || backup_work_runs(engine))
		return;
	engine->backup.look_at_ms = now + LOOK_EVERY_MS;
	if (clock_real_ms() - backup_newest_ms(folder) < every)
		return;
	/* Also after one that fails: it is not tried again at once. */
	engine->backup.look_at_ms = now + (every < AGAIN_MS ? every : AGAIN_MS);
	log_info("the scheduled backup begins");
	if (!backup_work_create(engine, "scheduled", NULL, &failure))
		log_error("the scheduled backup: %s", failure.error);
}
