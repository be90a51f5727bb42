/*
 * Failures. A command records one and returns its exit code; main prints it. The first one counts:
 * what fails after it is a consequence.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/term/color.h"
#include "lib/term/escape.h"

enum exit_code cli_fail(struct cli *cli, enum exit_code code, const char *hint, const char *format,
			...)
{
	va_list args;

	if (cli->failure.exit)
		return cli->failure.exit;
	cli->failure.exit = code;
	cli->failure.hint = hint ? xstrdup(hint) : NULL;
	va_start(args, format);
	cli->failure.what = xvasprintf(format, args);
	va_end(args);
	return code;
}

void cli_fail_at(struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	free(cli->failure.at);
	cli->failure.at = xvasprintf(format, args);
	va_end(args);
}

void cli_fail_restate(struct cli *cli, const char *hint, const char *format, ...)
{
	va_list args;

	free(cli->failure.what);
	free(cli->failure.hint);
	cli->failure.hint = hint ? xstrdup(hint) : NULL;
	va_start(args, format);
	cli->failure.what = xvasprintf(format, args);
	va_end(args);
}

void cli_fail_forget(struct cli *cli)
{
	struct failure *failure = &cli->failure;

	json_decref(failure->errors);
	free(failure->what);
	free(failure->at);
	free(failure->hint);
	free(failure->code);
	free(failure->request_id);
	*failure = (struct failure){ 0 };
}

enum exit_code cli_exit(const struct cli *cli)
{
	return cli->failure.exit;
}

static enum exit_code exit_of_status(int status)
{
	static const struct {
		int status;
		enum exit_code code;
	} codes[] = {
		{ 400, EXIT_INVALID },      { 401, EXIT_LOGIN },       { 403, EXIT_FORBIDDEN },
		{ 404, EXIT_NOT_FOUND },    { 408, EXIT_UNAVAILABLE }, { 409, EXIT_CONFLICT },
		{ 410, EXIT_NOT_FOUND },    { 412, EXIT_CONFLICT },    { 413, EXIT_INVALID },
		{ 415, EXIT_INVALID },      { 422, EXIT_INVALID },     { 428, EXIT_CONFLICT },
		{ 429, EXIT_RATE_LIMITED }, { 502, EXIT_UNAVAILABLE }, { 503, EXIT_UNAVAILABLE },
		{ 504, EXIT_UNAVAILABLE },
	};

	for (size_t i = 0; i < array_size(codes); i++) {
		if (codes[i].status == status)
			return codes[i].code;
	}
	return EXIT_FAILED;
}

static enum exit_code exit_of_answer(const struct api_answer *answer)
{
	switch (answer->failure) {
	case API_PROBLEM:
		return exit_of_status(answer->status);
	case API_UNREACHABLE:
		return EXIT_UNAVAILABLE;
	case API_LOGIN_NEEDED:
		return EXIT_LOGIN;
	case API_OK:
	case API_LOCAL:
		break;
	}
	return EXIT_FAILED;
}

/* What to type when the server gave no advice of its own. */
static const char *default_hint(const struct cli *cli, enum exit_code code)
{
	switch (code) {
	case EXIT_LOGIN:
		return "ecomctl login";
	case EXIT_FORBIDDEN:
		return "ecomctl whoami shows what you may do";
	case EXIT_UNAVAILABLE:
		return cli->context.state ? "ecomctl status; ecomctl up -d starts the shop"
					  : "ecomctl context current shows the URL";
	case EXIT_RATE_LIMITED:
		return "wait a moment and run it again";
	default:
		return NULL;
	}
}

/* "/price/amount" is price.amount to people. */
static char *field_of_pointer(const char *pointer)
{
	char *field = xstrdup(*pointer == '/' ? pointer + 1 : pointer);

	for (char *slash = field; (slash = strchr(slash, '/'));)
		*slash = '.';
	return field;
}

/* The first three fields are the place; the general hint adds nothing to them. */
static void take_field_errors(struct failure *failure, const json_t *errors)
{
	struct buf text = BUF_INIT(0);
	size_t i;
	const json_t *entry;

	if (json_array_size(errors) == 0)
		return;
	failure->errors = json_incref((json_t *)(uintptr_t)errors);
	json_array_foreach (errors, i, entry) {
		char *field scoped(scoped_free) =
			field_of_pointer(json_get_string(entry, "pointer", ""));

		if (i < 3)
			buf_addf(&text, "%s%s: %s", i ? "; " : "", field,
				 json_get_string(entry, "detail", "not valid"));
	}
	if (i > 3)
		buf_addf(&text, "; and %zu more", i - 3);
	free(failure->at);
	failure->at = buf_steal(&text);
	free(failure->hint);
	failure->hint = NULL;
}

