/* Values of flags that several nouns have. */
#include "ecomctl/commands/words.h"

#include <string.h>

bool percent_parse(const char *text, int64_t *ppm)
{
	int decimals = -1;
	int64_t value = 0;

	for (; *text && *text != '%'; text++) {
		if (*text == '.' && decimals < 0) {
			decimals = 0;
			continue;
		}
		if (*text < '0' || *text > '9' || decimals == 4 || value > 100000000)
			return false;
		value = value * 10 + (*text - '0');
		decimals += decimals >= 0;
	}
	for (int i = decimals < 0 ? 0 : decimals; i < 4; i++)
		value *= 10;
	*ppm = value;
	return (*text == '\0' || text[1] == '\0') && value <= 1000000;
}

json_t *words_parse(const char *text)
{
	json_t *list = json_array();

	if (strcmp(text, "none") == 0)
		return list;
	while (*text) {
		size_t len = strcspn(text, ",");

		if (len)
			json_array_append_new(list, json_stringn(text, len));
		text += len + (text[len] == ',');
	}
	return list;
}
