/*
 * Takes what events have made, a batch at a time: asks the services what each is about, renders it,
 * and freezes recipient and content in its row. What a service does not answer is tried again later;
 * a batch whose worker was killed is taken again when the lease ends.
 */
#include "daemons/notifyd/prepare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/notifyd/context.h"
#include "daemons/notifyd/facts.h"
#include "daemons/notifyd/notifyd.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/template.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/queue/worker.h"

#define TOKEN_BYTES 24

/* A row at work. */
struct note {
	const char *id, *template, *category;
	json_t *refs;
	json_t *result; /* as notification_freeze() takes it */
	bool late;
};

static const char *text_at(const PGresult *rows, int row, const char *column)
{
	const char *text = row_get_at(rows, row, column);

	return text ? text : "";
}

/* What is about an order or asked for by its owner is told whenever it can be. */
static bool is_late(const PGresult *rows, int row)
{
	const char *category = text_at(rows, row, "category");

	return (str_eq(category, "staff") || str_eq(category, "marketing")) &&
	       strtoll(text_at(rows, row, "age_ms"), NULL, 10) >
		       options_int(notifyd_service->options, "late_after");
}

static void note_open(struct note *note, const PGresult *rows, int row)
{
	const char *refs = text_at(rows, row, "refs"), *error;

	*note = (struct note){
		.id = text_at(rows, row, "id"),
		.template = text_at(rows, row, "template"),
		.category = text_at(rows, row, "category"),
		.refs = json_parse(refs, strlen(refs), &error),
		.late = is_late(rows, row),
	};
	note->result = json_pack("{s:s, s:I}", "id", note->id, "attempt",
				 (json_int_t)strtoll(text_at(rows, row, "attempt"), NULL, 10));
}

static void note_close(struct note *note)
{
	json_decref(note->refs);
	json_decref(note->result);
}

static void set_text(const struct note *note, const char *key, const char *value)
{
	if (value)
		json_object_set_new(note->result, key, json_string(value));
}

static void suppress(const struct note *note, const char *reason)
{
	set_text(note, "outcome", "suppressed");
	set_text(note, "reason", reason);
	log_info("notification %s: no %s: %s", note->id, note->template, reason);
}

static void retry(const struct note *note, const char *why)
{
	set_text(note, "outcome", "retry");
	set_text(note, "why", why);
	log_warn("notification %s: %s is not made yet: %s", note->id, note->template, why);
}

/* Of what nobody asked for: a link that ends it. Only its hash is stored. */
static void add_unsubscribe(const struct note *note, json_t *context)
{
	char *token scoped(scoped_free) = hash_random_token(TOKEN_BYTES);
	char *path scoped(scoped_free) = xasprintf("/unsubscribe#token=%s", token);
	char *url scoped(scoped_free) = context_url(json_object_get(context, "shop"), path);
	char hash[HASH_HEX_SIZE];

	hash_sha256_hex(token, strlen(token), hash);
	json_object_set_new(context, "unsubscribe", json_string(url));
	set_text(note, "unsubscribe", hash);
}

static void freeze(const struct note *note, json_t *context)
{
	struct rendered rendered = { 0 };
	char *error scoped(scoped_free) = NULL;

	if (!template_render(note->template, context_locale(context), context, &rendered, &error)) {
		retry(note, error);
		return;
	}
	set_text(note, "outcome", "frozen");
	set_text(note, "recipient", context_recipient(note->template, context));
	set_text(note, "locale", context_locale(context));
	set_text(note, "subject", rendered.subject);
	set_text(note, "text", rendered.text);
	set_text(note, "html", rendered.html);
	set_text(note, "expires_at", json_get_string(context, "expires", NULL));
	json_object_del(context,
			"link"); /* it opens an account: in the text only, while it is needed */
	json_object_set(note->result, "data", context);
	rendered_done(&rendered);
}

static void make(const struct note *note, const struct facts *facts)
{
	json_t *context scoped(scoped_json) = NULL;

	switch (context_make(facts, note->template, note->refs, &context)) {
	case CONTEXT_UNAVAILABLE:
		retry(note, *facts->why ? facts->why : "not answered");
		return;
	case CONTEXT_UNKNOWN:
		suppress(note, "unknown");
		return;
	case CONTEXT_EXPIRED:
		suppress(note, "expired");
		return;
	case CONTEXT_MADE:
		break;
	}
	if (!context_recipient(note->template, context)) {
		suppress(note, "no_recipient");
		return;
	}
	if (str_eq(note->category, "marketing"))
		add_unsubscribe(note, context);
	freeze(note, context);
}

