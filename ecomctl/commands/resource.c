/* The verbs that every resource of the API has. */
#include "ecomctl/commands/resource.h"

#include <stdlib.h>
#include <unistd.h>

#include "ecomctl/cli.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/money.h"
#include "lib/base/str.h"

enum {
	PAGE_SIZE = 200, /* the most the API gives at once */
	LIMIT_ON_TERMINAL = 50,
};

static const struct resource *resource_of(const struct cli *cli)
{
	return cli_command(cli)->resource;
}

/* On a terminal the first screenfuls; to a file or pipe all there is. */
static int64_t limit_of(struct cli *cli)
{
	bool terminal = cli_is_table(cli) && isatty(STDOUT_FILENO);

	return cli_number(cli, "limit", terminal ? LIMIT_ON_TERMINAL : 0);
}

/* A flag's value as the query has it: prices in minor units, true and false, "2h" as the time of then. */
static const char *query_value(const struct cli *cli, const struct flag *flag,
			       char text[CLOCK_RFC3339_SIZE])
{
	const char *value = cli_text(cli, flag->name);
	struct money money;
	int64_t ago_ms;

	switch (flag->type) {
	case FLAG_SWITCH:
		return "true";
	case FLAG_TRUTH:
		return cli_number(cli, flag->name, 0) ? "true" : "false";
	case FLAG_MONEY:
		if (money_parse(value, NULL, &money))
			snprintf(text, CLOCK_RFC3339_SIZE, "%lld", (long long)money.amount);
		return text;
	default:
		if ((!str_eq(flag->field, "since") && !str_eq(flag->field, "until")) ||
		    !str_to_ms(value, &ago_ms))
			return value;
		clock_format(clock_real_ms() - ago_ms, text);
		return text;
	}
}

char *resource_list_path(const struct cli *cli)
{
	char *path = xstrdup(resource_of(cli)->collection);

	if (cli_argument_count(cli))
		path = api_path_query(path, resource_of(cli)->key, cli_argument(cli, 0));
	for (const struct flag *flag = cli_command(cli)->flags; flag && flag->name; flag++) {
		char text[CLOCK_RFC3339_SIZE] = "";

		if (flag->field && cli_has(cli, flag->name))
			path = api_path_query(path, flag->field, query_value(cli, flag, text));
	}
	return path;
}

/* Emits pages, from this one on, until the limit; answers whether there was more. */
static bool emit_pages(struct cli *cli, struct api_pages *pages, const json_t *page, int64_t limit)
{
	struct output *output = cli_output(cli);
	const json_t *record;
	int64_t count = 0;
	size_t i;

	for (; page && !output_failed(output); page = api_pages_next(pages)) {
		json_array_foreach (page, i, record) {
			if (limit && count == limit)
				return true;
			output_record(output, record);
			count++;
		}
		if (limit && count == limit)
			return !pages->ended;
	}
	return false;
}

enum exit_code resource_list(struct cli *cli)
{
	struct api *api = cli_api(cli);
	int64_t limit = limit_of(cli);
	char *path scoped(scoped_free) = NULL;
	struct api_pages pages;
	const json_t *page;
	bool more = false;

	if (!api)
		return cli_exit(cli);
	path = resource_list_path(cli);
	api_pages_open(&pages, api, path, limit && limit < PAGE_SIZE ? (int)limit : PAGE_SIZE);
	page = api_pages_next(&pages);
	if (page) {
		output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
			     cli_command(cli)->identity);
		more = emit_pages(cli, &pages, page, limit);
		output_end(cli_output(cli));
	}
	if (pages.answer.failure)
		cli_fail_answer(cli, &pages.answer);
	else if (more)
		cli_note(cli, "the first %lld; all of them: --limit 0", (long long)limit);
	api_pages_close(&pages);
	return cli_exit(cli);
}

