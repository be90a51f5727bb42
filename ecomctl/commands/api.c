/* api: any call, for what has no command yet. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ecomctl/commands/commands.h"
#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/term/escape.h"

enum { COLUMNS_MAX = 31 };

/* -F: true, false, null and numbers are what they look like; @FILE is the file's content. */
static json_t *typed_value(struct cli *cli, const char *text)
{
	char *content scoped(scoped_free) = NULL;
	const char *why;
	json_t *value;
	size_t len;

	if (*text == '@') {
		content = file_read(text + 1, &len);
		if (content)
			return json_stringn(content, len);
		cli_fail(cli, EXIT_USAGE, NULL, "%s cannot be read: %s", text + 1, strerror(errno));
		return NULL;
	}
	value = json_parse(text, strlen(text), &why);
	if (json_is_boolean(value) || json_is_null(value) || json_is_number(value))
		return value;
	json_decref(value);
	return json_string(text);
}

static void add_members(struct cli *cli, json_t *body, const char *flag, bool typed)
{
	const char *pair;

	for (size_t i = 0; (pair = cli_value(cli, flag, i)); i++) {
		const char *equals = strchr(pair, '=');
		char *key scoped(scoped_free) = xstrndup(pair, (size_t)(equals - pair));
		json_t *value = typed ? typed_value(cli, equals + 1) : json_string(equals + 1);

		if (!value || json_object_set_new(body, key, value) < 0)
			cli_fail(cli, EXIT_USAGE, NULL, "--%s %s is not valid UTF-8", flag, key);
	}
}

/* The fields as the query of a GET. */
static char *path_with_query(struct cli *cli)
{
	static const char *const flags[] = { "field", "string" };
	char *path = xstrdup(cli_argument(cli, 1));

	for (size_t f = 0; f < array_size(flags); f++) {
		const char *pair;

		for (size_t i = 0; (pair = cli_value(cli, flags[f], i)); i++) {
			const char *equals = strchr(pair, '=');
			char *key scoped(scoped_free) = xstrndup(pair, (size_t)(equals - pair));

			path = api_path_query(path, key, equals + 1);
		}
	}
	return path;
}

static char *read_input(struct cli *cli, size_t *len)
{
	const char *path = cli_text(cli, "input");
	char *data;

	if (str_eq(path, "-") && isatty(STDIN_FILENO)) {
		cli_fail(cli, EXIT_USAGE, "give a file, or pipe it in",
			 "standard input is the terminal");
		return NULL;
	}
	data = file_read(str_eq(path, "-") ? "/dev/stdin" : path, len);
	if (!data)
		cli_fail(cli, EXIT_USAGE, NULL, "%s cannot be read: %s", path, strerror(errno));
	return data;
}

/* Columns for whatever the server sent, from the first record. */
static void emit_records(struct cli *cli, const json_t *body)
{
	const json_t *data = json_object_get(body, "data"), *record;
	const json_t *list = json_is_array(data) ? data : json_is_array(body) ? body : NULL;
	const json_t *first = list ? json_array_get(list, 0) : body;
	struct column columns[COLUMNS_MAX + 1] = { { 0 } };
	const char *name;
	json_t *value;
	size_t n = 0, i;

	json_object_foreach ((json_t *)(uintptr_t)first, name, value) {
		if (n < COLUMNS_MAX)
			columns[n++] = (struct column){ .name = name,
							.type = json_is_object(value)
									? COLUMN_MONEY
									: COLUMN_TEXT };
	}
	output_begin(cli_output(cli), list ? OUTPUT_LIST : OUTPUT_ONE, columns, columns[0].name);
	if (!list)
		output_record(cli_output(cli), body);
	json_array_foreach (list, i, record)
		output_record(cli_output(cli), record);
	output_end(cli_output(cli));
}

/* As it came; on a terminal JSON is the same in other words, and other text is made safe. */
static void emit_text(struct cli *cli, const struct api_answer *answer)
{
	struct output *output = cli_output(cli);
	struct buf shown = BUF_INIT(0);

	if (answer->body && isatty(STDOUT_FILENO)) {
		term_escape_json(&shown, answer->text, answer->len);
		output_raw(output, shown.data, shown.len);
	} else {
		output_text(output, answer->text, answer->len);
	}
	buf_free(&shown);
	if (answer->len && answer->text[answer->len - 1] != '\n')
		output_raw(output, "\n", 1);
}

static void emit_answer(struct cli *cli, const struct api_answer *answer)
{
	if (cli_has(cli, "include")) {
		output_raw(cli_output(cli), answer->headers, strlen(answer->headers));
	} else if (answer->body && (!cli_is_table(cli) || cli_has(cli, "fields"))) {
		emit_records(cli, answer->body);
		return;
	}
	emit_text(cli, answer);
}

static void add_quoted(struct buf *out, const char *text)
{
	buf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *text);
	}
	buf_addc(out, '\'');
}

