/* "Did you mean": names near to what was typed. Suggested, never run. */
#include "ecomctl/cli.h"
#include "lib/base/str.h"

const char *suggest(const char *word, const char *const *candidates)
{
	/* Two edits in a word of three letters would suggest anything. */
	unsigned int most = strlen(word) <= 3 ? 1 : 2;

	for (size_t i = 0; strlen(word) >= 3 && candidates[i]; i++) {
		if (str_has_prefix(candidates[i], word))
			return candidates[i];
	}
	return str_nearest(word, candidates, most);
}
