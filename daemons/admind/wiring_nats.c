/* run/nats.conf: one user per daemon, with the subjects that it needs. */
#include <ctype.h>
#include <stdlib.h>

#include "daemons/admind/templates.h"
#include "daemons/admind/wiring.h"
#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

/* What JetStream is asked, around the name of a stream. */
struct question {
	const char *before, *after;
};

static const struct question of_owner[] = {
	{ "$JS.API.STREAM.INFO.", "" },
	{ "$JS.API.STREAM.CREATE.", "" },
	{ 0 },
};

/* Whoever comes first makes the stream, the consumer or its owner. */
static const struct question of_consumer[] = {
	{ "$JS.API.STREAM.INFO.", "" },
	{ "$JS.API.STREAM.CREATE.", "" },
	{ "$JS.API.CONSUMER.INFO.", ".*" },
	{ "$JS.API.CONSUMER.CREATE.", ".>" },
	{ "$JS.API.CONSUMER.DURABLE.CREATE.", ".*" },
	{ "$JS.API.CONSUMER.DELETE.", ".*" },
	{ "$JS.ACK.", ".>" },
	{ 0 },
};

static const struct component admind = { .name = "admind" };
static const char *const admind_publish[] = { "$SRV.>", NULL }; /* such as `nats micro list` */

/* The lists are in the syntax of NATS, with a comma after the last entry. */
static void subjects_add(struct buf *out, const char *const *subjects)
{
	for (; *subjects; subjects++)
		buf_addf(out, "\"%s\", ", *subjects);
}

static void questions_add(struct buf *out, const struct question *question, const char *stream)
{
	for (; question->before; question++)
		buf_addf(out, "\"%s%s%s\", ", question->before, stream, question->after);
}

/* The events of a stream: "orders.>" of ORDERS. */
static void events_add(struct buf *out, const char *stream)
{
	buf_adds(out, "\"");
	for (; *stream; stream++)
		buf_addc(out, (char)tolower((unsigned char)*stream));
	buf_adds(out, ".>\", ");
}

static void publish_add(struct buf *out, const struct component *component)
{
	subjects_add(out, component_publish);
	if (component == &admind)
		subjects_add(out, admind_publish);
	if (component->stream) {
		buf_adds(out, "\"$JS.API.INFO\", ");
		questions_add(out, of_owner, component->stream);
		events_add(out, component->stream);
	}
	for (const char *const *stream = component->consumes; *stream; stream++)
		questions_add(out, of_consumer, *stream);
}

static void subscribe_add(struct buf *out, const struct component *component)
{
	subjects_add(out, component_subscribe);
	if (component->stream)
		events_add(out, component->stream);
	for (const char *const *stream = component->consumes; *stream; stream++)
		events_add(out, *stream);
}

static bool user_add(const struct wiring *wiring, const struct component *component,
		     struct buf *out, struct failure *failure)
{
	const char *name = component->name;
	char *path scoped(scoped_free) = state_path(wiring->state, "secrets/nats-%s", name);
	char *password scoped(scoped_free) = file_read_line(path);

	if (!password)
		return failure_errno(failure, "cannot read %s", path);
	buf_addf(out,
		 "\t\t{ user: \"%s\", password: \"%s\",\n"
		 "\t\t  permissions: { allow_responses: true,\n"
		 "\t\t    publish: [\"registry.%s.>\", \"_INBOX.%s.>\", ",
		 name, password, name, name);
	publish_add(out, component);
	buf_addf(out, "],\n\t\t    subscribe: [\"_INBOX.%s.>\", ", name);
	subscribe_add(out, component);
	buf_adds(out, "] } }\n");
	return true;
}

bool wiring_write_nats(const struct wiring *wiring, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(wiring->state, "run/nats.conf");
	char *store scoped(scoped_free) = state_path(wiring->state, "nats");
	char *port scoped(scoped_free) = xasprintf("%d", wiring->settings->nats_port);
	struct buf users = { 0 };
	char *users_text scoped(scoped_free) = NULL;
	char *text scoped(scoped_free) = NULL;
	bool ok = user_add(wiring, &admind, &users, failure);

	for (const struct component *c = components; ok && c->name; c++) {
		if (c->is_daemon)
			ok = user_add(wiring, c, &users, failure);
	}
	users_text = buf_steal(&users);
	if (!ok)
		return false;
	text = template_fill(template_nats, (const char *const[]){ "port", port, "store", store,
								   "users", users_text, NULL });
	return wiring_write_file(path, text, failure);
}
