/* The files that the engine writes for the servers: users, rights, settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/admind/templates.h"
#include "daemons/admind/wiring.h"
#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define INCLUDE_LINE "include = 'ecom.conf'"
#define HBA          "local all,replication all peer map=ecom\n" /* replication: pg_basebackup */

bool wiring_write_file(const char *path, const char *text, struct failure *failure)
{
	char *old scoped(scoped_free) = file_read(path, NULL);

	if ((old && str_eq(old, text)) || file_write_text(path, text, 0600))
		return true;
	return failure_errno(failure, "cannot write %s", path);
}

static bool secret_make(const struct wiring *wiring, const char *kind, const char *daemon,
			struct failure *failure)
{
	char *name scoped(scoped_free) = xasprintf("%s%s", kind, daemon);

	return state_make_secret(wiring->state, name, failure);
}

static bool secrets_make(const struct wiring *wiring, const struct component *component,
			 struct failure *failure)
{
	const char *name = component->name;

	return secret_make(wiring, "gateway-", name, failure) &&
	       secret_make(wiring, "nats-", name, failure) &&
	       (!component->calls_peers || secret_make(wiring, "clients/", name, failure));
}

bool wiring_write(const struct wiring *wiring, struct failure *failure)
{
	if (!secrets_make(wiring, &(struct component){ .name = "admind" }, failure) ||
	    !state_make_secret(wiring->state, "clients/admin", failure))
		return false;
	for (const struct component *component = components; component->name; component++) {
		if (component->is_daemon && !secrets_make(wiring, component, failure))
			return false;
	}
	return wiring_write_nats(wiring, failure);
}

static void roles_of(const char *user, struct buf *out)
{
	buf_addf(out, "ecom %s postgres\n", user);
	for (const struct component *component = components; component->name; component++) {
		if (component->database_connections)
			buf_addf(out, "ecom %s %s\necom %s %s_owner\n", user, component->name, user,
				 component->name);
	}
}

static bool write_ident(const struct wiring *wiring, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(wiring->state, "postgres/pg_ident.conf");
	struct buf lines = { 0 };
	char *text scoped(scoped_free) = NULL;

	roles_of(wiring->user, &lines);
	if (!str_eq(wiring->user, "root"))
		roles_of("root", &lines); /* who may become the user anyway */
	text = buf_steal(&lines);
	return wiring_write_file(path, text, failure);
}

bool wiring_write_postgres(const struct wiring *wiring, struct failure *failure)
{
	char *conf scoped(scoped_free) = state_path(wiring->state, "postgres/ecom.conf");
	char *hba scoped(scoped_free) = state_path(wiring->state, "postgres/pg_hba.conf");
	char *connections scoped(scoped_free) = xasprintf("%d", DATABASE_CONNECTIONS_MAX);
	char *text scoped(scoped_free) = template_fill(
		template_postgresql, (const char *const[]){ "run", wiring->state->run,
							    "connections", connections, NULL });

	return wiring_write_file(conf, text, failure) && wiring_write_file(hba, HBA, failure) &&
	       write_ident(wiring, failure);
}

bool wiring_finish_initdb(const struct wiring *wiring, struct failure *failure)
{
	char *folder scoped(scoped_free) = state_path(wiring->state, "postgres.new");
	char *final scoped(scoped_free) = state_path(wiring->state, "postgres");
	char *conf scoped(scoped_free) = xasprintf("%s/postgresql.conf", folder);
	char *ours scoped(scoped_free) = xasprintf("%s/ecom.conf", folder);
	char *old scoped(scoped_free) = file_read(conf, NULL);
	char *text scoped(scoped_free) = NULL;

	if (!old)
		return failure_errno(failure, "cannot read %s", conf);
	text = xasprintf("%s\n" INCLUDE_LINE "\n", old);
	if (!wiring_write_file(conf, text, failure) || !wiring_write_file(ours, "", failure))
		return false;
	/* From here on there is a cluster: an initdb that was cut short never gets its name. */
	if (rename(folder, final) < 0)
		return failure_errno(failure, "cannot rename %s", folder);
	return true;
}
