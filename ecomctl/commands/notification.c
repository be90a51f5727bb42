/* notification: list get describe resend preview test preferences. */
#include <string.h>
#include <time.h>

#include "daemons/notifyd/template_names.h"
#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/base/uuid.h"

#define TEST_WAIT_MS 10000
#define TEST_LOOK_MS 200

static const struct resource notification = {
	.collection = "/v1/notifications",
	.item = "/v1/notifications/{}",
	.key = "id",
	.singular = "notification",
	.plural = "notifications",
};

static const struct column notification_columns[] = {
	{ "id", COLUMN_TEXT, 0 },
	{ "template", COLUMN_TEXT, 0 },
	{ "status", COLUMN_STATUS, 0 },
	{ "recipient", COLUMN_TEXT, 2 },
	{ "number", COLUMN_TEXT, 3, "ORDER" },
	{ "reason", COLUMN_TEXT, 4 },
	{ "tries", COLUMN_NUMBER, 6 },
	{ "created_at", COLUMN_TIME, 5, "CREATED" },
	{ "subject", COLUMN_TEXT, .detail = true },
	{ "text", COLUMN_TEXT, .detail = true },
	{ "html", COLUMN_TEXT, .detail = true },
	{ "is_secret", COLUMN_BOOL, .detail = true },
	{ "category", COLUMN_TEXT, .detail = true },
	{ "channel", COLUMN_TEXT, .detail = true },
	{ "locale", COLUMN_TEXT, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "last_error", COLUMN_TEXT, .detail = true },
	{ "attempts", COLUMN_OBJECT, .detail = true },
	{ "message_id", COLUMN_TEXT, .detail = true },
	{ "resend_of", COLUMN_TEXT, .detail = true },
	{ "due_at", COLUMN_TIME, .detail = true },
	{ "sent_at", COLUMN_TIME, .detail = true },
	{ "expires_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct column preview_columns[] = {
	{ "template", COLUMN_TEXT },
	{ "locale", COLUMN_TEXT },
	{ "recipient", COLUMN_TEXT },
	{ "subject", COLUMN_TEXT },
	{ "text", COLUMN_TEXT, .detail = true },
	{ "html", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const struct column preference_columns[] = {
	{ "channel", COLUMN_TEXT },
	{ "category", COLUMN_TEXT },
	{ "wanted", COLUMN_BOOL },
	{ 0 },
};

static const char *const statuses[] = { "new", "queued", "sent", "dead", "suppressed", NULL };
static const char *const channels[] = { "email", "sms", NULL };
static const char *const templates[] = { TEMPLATE_NAMES, NULL };

static const struct argument one_id[] = { { "ID", "the notification's id" }, { 0 } };
static const struct argument many_ids[] = { { "ID", "the notification's id", .many = true },
					    { 0 } };
static const struct argument one_template[] = {
	{ "TEMPLATE", "the template's name", .choices = templates }, { 0 }
};
static const struct argument one_recipient[] = {
	{ "ADDRESS", "an e-mail address; with --channel sms a telephone number" }, { 0 }
};

static const struct argument one_owner[] = { { "OWNER", "a user's id, or guest: and an id" },
					     { 0 } };

static const struct flag list_flags[] = {
	{ "status", 0, FLAG_CHOICE, NULL, "in this status", .choices = statuses,
	  .field = "status" },
	{ "template", 0, FLAG_CHOICE, NULL, "made with this template", .choices = templates,
	  .field = "template" },
	{ "order", 0, FLAG_TEXT, "ORDER", "about this order: its number or id", .field = "order" },
	{ "recipient", 0, FLAG_TEXT, "ADDRESS", "to this address", .field = "recipient" },
	{ "since", 0, FLAG_TEXT, "TIME", "made then or later, as 2026-11-22T10:00:00Z",
	  .field = "since" },
	{ 0 },
};

static const struct flag preview_flags[] = {
	{ "order", 0, FLAG_TEXT, "ORDER", "of this order: its number or id; else of examples" },
	{ "cart", 0, FLAG_TEXT, "ID", "of this cart", .field = "cart" },
	{ "user", 0, FLAG_TEXT, "ID", "of this user", .field = "user" },
	{ "sku", 0, FLAG_TEXT, "SKU", "of this product", .field = "sku" },
	{ "locale", 0, FLAG_TEXT, "TAG", "in this language, as de; else the recipient's",
	  .field = "locale" },
	{ "html", 0, FLAG_SWITCH, NULL, "print the HTML instead of the text" },
	{ 0 },
};

static const struct flag test_flags[] = {
	{ "channel", 0, FLAG_CHOICE, NULL, "how to send it", .choices = channels,
	  .field = "channel" },
	{ "locale", 0, FLAG_TEXT, "TAG", "in this language", .field = "locale" },
	{ 0 },
};

/* --- resend ----------------------------------------------------------------------------------- */

static enum exit_code notification_resend(struct cli *cli)
{
	json_t *made scoped(scoped_json) = json_array();

	for (size_t i = 0; i < cli_argument_count(cli) && !cli_exit(cli); i++) {
		char *path scoped(scoped_free) = api_path("/v1/notifications/{}/resend",
							  cli_argument(cli, i));
		json_t *record = cli_call(cli,
					  &(struct api_request){ .method = "POST", .path = path });

		if (record)
			json_array_append_new(made, record);
	}
	cli_emit_list(cli, made);
	return cli_exit(cli);
}

/* --- preferences ------------------------------------------------------------------------------ */

static enum exit_code notification_preferences(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path_query(xstrdup("/v1/notification-preferences"),
							"owner", cli_argument(cli, 0));
	json_t *found scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
	json_t *rows scoped(scoped_json) = json_array();
	const char *channel, *category;
	json_t *categories, *wanted;

	if (!found)
		return cli_exit(cli);
	json_object_foreach (json_object_get(found, "wanted"), channel, categories) {
		json_object_foreach (categories, category, wanted)
			json_array_append_new(rows,
					      json_pack("{s:s, s:s, s:O}", "channel", channel,
							"category", category, "wanted", wanted));
	}
	cli_emit_list(cli, rows);
	return cli_exit(cli);
}

/* --- preview ---------------------------------------------------------------------------------- */

/* The id of an order that is named by its number; false after recording a failure. */
static bool order_id(struct cli *cli, json_t *body)
{
	const char *order = cli_text(cli, "order");
	char *path scoped(scoped_free) = NULL;
	json_t *found scoped(scoped_json) = NULL;

	if (!order)
		return true;
	if (uuid_is_valid(order)) {
		json_object_set_new(body, "order", json_string(order));
		return true;
	}
	path = api_path("/v1/orders/{}", order);
	found = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
	if (found)
		json_object_set(body, "order", json_object_get(found, "id"));
	return found != NULL;
}

static void print_part(struct cli *cli, const json_t *preview)
{
	const char *part = json_get_string(preview, cli_has(cli, "html") ? "html" : "text", "");

	if (!cli_has(cli, "html")) {
		const char *subject = json_get_string(preview, "subject", "");

		output_text(cli_output(cli), "Subject: ", 9);
		output_text(cli_output(cli), subject, strlen(subject));
		output_text(cli_output(cli), "\n\n", 2);
	}
	output_text(cli_output(cli), part, strlen(part));
}

static enum exit_code notification_preview(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *preview scoped(scoped_json) = NULL;

	json_object_set_new(body, "template", json_string(cli_argument(cli, 0)));
	if (!order_id(cli, body))
		return cli_exit(cli);
	preview = cli_call(cli, &(struct api_request){ .method = "POST",
						       .path = "/v1/notifications/previews",
						       .body = body });
	if (preview && cli_is_table(cli))
		print_part(cli, preview);
	else if (preview)
		cli_emit(cli, OUTPUT_ONE, preview);
	return cli_exit(cli);
}

/* --- test ------------------------------------------------------------------------------------- */

/* What has become of it, once it is no longer on its way or has failed. New reference. */
static json_t *wait_for_test(struct cli *cli, json_t *record)
{
	const struct timespec look = { .tv_nsec = TEST_LOOK_MS * 1000000L };
	char *path scoped(scoped_free) = api_path(notification.item,
						  json_get_string(record, "id", ""));
	int64_t until = clock_mono_ms() + TEST_WAIT_MS;

	while (record && str_eq(json_get_string(record, "status", ""), "queued") &&
	       !json_get_string(record, "last_error", NULL) && clock_mono_ms() < until &&
	       !cli_interrupted()) {
		nanosleep(&look, NULL);
		json_decref(record);
		record = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
	}
	return record;
}

static enum exit_code notification_test(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *record scoped(scoped_json) = NULL;
	const char *status;

	json_object_set_new(body, "recipient", json_string(cli_argument(cli, 0)));
	record = cli_call(cli, &(struct api_request){ .method = "POST",
						      .path = "/v1/notifications/tests",
						      .body = body });
	if (record)
		record = wait_for_test(cli, record);
	if (!record)
		return cli_exit(cli);
	cli_emit(cli, OUTPUT_ONE, record);
	status = json_get_string(record, "status", "");
	if (str_eq(status, "sent"))
		return EXIT_OK;
	return cli_fail(cli, str_eq(status, "dead") ? EXIT_FAILED : EXIT_PENDING,
			"ecomctl notification describe ID shows all attempts", "the test is %s: %s",
			status, json_get_string(record, "last_error", "not tried yet"));
}

const struct command notification_commands[] = {
	{ "list", "List notifications, the newest first", resource_list, NULL, list_flags,
	  notification_columns, "id",
	  EXAMPLES("ecomctl notification list --status dead",
		   "ecomctl notification list --order 1001 -o json"),
	  .resource = &notification, .pages = true },
	{ "get", "Show notifications in a line each", resource_get, many_ids, NULL,
	  notification_columns, "id",
	  EXAMPLES("ecomctl notification get 01a20515-3c33-78cf-bd50-71204c55409a"),
	  .resource = &notification },
	{ "describe", "Show a notification as it was sent, and its attempts", resource_describe,
	  one_id, NULL, notification_columns, "id",
	  EXAMPLES("ecomctl notification describe 01a20515-3c33-78cf-bd50-71204c55409a"),
	  "The text of mails with a link that opens an account is shown to nobody.",
	  .resource = &notification },
	{ "resend", "Send the same content to the same recipient again", notification_resend,
	  many_ids, NULL, notification_columns, "id",
	  EXAMPLES("ecomctl notification resend 01a20515-3c33-78cf-bd50-71204c55409a"),
	  "For what is dead, once its cause is gone, and for what was sent and got lost. It "
	  "becomes a "
	  "notification of its own.",
	  .writes = true },
	{ "preview", "Show what a template makes of an order, or of examples", notification_preview,
	  one_template, preview_flags, preview_columns, "template",
	  EXAMPLES("ecomctl notification preview order_confirmation --order 1001",
		   "ecomctl notification preview shipment --locale de --html > shipment.html"),
	  "Nothing is stored or sent. The newest shipment, refund or return of the order is "
	  "taken." },
	{ "test", "Send a test and wait for what the mail server says", notification_test,
	  one_recipient, test_flags, notification_columns, "id",
	  EXAMPLES("ecomctl notification test me@example.com"),
	  "The exit code is 0 when the server has taken it, 1 when it has refused it, 8 when it "
	  "cannot "
	  "be reached yet; then it is tried again by itself.",
	  .writes = true },
	{ "preferences", "Show what somebody wants to be told", notification_preferences, one_owner,
	  NULL, preference_columns, "category",
	  EXAMPLES("ecomctl notification preferences 01a20515-3c33-78cf-bd50-71204c55409a"),
	  "Mails about one's own account are always sent. Customers change their preferences in "
	  "the "
	  "shop." },
	{ 0 },
};
