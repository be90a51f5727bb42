/*
 * admind: the engine of a shop. Started by `ecomctl up` with the state folder in the environment;
 * everything that a start needs is checked before the first process is touched.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemons/admind/engine.h"
#include "daemons/admind/options.h"
#include "daemons/admind/progress.h"
#include "daemons/admind/routes.h"
#include "daemons/admind/templates.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/http/openapi.h"

static struct engine engine;
static struct state *state; /* until the engine takes it */

static void option_path(struct service *service, const char *key, const char *name)
{
	char *path scoped(scoped_free) = state_path(engine.state, "%s", name);

	options_set(service->options, key, path);
}

static void set_options(struct service *service)
{
	char *url scoped(scoped_free) = xasprintf("nats://127.0.0.1:%d", engine.settings.nats_port);

	options_set(service->options, "nats_url", url);
	options_set(service->options, "nats_user", "admind");
	option_path(service, "nats_password_file", "secrets/nats-admind");
	option_path(service, "gateway_secret_file", "secrets/gateway-admind");
	option_path(service, "run_dir", "run");
	option_path(service, "cache_dir", "cache");
	option_path(service, "unix_listen", STATE_SOCKET);
}

static bool admind_start(struct service *service, char **error)
{
	struct failure failure = { 0 };

	if (!state) {
		*error = xstrdup("ECOM_ADMIND_STATE is not set: `ecomctl up` starts the engine");
		return false;
	}
	if (engine_open(&engine, service, take_ptr(state),
			(int)options_int(service->options, "port"), &failure)) {
		set_options(service);
		return true;
	}
	progress_error(&failure);
	*error = xstrdup(failure.error);
	return false;
}

static void admind_stop(struct service *service)
{
	(void)service;
	engine_close(&engine);
}

static const char *const man[] = {
	".Xr ecomctl 1",
	"starts it with",
	".Ic up",
	"and talks to it through the socket",
	".Pa run/admind.sock",
	"in the state folder.",
	"A second engine on the same folder is refused.",
	"When it is killed, everything goes on serving, and the next",
	".Ic up",
	"takes it over.",
	".Sh ENVIRONMENT",
	".Bl -tag -width Ds",
	".It Ev ECOM_USER",
	"Who runs the shop when root starts it",
	"(default:",
	".Ql ecom ) .",
	".It Ev ECOM_POSTGRES_BIN",
	"Folder of PostgreSQL's programs, instead of the newest below",
	".Pa /usr/lib/postgresql .",
	".It Ev ECOM_NATS_SERVER , ECOM_HAPROXY",
	"These programs, instead of those in",
	".Ev PATH .",
	".It Ev ECOM_LIBEXECDIR",
	"Folder of the daemons.",
	".El",
	NULL,
};

static const struct daemon admind = {
	.name = "admind",
	.summary = "starts, watches and scales the processes of a shop",
	.routes = admind_routes,
	.options = admind_options,
	.man = man,
	.openapi = &ecom_openapi,
	.start = admind_start,
	.stop = admind_stop,
};

static bool write_sample(const char *path, struct failure *failure)
{
	if (access(path, F_OK) == 0 || file_write_text(path, template_ecom, 0600))
		return true;
	return failure_errno(failure, "cannot write %s", path);
}

/* From here on our output is a log like everyone's. */
static bool redirect(struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(state, "log/admind-1.log");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0;

	if (!ok)
		failure_errno(failure, "cannot write %s", path);
	scoped_close(&fd);
	return ok;
}

static int run_engine(const char *program, const char *folder)
{
	struct failure failure = { 0 };
	char *config scoped(scoped_free) = NULL;
	char *arguments[4];
	int code;

	progress_open();
	state = state_open(folder, &failure);
	config = state ? state_path(state, "ecom.yaml") : NULL;
	if (!state || !write_sample(config, &failure) || !redirect(&failure)) {
		progress_error(&failure);
		return 1;
	}
	arguments[0] = xstrdup(program);
	arguments[1] = xstrdup("--config");
	arguments[2] = config;
	arguments[3] = NULL;
	code = daemon_main(&admind, 3, arguments);
	free(arguments[0]);
	free(arguments[1]);
	return engine.phase == ENGINE_FAILED ? 1 : code;
}

int main(int argc, char **argv)
{
	const char *folder = getenv("ECOM_ADMIND_STATE");

	if (argc == 1 && folder)
		return run_engine(argv[0], folder);
	return daemon_main(&admind, argc, argv);
}