/* The call as a line for the shell. The token is fetched when it runs, never shown. */
static void print_curl(struct cli *cli, const struct api_request *request, const char *body)
{
	const struct context *context = cli_context(cli);
	char *url scoped(scoped_free) = NULL;
	struct buf line = BUF_INIT(0);

	if (!context || !context->server) {
		cli_fail(cli, EXIT_USAGE, NULL, "the context has no server");
		return;
	}
	url = xasprintf("%s%s", context->server, request->path);
	buf_addf(&line, "curl -sS -X %s ", request->method);
	buf_addf(&line, "-H \"Authorization: Bearer $(ecomctl -C %s auth token)\" ", context->name);
	if (body) {
		buf_adds(&line, "-H 'Content-Type: application/json' --data-binary ");
		add_quoted(&line, body);
		buf_addc(&line, ' ');
	}
	add_quoted(&line, url);
	buf_addc(&line, '\n');
	output_raw(cli_output(cli), line.data, line.len);
	buf_free(&line);
}

static void call(struct cli *cli, const struct api_request *request)
{
	struct api *api = cli_api(cli);
	struct api_answer answer = { 0 };

	if (!api)
		return;
	if (api_call(api, request, &answer) || (answer.text && cli_has(cli, "include")))
		emit_answer(cli, &answer);
	if (answer.failure)
		cli_fail_answer(cli, &answer);
	api_answer_free(&answer);
}

static bool may_write(struct cli *cli, const char *method)
{
	const struct context *context = cli_context(cli);

	if (!context)
		return false;
	if (str_eq(method, "GET") || str_eq(method, "HEAD") || !context->guarded)
		return true;
	return cli_confirm_name(cli, context->name, "%s is protected", context->name) == EXIT_OK;
}

static enum exit_code api_run(struct cli *cli)
{
	char method[16] = "";
	char *path scoped(scoped_free) = NULL, *input scoped(scoped_free) = NULL;
	char *text scoped(scoped_free) = NULL;
	json_t *body scoped(scoped_json) = json_object();
	struct api_request request = { .method = method };

	for (size_t i = 0; i + 1 < sizeof(method) && cli_argument(cli, 0)[i]; i++)
		method[i] = (char)toupper(cli_argument(cli, 0)[i]);
	if (*cli_argument(cli, 1) != '/')
		return cli_fail(cli, EXIT_USAGE, "ecomctl api GET /v1/products",
				"a path starts with /");
	for (const char *c = cli_argument(cli, 1); *c; c++) {
		if (!isgraph((unsigned char)*c))
			return cli_fail(cli, EXIT_USAGE, "write them as %20 and so on, or use -f",
					"a path has no blanks, controls or letters beyond ASCII");
	}
	if (str_eq(method, "GET") || str_eq(method, "HEAD")) {
		path = path_with_query(cli);
	} else {
		path = xstrdup(cli_argument(cli, 1));
		add_members(cli, body, "field", true);
		add_members(cli, body, "string", false);
	}
	request.path = path;
	if (cli_has(cli, "input"))
		request.data = input = read_input(cli, &request.len);
	else if (json_object_size(body))
		request.body = body;
	request.if_match = cli_number(cli, "if-version", 0);
	if (cli_exit(cli))
		return cli_exit(cli);
	text = request.body ? json_text(body) : NULL;
	if (cli_has(cli, "curl"))
		print_curl(cli, &request, text);
	else if (may_write(cli, method))
		call(cli, &request);
	return cli_exit(cli);
}

static const struct argument api_args[] = { { "METHOD", "GET, POST, PATCH, PUT or DELETE" },
					    { "PATH", "such as /v1/products" },
					    { 0 } };
static const struct flag api_flags[] = {
	{ "field", 'F', FLAG_PAIR, NULL, "a member of the body, or of the query; typed",
	  .repeat = true },
	{ "string", 'f', FLAG_PAIR, NULL, "the same, always text", .repeat = true },
	{ "input", 0, FLAG_FILE, NULL, "the body, whole; - is standard input" },
	{ "if-version", 0, FLAG_NUMBER, "N", "only if it is still at version N", .min = 1,
	  .max = INT64_MAX },
	{ "include", 'i', FLAG_SWITCH, NULL, "the headers of the answer too" },
	{ "curl", 0, FLAG_SWITCH, NULL, "do not call: print the call as a curl line" },
	{ 0 },
};

const struct command api_commands[] = {
	{ "api", "Call the API directly", api_run, api_args, api_flags, NULL, NULL,
	  EXAMPLES("ecomctl api GET /v1/products -F limit=5",
		   "ecomctl api POST /v1/categories -f slug=mugs -f name=Mugs",
		   "ecomctl api PATCH /v1/products/MUG-1 -F stock=3 --if-version 7",
		   "ecomctl api GET /v1/services --curl"),
	  "The answer is printed as it comes; with -o json, ndjson, csv or name its records are." },
	{ 0 },
};
