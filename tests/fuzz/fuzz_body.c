/* JSON bodies against rules of every type. */
#include <stdlib.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/http/rules.h"
#include "tests/fuzz/fuzz.h"

static const char *const colours[] = { "red", "blue", NULL };
static const struct field item[] = { { "item", STRING, .max = 8 }, { 0 } };
static const struct field size_rules[] = { { "width", INT, REQUIRED, .min = 1, .max = 9 }, { 0 } };
static const struct field rules[] = {
	{ "s", STRING, REQUIRED, .min = 1, .max = 16, .match = "^[A-Z0-9-]+$" },
	{ "c", STRING, .values = colours, .fallback = "\"red\"" },
	{ "n", STRING, .nullable = true },
	{ "e", EMAIL },
	{ "u", UUID },
	{ "i", INT, .min = -5, .max = 1000 },
	{ "b", BOOL },
	{ "t", TIME },
	{ "m", MONEY, .min = 0, .max = 1000000 },
	{ "o", OBJECT, .fields = size_rules },
	{ "f", OBJECT },
	{ "a", ARRAY, .max = 3, .items = item },
	{ "k", CURSOR },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct field_errors errors = { .count = 0 };
	const char *error;
	json_t *body scoped(scoped_json) = json_parse((const char *)data, size, &error);

	if (json_is_object(body) && rules_check(rules, body, &errors)) {
		char *text scoped(scoped_free) = json_text(body);
		struct field_errors again = { .count = 0 };

		/* What was accepted is accepted again: fallbacks and lower case are stable. */
		if (!rules_check(rules, body, &again) || !*text)
			abort();
	}
	return 0;
}
