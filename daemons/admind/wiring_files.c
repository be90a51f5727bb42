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

static bool write_file(const char *path, const char *text, struct failure *failure)
{
	char *old scoped(scoped_free) = file_read(path, NULL);

	if ((old && str_eq(old, text)) || file_write_text(path, text, 0600))
		return true;
	return failure_errno(failure, "cannot write %s", path);
}

static bool secrets_make(const struct wiring *wiring, const char *daemon, struct failure *failure)
{
	static const char *const kinds[] = { "gateway", "nats" };

	for (size_t i = 0; i < array_size(kinds); i++) {
		char *name scoped(scoped_free) = xasprintf("%s-%s", kinds[i], daemon);

		if (!state_make_secret(wiring->state, name, failure))
			return false;
	}
	return true;
}

/* A list in the syntax of NATS, with a comma after its last entry. */
static void subjects_add(struct buf *out, const char *const *all, const char *const *own)
{
	for (; *all; all++)
		buf_addf(out, "\"%s\", ", *all);
	for (; *own; own++)
		buf_addf(out, "\"%s\", ", *own);
}

static bool nats_user_add(const struct wiring *wiring, const char *name, const char *const *publish,
			  const char *const *subscribe, struct buf *out, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(wiring->state, "secrets/nats-%s", name);
	char *password scoped(scoped_free) = file_read_line(path);

	if (!password)
		return failure_errno(failure, "cannot read %s", path);
	buf_addf(out,
		 "\t\t{ user: \"%s\", password: \"%s\",\n"
		 "\t\t  permissions: { allow_responses: true,\n"
		 "\t\t    publish: [\"registry.%s.>\", \"_INBOX.%s.>\", ",
		 name, password, name, name);
	subjects_add(out, component_publish, publish);
	buf_addf(out, "],\n\t\t    subscribe: [\"_INBOX.%s.>\", ", name);
	subjects_add(out, component_subscribe, subscribe);
	buf_adds(out, "] } }\n");
	return true;
}

static bool write_nats(const struct wiring *wiring, struct failure *failure)
{
	static const char *const nothing[] = { NULL };
	static const char *const questions[] = { "$SRV.>", NULL }; /* such as `nats micro list` */
	char *path scoped(scoped_free) = state_path(wiring->state, "run/nats.conf");
	char *store scoped(scoped_free) = state_path(wiring->state, "nats");
	char *port scoped(scoped_free) = xasprintf("%d", wiring->settings->nats_port);
	struct buf users = { 0 };
	char *users_text scoped(scoped_free) = NULL;
	char *text scoped(scoped_free) = NULL;
	bool ok = nats_user_add(wiring, "admind", questions, nothing, &users, failure);

	for (const struct component *c = components; ok && c->name; c++) {
		if (c->is_daemon)
			ok = nats_user_add(wiring, c->name, c->publish, c->subscribe, &users,
					   failure);
	}
	users_text = buf_steal(&users);
	if (!ok)
		return false;
	text = template_fill(template_nats, (const char *const[]){ "port", port, "store", store,
								   "users", users_text, NULL });
	return write_file(path, text, failure);
}

bool wiring_write(const struct wiring *wiring, struct failure *failure)
{
	if (!secrets_make(wiring, "admind", failure) ||
	    !state_make_secret(wiring->state, "clients/admin", failure))
		return false;
	for (const struct component *component = components; component->name; component++) {
		if (component->is_daemon && !secrets_make(wiring, component->name, failure))
			return false;
	}
	return write_nats(wiring, failure);
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
	return write_file(path, text, failure);
}

bool wiring_write_postgres(const struct wiring *wiring, struct failure *failure)
{
	char *conf scoped(scoped_free) = state_path(wiring->state, "postgres/ecom.conf");
	char *hba scoped(scoped_free) = state_path(wiring->state, "postgres/pg_hba.conf");
	char *connections scoped(scoped_free) = xasprintf("%d", DATABASE_CONNECTIONS_MAX);
	char *text scoped(scoped_free) = template_fill(
		template_postgresql, (const char *const[]){ "run", wiring->state->run,
							    "connections", connections, NULL });

	return write_file(conf, text, failure) &&
	       write_file(hba, "local all all peer map=ecom\n", failure) &&
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
	if (!write_file(conf, text, failure) || !write_file(ours, "", failure))
		return false;
	/* From here on there is a cluster: an initdb that was cut short never gets its name. */
	if (rename(folder, final) < 0)
		return failure_errno(failure, "cannot rename %s", folder);
	return true;
}