/* How many of each category one address gets within a day. */
static char *most_per_day(void)
{
	const struct options *options = notifyd_service->options;
	json_t *most scoped(scoped_json) =
		json_pack("{s:I, s:I, s:I, s:I}", "order",
			  (json_int_t)options_int(options, "order_mails_per_day"), "account",
			  (json_int_t)options_int(options, "account_mails_per_day"), "marketing",
			  (json_int_t)options_int(options, "marketing_mails_per_day"), "staff",
			  (json_int_t)options_int(options, "staff_mails_per_day"));

	return json_text(most);
}

static void settle(struct session *db, const struct note *notes, int count)
{
	json_t *results scoped(scoped_json) = json_array();
	char *text scoped(scoped_free) = NULL;
	char *most scoped(scoped_free) = most_per_day();
	PGresult *settled scoped(scoped_result) = NULL;
	const char *why;

	for (int i = 0; i < count; i++)
		json_array_append(results, notes[i].result);
	text = json_text(results);
	settled = session_query(db, SQL(freeze_notifications), "results", text, "most_per_day",
				most);
	if (session_ok(settled))
		return;
	why = PQresultErrorMessage(settled); /* below its first line there may be a row */
	log_warn("%d notifications could not be settled, their leases will end: %.*s", count,
		 (int)strcspn(why, "\n"), why);
}

/* False: a service refused the batch, and nothing was settled. */
static bool work(struct session *db, struct note *notes, int count)
{
	struct facts facts;
	bool whole;

	facts_open(&facts);
	for (int i = 0; i < count; i++) {
		if (!notes[i].late)
			context_want(&facts, notes[i].template, notes[i].refs);
	}
	facts_fetch(&facts);
	whole = !facts.refused || count == 1;
	for (int i = 0; whole && i < count; i++) {
		if (notes[i].late)
			suppress(&notes[i], "expired");
		else
			make(&notes[i], &facts);
	}
	facts_close(&facts);
	if (whole)
		settle(db, notes, count);
	return whole;
}

/* Halves, until those that a service does not want are alone. */
static void work_on(struct session *db, struct note *notes, int count)
{
	if (work(db, notes, count))
		return;
	work_on(db, notes, count / 2);
	work_on(db, notes + count / 2, count - count / 2);
}

void prepare_batch(struct session *db, const PGresult *rows)
{
	int count = PQntuples(rows);
	struct note *notes = xcalloc((size_t)count, sizeof(*notes));

	for (int i = 0; i < count; i++)
		note_open(&notes[i], rows, i);
	work_on(db, notes, count);
	for (int i = 0; i < count; i++)
		note_close(&notes[i]);
	free(notes);
}

/* --- previews --------------------------------------------------------------------------------- */

/* An order names its payment; a link is made up. */
static void fill_in(struct facts *facts, json_t *refs)
{
	const char *id = json_get_string(refs, "order", NULL);
	json_t *order = id ? facts_get(facts, FACT_ORDER, id) : NULL;

	json_object_set(refs, "payment", json_object_get(order, "payment_id"));
	if (!json_object_get(refs, "user"))
		json_object_set(refs, "user", json_object_get(order, "owner"));
}

static void make_up_link(struct facts *facts, json_t *refs)
{
	json_object_set_new(refs, "request", json_string("example"));
	json_decref(facts->answers[__builtin_ctz(FACT_LINK)]);
	facts->answers[__builtin_ctz(FACT_LINK)] = json_pack("{s:{s:s, s:s}}", "example", "path",
							     "/account#token=EXAMPLE", "expires_at",
							     "2030-01-01T12:00:00.000Z");
}

json_t *prepare_context(const char *template, const json_t *refs, char why[160], bool *unknown)
{
	json_t *named scoped(scoped_json) = json_deep_copy(refs);
	json_t *context = NULL;
	enum context_result result;
	struct facts facts;

	json_object_del(named, "request");
	facts_open(&facts);
	facts_want(&facts, FACT_ORDER, json_object_get(named, "order"));
	if (json_array_size(facts.wanted[0])) {
		facts_fetch(&facts);
		fill_in(&facts, named);
		facts_close(&facts);
		facts_open(&facts);
	}
	context_want(&facts, template, named);
	facts_fetch(&facts);
	make_up_link(&facts, named);
	result = context_make(&facts, template, named, &context);
	*unknown = result == CONTEXT_UNKNOWN;
	snprintf(why, 160, "%s", *unknown ? "there is nothing to make it from" : facts.why);
	if (context) {
		char *url scoped(scoped_free) = context_url(facts.shop,
							    "/unsubscribe#token=EXAMPLE");

		json_object_set_new(context, "unsubscribe", json_string(url));
	}
	facts_close(&facts);
	return context;
}
