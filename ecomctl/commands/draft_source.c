/* Drafts from a file: which kind of text it is, JSON documents, and amounts as people write them. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ecomctl/commands/draft.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/money.h"
#include "lib/base/str.h"

#define BLANKS " \t\r\n"

static bool fail_at(struct cli *cli, const char *path, long long line, const char *why)
{
	cli_fail(cli, EXIT_INVALID, "ecomctl draft create --example shows one", "%s", why);
	cli_fail_at(cli, "%s:%lld", path, line);
	return false;
}

static long long lines_in(const char *text, size_t len)
{
	long long count = 0;

	for (size_t i = 0; i < len; i++)
		count += text[i] == '\n';
	return count;
}

static bool add_draft(struct cli *cli, const char *path, long long line, json_t *body, json_t *out)
{
	if (!json_is_object(body))
		return fail_at(cli, path, line, "a draft is an object");
	json_array_append_new(out, json_pack("{s:I, s:O}", "line", (json_int_t)line, "body", body));
	return true;
}

/* One value, or many, one after the other or in a list. */
static bool read_json(struct cli *cli, const char *path, const char *text, size_t len, json_t *out)
{
	const char *at = text + strspn(text, BLANKS);

	while (at < text + len) {
		long long line = 1 + lines_in(text, (size_t)(at - text));
		json_error_t error;
		json_t *value scoped(scoped_json) =
			json_loadb(at, (size_t)(text + len - at),
				   JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
		json_t *draft;
		size_t i;

		if (!value)
			return fail_at(cli, path, line - 1 + error.line, error.text);
		if (!json_is_array(value) && !add_draft(cli, path, line, value, out))
			return false;
		json_array_foreach (value, i, draft) {
			if (!add_draft(cli, path, line, draft, out))
				return false;
		}
		at += error.position;
		at += strspn(at, BLANKS);
	}
	return true;
}

/* --- amounts ---------------------------------------------------------------------------------- */

/* "19.99EUR" to an amount; what is no text is left to the server. */
static bool set_money(json_t *object, const char *member)
{
	json_t *value = json_object_get(object, member);
	struct money money;

	if (!json_is_string(value))
		return true;
	if (!money_parse(json_string_value(value), NULL, &money))
		return false;
	json_object_set_new(object, member,
			    json_pack("{s:I, s:s}", "amount", (json_int_t)money.amount, "currency",
				      money.currency));
	return true;
}

static bool set_amounts(struct cli *cli, const char *path, const json_t *draft)
{
	json_t *body = json_object_get(draft, "body"), *line;
	long long at = json_get_int(draft, "line", 0);
	char why[80];
	size_t i;

	if (!set_money(body, "shipping"))
		return fail_at(cli, path, at, "shipping: no amount such as 4.90EUR");
	json_array_foreach (json_object_get(body, "lines"), i, line) {
		if (!json_is_object(line) ||
		    (set_money(line, "price") && set_money(line, "discount")))
			continue;
		snprintf(why, sizeof(why),
			 "lines/%zu: price and discount are amounts such as 19.99EUR", i);
		return fail_at(cli, path, at, why);
	}
	return true;
}

json_t *drafts_read(struct cli *cli, const char *path)
{
	bool from_stdin = str_eq(path, "-");
	json_t *drafts scoped(scoped_json) = json_array();
	char *text scoped(scoped_free) = NULL;
	const json_t *draft;
	size_t len, i;
	char first;

	if (from_stdin && isatty(STDIN_FILENO)) {
		cli_fail(cli, EXIT_USAGE, "ecomctl draft create --example shows one",
			 "drafts come from standard input, or from -f FILE");
		return NULL;
	}
	text = file_read(from_stdin ? "/dev/stdin" : path, &len);
	if (!text) {
		cli_fail(cli, EXIT_FAILED, NULL, "%s cannot be read: %s", path, strerror(errno));
		return NULL;
	}
	path = from_stdin ? "stdin" : path;
	first = text[strspn(text, BLANKS)];
	if (!(first == '{' || first == '[' ? read_json : drafts_read_yaml)(cli, path, text, len,
									   drafts))
		return NULL;
	if (!json_array_size(drafts)) {
		fail_at(cli, path, 1, "there is no draft in it");
		return NULL;
	}
	json_array_foreach (drafts, i, draft) {
		if (!set_amounts(cli, path, draft))
			return NULL;
	}
	return json_incref(drafts);
}
