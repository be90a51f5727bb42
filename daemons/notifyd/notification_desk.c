/* Previews, which store nothing, and tests, which go the way of all notifications. */
#include "daemons/notifyd/notification_desk.h"

#include <stdlib.h>
#include <string.h>

#include "daemons/notifyd/context.h"
#include "daemons/notifyd/facts.h"
#include "daemons/notifyd/mail.h"
#include "daemons/notifyd/prepare.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/template.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

/* A template of the shop's own may be wrong: its writer looks at previews to find that out. */
static void answer_broken(struct request *request, const char *error)
{
	json_t *body scoped(scoped_json) = json_pack("{s:s, s:s, s:s}", "code", "template_broken",
						     "title", "The template cannot be rendered",
						     "detail", error);
	char *text scoped(scoped_free) = json_text(body);

	problem_from_row(request, 422, text);
}

/* --- previews --------------------------------------------------------------------------------- */

/* Whether the body names something to take the content from. */
static bool names_something(const json_t *body)
{
	static const char *const names[] = { "order", "cart", "user", "sku" };

	for (size_t i = 0; i < array_size(names); i++) {
		if (json_object_get(body, names[i]))
			return true;
	}
	return false;
}

/* NULL: answered. */
static json_t *context_for(struct request *request, const char *template, const char *locale)
{
	const json_t *body = request_body(request);
	json_t *refs scoped(scoped_json) = NULL, *context;
	char why[160] = "";
	bool unknown = false;

	if (!names_something(body))
		return template_sample(template, locale);
	refs = json_copy((json_t *)(uintptr_t)body);
	json_object_del(refs, "template");
	json_object_del(refs, "locale");
	context = prepare_context(template, refs, why, &unknown);
	if (!context)
		problem_detail(request, unknown ? &PROBLEM_NOT_FOUND : &PROBLEM_UNAVAILABLE, "%s",
			       why);
	return context;
}

void preview_notification(struct request *request, struct session *db)
{
	const json_t *body = request_body(request);
	const char *template = json_get_string(body, "template", "");
	const char *locale = json_get_string(body, "locale", NULL);
	json_t *context scoped(scoped_json) = context_for(request, template, locale);
	char *error scoped(scoped_free) = NULL;
	struct rendered rendered;

	(void)db;
	if (!context)
		return;
	if (!locale)
		locale = context_locale(context);
	if (!template_render(template, locale, context, &rendered, &error)) {
		answer_broken(request, error);
		return;
	}
	respond_json(request, 200,
		     json_pack("{s:s, s:s, s:s*, s:s, s:s, s:s*}", "template", template, "locale",
			       locale, "recipient", context_recipient(template, context), "subject",
			       rendered.subject, "text", rendered.text, "html", rendered.html));
	rendered_done(&rendered);
}

/* --- tests ------------------------------------------------------------------------------------ */

/* False: answered. */
static bool recipient_is_fine(struct request *request, const char *channel, const char *recipient)
{
	bool is_mail = str_eq(channel, "email");
	struct field_errors errors = { .count = 0 };

	if (is_mail ? mail_address_is_valid(recipient)
		    : recipient[0] == '+' && strlen(recipient) <= 16 &&
			      strspn(recipient + 1, "0123456789") == strlen(recipient) - 1)
		return true;
	rules_fail(&errors, "recipient", "recipient_invalid",
		   is_mail ? "must be an address as name@example.com"
			   : "must be a telephone number as +491701234567");
	problem_fields(request, &errors);
	return false;
}

/* The shop's settings; NULL with why[160]: orderd does not answer. New reference. */
static json_t *shop_context(char why[160])
{
	json_t *context = NULL;
	struct facts facts;

	facts_open(&facts);
	facts_fetch(&facts);
	if (facts.shop)
		context = json_pack("{s:O}", "shop", facts.shop);
	memcpy(why, facts.why, sizeof(facts.why));
	facts_close(&facts);
	return context;
}

static void queue_test(struct request *request, struct session *db, const char *locale,
		       const json_t *context, const struct rendered *rendered)
{
	const json_t *body = request_body(request);
	char *data scoped(scoped_free) = json_text(context);
	PGresult *made = session_query(
		db, SQL(create_test), "subject", request_reserved(request, "subject"), "route",
		request_reserved(request, "route"), "idempotency_key",
		request_reserved(request, "idempotency_key"), "request_hash",
		request_reserved(request, "request_hash"), "new_id",
		request_reserved(request, "new_id"), "channel",
		json_get_string(body, "channel", "email"), "locale", locale, "recipient",
		json_get_string(body, "recipient", ""), "data", data, "title", rendered->subject,
		"text", rendered->text, "html", rendered->html);

	if (!session_ok(made)) {
		problem_from_result(request, made);
		return;
	}
	service_wake(request_service(request));
	respond_row(request, made);
}

void test_notification(struct request *request, struct session *db)
{
	const json_t *body = request_body(request);
	const char *locale = json_get_string(body, "locale", NULL);
	char *error scoped(scoped_free) = NULL;
	json_t *context scoped(scoped_json) = NULL;
	struct rendered rendered;
	char why[160];

	if (!recipient_is_fine(request, json_get_string(body, "channel", "email"),
			       json_get_string(body, "recipient", "")))
		return;
	context = shop_context(why);
	if (!context) {
		problem_detail(request, &PROBLEM_UNAVAILABLE, "%s", why);
		return;
	}
	if (!locale)
		locale = context_locale(context);
	if (!template_render("test", locale, context, &rendered, &error)) {
		answer_broken(request, error);
		return;
	}
	queue_test(request, db, locale, context, &rendered);
	rendered_done(&rendered);
}