/* The refusals that the user can do something about at once: missing, changed since, taken. */
static void restate(struct cli *cli, const char *name)
{
	const char *noun = resource_of(cli)->singular;
	const char *code = cli->failure.code ? cli->failure.code : "";
	char *hint scoped(scoped_free) = NULL;

	if (cli->failure.status == 409 && str_has_suffix(code, "_taken")) {
		hint = xasprintf("ecomctl %s update %s changes it", noun, name);
		cli_fail_restate(cli, hint, "%s \"%s\" exists already", noun, name);
	} else if (cli_exit(cli) == EXIT_NOT_FOUND) {
		hint = xasprintf("ecomctl %s list", noun);
		cli_fail_restate(cli, hint, "%s \"%s\" not found", noun, name);
	} else if (cli->failure.status == 412) {
		hint = xasprintf(
			"ecomctl %s describe %s shows it as it is now; then run this again", noun,
			name);
		cli_fail_restate(cli, hint, "%s \"%s\" was changed by somebody else", noun, name);
	}
}

/* A call about one. */
static json_t *call_item(struct cli *cli, const char *name, const struct api_request *request)
{
	json_t *record = cli_call(cli, request);

	if (!record)
		restate(cli, name);
	return record;
}

static json_t *fetch(struct cli *cli, const char *name)
{
	char *path scoped(scoped_free) = api_path(resource_of(cli)->item, name);

	return call_item(cli, name, &(struct api_request){ .method = "GET", .path = path });
}

/* Several: those that are there are shown, and those that are not are named together. */
static enum exit_code show_several(struct cli *cli)
{
	const char *noun = resource_of(cli)->singular;
	struct output *output = cli_output(cli);
	struct buf missing = BUF_INIT(0);
	char *names scoped(scoped_free) = NULL;
	char *hint scoped(scoped_free) = xasprintf("ecomctl %s list", noun);

	output_begin(output, OUTPUT_LIST, cli_command(cli)->columns, cli_command(cli)->identity);
	for (size_t i = 0; i < cli_argument_count(cli); i++) {
		const char *name = cli_argument(cli, i);
		json_t *record scoped(scoped_json) = fetch(cli, name);

		if (record) {
			output_record(output, record);
		} else if (cli_exit(cli) == EXIT_NOT_FOUND) {
			buf_addf(&missing, "%s\"%s\"", missing.len ? ", " : "", name);
			cli_fail_forget(cli);
		} else {
			break;
		}
	}
	output_end(output);
	names = buf_steal(&missing);
	return *names ? cli_fail(cli, EXIT_NOT_FOUND, hint, "%s %s not found", noun, names)
		      : cli_exit(cli);
}

static enum exit_code show(struct cli *cli, enum output_shape shape)
{
	json_t *record scoped(scoped_json) = NULL;

	if (cli_argument_count(cli) > 1)
		return show_several(cli);
	record = fetch(cli, cli_argument(cli, 0));
	if (record)
		cli_emit(cli, shape, record);
	return cli_exit(cli);
}

enum exit_code resource_get(struct cli *cli)
{
	return show(cli, OUTPUT_ONE);
}

enum exit_code resource_describe(struct cli *cli)
{
	return show(cli, OUTPUT_DESCRIBE);
}

/* "key=value"; an empty value removes the key (merge patch). */
static void add_pair(json_t *object, const char *pair)
{
	const char *equals = strchr(pair, '=');
	char *key scoped(scoped_free) = xstrndup(pair, (size_t)(equals - pair));

	json_object_set_new(object, key, equals[1] ? json_string(equals + 1) : json_null());
}

static json_t *pairs_of(const struct cli *cli, const struct flag *flag)
{
	json_t *object = json_object();
	const char *pair;

	for (size_t i = 0; (pair = cli_value(cli, flag->name, i)); i++)
		add_pair(object, pair);
	return object;
}

static json_t *value_of(const struct cli *cli, const struct flag *flag)
{
	const char *text = cli_text(cli, flag->name);
	struct money money;

	if (flag->nullable && str_eq(text, "none"))
		return json_null();
	switch (flag->type) {
	case FLAG_SWITCH:
		return json_true();
	case FLAG_TRUTH:
		return json_boolean(cli_number(cli, flag->name, 0));
	case FLAG_NUMBER:
	case FLAG_DURATION:
		return json_integer(cli_number(cli, flag->name, 0));
	case FLAG_PAIR:
		return pairs_of(cli, flag);
	case FLAG_MONEY:
		if (money_parse(text, NULL, &money))
			return json_pack("{s:I, s:s}", "amount", (json_int_t)money.amount,
					 "currency", money.currency);
		break;
	case FLAG_TEXT:
	case FLAG_CHOICE:
	case FLAG_FILE:
	case FLAG_FOLDER:
		break;
	}
	return json_string(text);
}

