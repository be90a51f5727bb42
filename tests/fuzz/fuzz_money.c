/* Amounts as people write them: what parses prints and parses to the same. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/money.h"
#include "lib/base/str.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text scoped(scoped_free) = xstrndup((const char *)data,
						  strnlen((const char *)data, size));
	char printed[MONEY_TEXT_SIZE];
	struct money money, again;

	if (!money_parse(text, "EUR", &money))
		return 0;
	money_format(&money, printed);
	if (!money_parse(printed, NULL, &again) || again.amount != money.amount ||
	    !str_eq(again.currency, money.currency))
		abort();
	return 0;
}
