/* shop: get set. */
#include <string.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/money.h"
#include "lib/base/str.h"

enum form { LINE, LINES, CODE, MAIL, LOCALE, LOCALES, CURRENCIES };

/* What can be set. An empty value takes away what may be missing. */
static const struct setting {
	const char *name;
	enum form form;
	bool needed;
} settings[] = {
	{ "name", LINE, true },
	{ "legal_name", LINE, false },
	{ "address", LINES, false },
	{ "tax_id", LINE, false },
	{ "url", LINE, false },
	{ "currencies", CURRENCIES, false },
	{ "locale", LOCALE, true },
	{ "locales", LOCALES, true },
	{ "tax_mode", CODE, true },
	{ "sender", MAIL, false },
	{ "reply_to", MAIL, false },
	{ "staff_email", MAIL, false },
	{ "invoice_note", LINES, false },
	{ "invoice_prefix", CODE, true },
	{ "credit_note_prefix", CODE, true },
	{ "reversal_prefix", CODE, true },
};

static const struct setting *setting_find(struct cli *cli, const char *name)
{
	const char *names[array_size(settings) + 1] = { 0 };
	char *hint scoped(scoped_free) = NULL;
	const char *near;

	for (size_t i = 0; i < array_size(settings); i++) {
		if (str_eq(settings[i].name, name))
			return &settings[i];
		names[i] = settings[i].name;
	}
	near = str_nearest(name, names, 2);
	hint = near ? xasprintf("did you mean %s?", near)
		    : xstrdup("ecomctl shop get shows the settings");
	cli_fail(cli, EXIT_USAGE, hint, "there is no setting \"%s\"", name);
	return NULL;
}

/* BCP 47 in short: "en", "de-AT", "zh-Hant-TW". The server knows better. */
static bool is_locale(const char *text)
{
	size_t language = strspn(text, "abcdefghijklmnopqrstuvwxyz");

	return (language == 2 || language == 3) && (!text[language] || text[language] == '-');
}

static bool is_mail(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at != text && strchr(at, '.') && !strpbrk(text, " ,;<>()\"");
}

static bool is_currency(const char *text)
{
	return money_exponent(text) >= 0;
}

static bool has_control(const char *text, bool newlines)
{
	for (; *text; text++) {
		if (((unsigned char)*text < ' ' && !(newlines && *text == '\n')) || *text == 0x7f)
			return true;
	}
	return false;
}

/* What is wrong with one word of the value; NULL: nothing that we can see. */
static const char *fault_of(enum form form, const char *text)
{
	if (has_control(text, form == LINES))
		return "it has control characters";
	if (form == MAIL && !is_mail(text))
		return "it is not an e-mail address, such as shop@example.org";
	if ((form == LOCALE || form == LOCALES) && !is_locale(text))
		return "it is not a locale, such as en or de-AT";
	if (form == CURRENCIES && !is_currency(text))
		return "it is not a currency of ISO 4217, such as EUR";
	return NULL;
}

static json_t *word_of(struct cli *cli, const struct setting *setting, const char *text)
{
	const char *fault = fault_of(setting->form, text);
	json_t *word = fault ? NULL : json_string(text);

	if (fault)
		cli_fail(cli, EXIT_USAGE, NULL, "%s=%s: %s", setting->name, text, fault);
	else if (!word)
		cli_fail(cli, EXIT_USAGE, NULL, "%s is not valid UTF-8", setting->name);
	return word;
}

/* "EUR,USD" as an array; an empty text is an empty one. */
static json_t *words_of(struct cli *cli, const struct setting *setting, const char *text)
{
	json_t *array = json_array();

	while (*text && !cli_exit(cli)) {
		size_t len = strcspn(text, ", ");
		char *part scoped(scoped_free) = xstrndup(text, len);
		json_t *word = len ? word_of(cli, setting, part) : NULL;

		if (word)
			json_array_append_new(array, word);
		text += len + strspn(text + len, ", ");
	}
	return array;
}

static json_t *value_of(struct cli *cli, const struct setting *setting, const char *text)
{
	if (setting->needed && !*text) {
		cli_fail(cli, EXIT_USAGE, NULL, "%s cannot be empty", setting->name);
		return NULL;
	}
	if (setting->form == CURRENCIES || setting->form == LOCALES)
		return words_of(cli, setting, text);
	return *text ? word_of(cli, setting, text) : json_null();
}