enum exit_code cli_fail_answer(struct cli *cli, const struct api_answer *answer)
{
	enum exit_code code = exit_of_answer(answer);
	struct failure *failure = &cli->failure;

	if (failure->exit)
		return failure->exit;
	cli_fail(cli, code, answer->hint ? answer->hint : default_hint(cli, code), "%s",
		 answer->detail ? answer->detail : "the call failed");
	failure->code = answer->code ? xstrdup(answer->code) : NULL;
	failure->request_id = answer->request_id ? xstrdup(answer->request_id) : NULL;
	failure->status = answer->status;
	failure->retryable = answer->retryable;
	take_field_errors(failure, json_object_get(answer->body, "errors"));
	return code;
}

static const char *code_of_exit(enum exit_code code)
{
	static const char *const names[] = {
		[EXIT_FAILED] = "failed",
		[EXIT_USAGE] = "usage",
		[EXIT_NOT_FOUND] = "not_found",
		[EXIT_LOGIN] = "login_required",
		[EXIT_FORBIDDEN] = "forbidden",
		[EXIT_CONFLICT] = "conflict",
		[EXIT_INVALID] = "validation",
		[EXIT_PENDING] = "pending",
		[EXIT_PARTIAL] = "partial",
		[EXIT_UNAVAILABLE] = "unavailable",
		[EXIT_RATE_LIMITED] = "rate_limited",
	};

	return code < array_size(names) && names[code] ? names[code] : "interrupted";
}

static void set_text(json_t *object, const char *name, const char *value)
{
	if (value)
		json_object_set_new(object, name, json_string(value));
}

/* One RFC 9457 object; `exit` is what the process returns. */
static void print_json(const struct cli *cli)
{
	const struct failure *failure = &cli->failure;
	const char *code = failure->code ? failure->code : code_of_exit(failure->exit);
	char *type scoped(scoped_free) = xasprintf("/problems/%s", code);
	json_t *object scoped(scoped_json) = json_object();
	char *text scoped(scoped_free) = NULL;
	struct buf line = BUF_INIT(0);

	set_text(object, "type", type);
	set_text(object, "code", code);
	set_text(object, "title", failure->what);
	set_text(object, "detail", failure->at);
	set_text(object, "hint", failure->hint);
	set_text(object, "request_id", failure->request_id);
	if (failure->status)
		json_object_set_new(object, "status", json_integer(failure->status));
	if (failure->errors)
		json_object_set(object, "errors", failure->errors);
	json_object_set_new(object, "retryable", json_boolean(failure->retryable));
	json_object_set_new(object, "exit", json_integer(failure->exit));
	text = json_text(object);
	term_escape_json(&line, text, strlen(text));
	buf_addc(&line, '\n');
	fwrite(line.data, 1, line.len, stderr);
	buf_free(&line);
}

static void print_line(struct buf *out, const char *label, const char *text)
{
	if (!text)
		return;
	buf_addf(out, "  %s: ", label);
	term_escape(out, text, strlen(text));
	buf_addc(out, '\n');
}

static void print_text(const struct cli *cli)
{
	const struct failure *failure = &cli->failure;
	bool colors = color_enabled(cli_text(cli, "color"), 2);
	struct buf out = BUF_INIT(0);

	buf_addf(&out, "%serror:%s ", colors ? color_start(COLOR_BAD) : "",
		 colors ? COLOR_OFF : "");
	term_escape(&out, failure->what, strlen(failure->what));
	buf_addc(&out, '\n');
	print_line(&out, "at", failure->at);
	print_line(&out, "hint", failure->hint);
	if (failure->request_id) {
		char *line scoped(scoped_free) = xasprintf("%s (context %s)", failure->request_id,
							   cli->context.name ? cli->context.name
									     : "none");

		print_line(&out, "request", line);
	}
	fwrite(out.data, 1, out.len, stderr);
	buf_free(&out);
}

void cli_print_failure(const struct cli *cli)
{
	const char *format = cli_text(cli, "output");

	if (format && (str_eq(format, "json") || str_eq(format, "ndjson")))
		print_json(cli);
	else
		print_text(cli);
}