json_t *resource_body(const struct cli *cli)
{
	json_t *body = json_object();

	for (const struct flag *flag = cli_command(cli)->flags; flag && flag->name; flag++) {
		if (flag->field && cli_has(cli, flag->name) &&
		    json_object_set_new(body, flag->field, value_of(cli, flag)) < 0)
			cli_fail((struct cli *)(uintptr_t)cli, EXIT_USAGE, NULL,
				 "--%s is not valid UTF-8", flag->name);
	}
	return body;
}

enum exit_code resource_create(struct cli *cli)
{
	const struct resource *resource = resource_of(cli);
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *record scoped(scoped_json) = NULL;

	if (json_object_set_new(body, resource->key, json_string(cli_argument(cli, 0))) < 0)
		cli_fail(cli, EXIT_USAGE, NULL, "the %s is not valid UTF-8", resource->key);
	if (cli_exit(cli))
		return cli_exit(cli);
	record = call_item(cli, cli_argument(cli, 0),
			   &(struct api_request){
				   .method = "POST",
				   .path = resource->collection,
				   .body = body,
			   });
	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

int64_t resource_version(struct cli *cli, const char *name)
{
	int64_t version = cli_number(cli, "if-version", 0);
	json_t *record scoped(scoped_json) = NULL;

	if (version)
		return version;
	record = fetch(cli, name);
	version = json_get_int(record, "version", 0);
	if (record && version <= 0)
		cli_fail(cli, EXIT_FAILED, NULL, "the server sent no version of %s", name);
	return cli_exit(cli) ? 0 : version;
}

enum exit_code resource_update(struct cli *cli)
{
	const char *name = cli_argument(cli, 0);
	json_t *body scoped(scoped_json) = resource_body(cli);
	char *path scoped(scoped_free) = api_path(resource_of(cli)->item, name);
	json_t *record scoped(scoped_json) = NULL;
	int64_t version;

	if (json_object_size(body) == 0)
		return cli_fail(cli, EXIT_USAGE, "see --help", "nothing to change is given");
	version = cli_exit(cli) ? 0 : resource_version(cli, name);
	if (!version)
		return cli_exit(cli);
	record = call_item(cli, name,
			   &(struct api_request){
				   .method = "PATCH",
				   .path = path,
				   .body = body,
				   .if_match = version,
			   });
	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

json_t *resource_post(struct cli *cli, const char *pattern, const char *name, const json_t *body,
		      const char *const *headers)
{
	char *path scoped(scoped_free) = api_path(pattern, name);
	int64_t version = cli_exit(cli) ? 0 : resource_version(cli, name);

	if (!version)
		return NULL;
	return call_item(cli, name,
			 &(struct api_request){
				 .method = "POST",
				 .path = path,
				 .body = body,
				 .if_match = version,
				 .headers = headers,
			 });
}

enum exit_code resource_archive(struct cli *cli)
{
	size_t count = cli_argument_count(cli);

	if (count > 1 && cli_has(cli, "if-version"))
		return cli_fail(cli, EXIT_USAGE, NULL, "--if-version is for one at a time");
	if (count > 1 &&
	    cli_confirm(cli, "archive %zu %s (%s, %s%s)", count, resource_of(cli)->plural,
			cli_argument(cli, 0), cli_argument(cli, 1), count > 2 ? ", ..." : ""))
		return cli_exit(cli);
	output_begin(cli_output(cli), count > 1 ? OUTPUT_LIST : OUTPUT_ONE,
		     cli_command(cli)->columns, cli_command(cli)->identity);
	for (size_t i = 0; i < count; i++) {
		json_t *record scoped(scoped_json) = resource_post(
			cli, resource_of(cli)->archive, cli_argument(cli, i), NULL, NULL);

		if (!record)
			break;
		output_record(cli_output(cli), record);
	}
	if (count > 1 || !cli_exit(cli))
		output_end(cli_output(cli));
	return cli_exit(cli);
}