static bool add_pair(struct cli *cli, json_t *body, const char *pair)
{
	const char *equals = strchr(pair, '=');
	char *name scoped(scoped_free) = equals ? xstrndup(pair, (size_t)(equals - pair)) : NULL;
	const struct setting *setting;
	json_t *value;

	if (!equals) {
		cli_fail(cli, EXIT_USAGE, "such as name='Blue Door'", "%s is not KEY=VALUE", pair);
		return false;
	}
	setting = setting_find(cli, name);
	value = setting ? value_of(cli, setting, equals + 1) : NULL;
	if (value)
		json_object_set_new(body, setting->name, value);
	return !cli_exit(cli);
}

static enum exit_code shop_get(struct cli *cli)
{
	json_t *record scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = "/v1/shop" });

	if (record)
		cli_emit(cli, OUTPUT_DESCRIBE, record);
	return cli_exit(cli);
}

/* The version that the change is based on; 0: recorded failure. */
static int64_t version_of(struct cli *cli)
{
	int64_t version = cli_number(cli, "if-version", 0);
	json_t *record scoped(scoped_json) = NULL;

	if (version)
		return version;
	record = cli_call(cli, &(struct api_request){ .method = "GET", .path = "/v1/shop" });
	return json_get_int(record, "version", 0);
}

static enum exit_code shop_set(struct cli *cli)
{
	json_t *body scoped(scoped_json) = json_object();
	json_t *record scoped(scoped_json) = NULL;
	int64_t version;

	for (size_t i = 0; i < cli_argument_count(cli); i++) {
		if (!add_pair(cli, body, cli_argument(cli, i)))
			return cli_exit(cli);
	}
	version = version_of(cli);
	if (!version)
		return cli_exit(cli);
	record = cli_call(cli, &(struct api_request){ .method = "PATCH",
						      .path = "/v1/shop",
						      .body = body,
						      .if_match = version });
	if (record)
		cli_emit(cli, OUTPUT_DESCRIBE, record);
	return cli_exit(cli);
}

static const struct column shop_columns[] = {
	{ "name", COLUMN_TEXT, 0 },
	{ "legal_name", COLUMN_TEXT, .detail = true },
	{ "address", COLUMN_TEXT, .detail = true },
	{ "tax_id", COLUMN_TEXT, .detail = true },
	{ "url", COLUMN_TEXT, 2 },
	{ "currencies", COLUMN_OBJECT, 1 },
	{ "locale", COLUMN_TEXT, 1 },
	{ "locales", COLUMN_OBJECT, .detail = true },
	{ "tax_mode", COLUMN_TEXT, 1, "TAX" },
	{ "sender", COLUMN_TEXT, 2 },
	{ "reply_to", COLUMN_TEXT, .detail = true },
	{ "staff_email", COLUMN_TEXT, .detail = true },
	{ "invoice_note", COLUMN_TEXT, .detail = true },
	{ "invoice_prefix", COLUMN_TEXT, .detail = true },
	{ "credit_note_prefix", COLUMN_TEXT, .detail = true },
	{ "reversal_prefix", COLUMN_TEXT, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "updated_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct argument pairs[] = {
	{ "KEY=VALUE", "a setting; lists with commas, an empty value takes it away", .many = true },
	{ 0 }
};

static const struct flag set_flags[] = { RESOURCE_IF_VERSION, { 0 } };

const struct command shop_commands[] = {
	{ "get", "Show the settings of the shop", shop_get, NULL, NULL, shop_columns, "name",
	  EXAMPLES("ecomctl shop get", "ecomctl shop get -o json") },
	{ "set", "Change settings of the shop", shop_set, pairs, set_flags, shop_columns, "name",
	  EXAMPLES("ecomctl shop set name='Blue Door' sender=shop@example.org",
		   "ecomctl shop set currencies=EUR,CHF locale=de",
		   "ecomctl shop set address=$'Main Street 1\\n10115 Berlin' tax_id="),
	  "Keys: name, legal_name, address, tax_id, url, currencies (none: orders in all), locale, "
	  "locales, tax_mode (inclusive or exclusive), sender, reply_to, staff_email, "
	  "invoice_note, invoice_prefix, credit_note_prefix, reversal_prefix. Orders and invoices "
	  "keep what they were made with.",
	  .writes = true },
	{ 0 },
};
