/* Filters of templates. */
#include "daemons/notifyd/filter.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/money.h"
#include "lib/base/str.h"

struct language {
	const char *name;
	char decimal;
	const char *after_day; /* 22. November */
	const char *months[12];
};

/* The first is the one of all languages that are not here. */
static const struct language languages[] = {
	{ "en",
	  '.',
	  "",
	  { "January", "February", "March", "April", "May", "June", "July", "August", "September",
	    "October", "November", "December" } },
	{ "de",
	  ',',
	  ".",
	  { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
	    "Oktober", "November", "Dezember" } },
};

static const struct language *language_of(const char *locale)
{
	for (size_t i = 0; locale && i < array_size(languages); i++) {
		if (strncmp(languages[i].name, locale, 2) == 0 &&
		    (locale[2] == '\0' || locale[2] == '-'))
			return &languages[i];
	}
	return &languages[0];
}

static void filter_money(const json_t *value, const char *locale, char *out)
{
	const char *currency = json_get_string(value, "currency", "");
	struct money money = { .amount = json_get_int(value, "amount", 0) };
	char *point;

	if (strlen(currency) != 3)
		return;
	memcpy(money.currency, currency, sizeof(money.currency));
	money_format(&money, out);
	point = strchr(out, '.');
	if (point)
		*point = language_of(locale)->decimal;
}

/* False when it is no time. */
static bool time_parts(const json_t *value, int parts[5])
{
	const char *text = json_string_value(value);

	return text &&
	       sscanf(text, "%4d-%2d-%2dT%2d:%2d", &parts[0], &parts[1], &parts[2], &parts[3],
		      &parts[4]) == 5 &&
	       parts[1] >= 1 && parts[1] <= 12;
}

static int write_date(const int parts[5], const char *locale, char *out)
{
	const struct language *language = language_of(locale);

	return snprintf(out, FILTER_SIZE, "%d%s %s %d", parts[2], language->after_day,
			language->months[parts[1] - 1], parts[0]);
}

static void filter_date(const json_t *value, const char *locale, char *out)
{
	int parts[5];

	if (time_parts(value, parts))
		write_date(parts, locale, out);
}

static void filter_datetime(const json_t *value, const char *locale, char *out)
{
	int parts[5], len;

	if (!time_parts(value, parts))
		return;
	len = write_date(parts, locale, out);
	snprintf(out + len, FILTER_SIZE - (size_t)len, ", %02d:%02d UTC", parts[3], parts[4]);
}

/* Nothing else than a page: no javascript: in a link. */
static void filter_url(const json_t *value, const char *locale, char *out)
{
	const char *text = json_string_value(value);

	(void)locale;
	if (text && strlen(text) < FILTER_SIZE &&
	    (str_has_prefix(text, "http://") || str_has_prefix(text, "https://")))
		memcpy(out, text, strlen(text) + 1);
}

filter_fn *filter_find(const char *name)
{
	static const struct {
		const char *name;
		filter_fn *filter;
	} filters[] = {
		{ "money", filter_money },
		{ "date", filter_date },
		{ "datetime", filter_datetime },
		{ "url", filter_url },
	};

	for (size_t i = 0; i < array_size(filters); i++) {
		if (str_eq(filters[i].name, name))
			return filters[i].filter;
	}
	return NULL;
}
