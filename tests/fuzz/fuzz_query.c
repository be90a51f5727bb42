/* Query strings and parts of paths: escapes, and text as a value of every type. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/rules.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum field_type types[] = { STRING, EMAIL, UUID,   INT,   BOOL,
						 TIME,   MONEY, OBJECT, ARRAY, CURSOR };
	char *text scoped(scoped_free) = xstrndup((const char *)data,
						  strnlen((const char *)data, size));
	bool ok = str_unescape(text);

	if (ok && !str_is_utf8(text, strlen(text)))
		abort();
	for (size_t i = 0; ok && i < array_size(types); i++) {
		const struct field rules[] = { { "x", types[i], REQUIRED, .max = 8 }, { 0 } };
		struct field_errors errors = { .count = 0 };
		json_t *value = rules_from_text(&rules[0], text);
		json_t *object scoped(scoped_json) = json_object();

		if (value) {
			json_object_set_new(object, "x", value);
			rules_check(rules, object, &errors);
		}
	}
	return 0;
}
