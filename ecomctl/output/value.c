/* Values of a record as text: exact for pipes, short for people. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ecomctl/output/format.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/money.h"
#include "lib/term/escape.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, AGE_DAYS_MOST = 60 };

/* "cpu.percent" is a member of a member, unless the record has the dotted name itself. */
const json_t *value_find(const json_t *record, const struct column *column)
{
	const char *name = column->name;
	const json_t *value = json_object_get(record, name);
	const char *dot;

	while (!value && (dot = strchr(name, '.'))) {
		char *head scoped(scoped_free) = xstrndup(name, (size_t)(dot - name));

		record = json_object_get(record, head);
		name = dot + 1;
		value = json_object_get(record, name);
	}
	return json_is_null(value) ? NULL : value;
}

static void add_json(struct buf *out, const json_t *value)
{
	char *text scoped(scoped_free) = json_text(value);

	buf_adds(out, text);
}

static bool add_money(struct buf *out, const json_t *value)
{
	struct money money = { .amount = json_get_int(value, "amount", 0) };
	const char *currency = json_get_string(value, "currency", "");
	char text[MONEY_TEXT_SIZE];

	if (money_exponent(currency) < 0)
		return false;
	memcpy(money.currency, currency, sizeof(money.currency));
	money_format(&money, text);
	return buf_adds(out, text);
}

void value_plain(struct buf *out, const struct column *column, const json_t *value)
{
	if (!value)
		return;
	if (column->type == COLUMN_MONEY && add_money(out, value))
		return;
	if (json_is_real(value))
		buf_addf(out, "%.*g", REAL_DIGITS, json_real_value(value));
	else if (json_is_string(value))
		buf_add(out, json_string_value(value), json_string_length(value));
	else
		add_json(out, value);
}

static void add_span(struct buf *out, int64_t seconds)
{
	if (seconds < MINUTE)
		buf_addf(out, "%llds", (long long)seconds);
	else if (seconds < HOUR)
		buf_addf(out, "%lldm", (long long)(seconds / MINUTE));
	else if (seconds < 2 * DAY)
		buf_addf(out, "%lldh", (long long)(seconds / HOUR));
	else
		buf_addf(out, "%lldd", (long long)(seconds / DAY));
}

/* Three digits say enough. */
static void add_bytes(struct buf *out, double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	for (; bytes >= 1000 && unit + 1 < array_size(units); unit++)
		bytes /= 1024;
	buf_addf(out, unit && bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

/* The age of a time in the past; a date when that says more. */
static bool add_age(struct buf *out, const char *text)
{
	struct tm parts = { 0 };
	int64_t age;

	if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &parts))
		return false;
	age = clock_real_s() - (int64_t)timegm(&parts);
	if (age < 0 || age >= (int64_t)AGE_DAYS_MOST * DAY)
		return buf_add(out, text, strcspn(text, "T"));
	add_span(out, age);
	return true;
}

enum color value_human(struct buf *out, const struct column *column, const json_t *value)
{
	const char *text = json_string_value(value);
	struct buf plain = BUF_INIT(0);

	if (!value) {
		buf_addc(out, '-');
		return COLOR_DIM;
	}
	if (column->type == COLUMN_TIME && text && add_age(out, text))
		return COLOR_NONE;
	if (column->type == COLUMN_DURATION && json_is_number(value)) {
		add_span(out, (int64_t)json_number_value(value));
		return COLOR_NONE;
	}
	if (column->type == COLUMN_BYTES && json_is_number(value)) {
		add_bytes(out, json_number_value(value));
		return COLOR_NONE;
	}
	if (column->type == COLUMN_BOOL && json_is_boolean(value)) {
		buf_adds(out, json_is_true(value) ? "yes" : "no");
		return COLOR_NONE;
	}
	value_plain(&plain, column, value);
	term_escape(out, plain.data ? plain.data : "", plain.len);
	buf_free(&plain);
	return column->type == COLUMN_STATUS && text ? color_of_status(text) : COLOR_NONE;
}

json_t *value_chosen(const struct output *output, const json_t *record)
{
	json_t *chosen;

	if (!output->chosen)
		return json_incref((json_t *)(uintptr_t)record);
	chosen = json_object();
	for (size_t i = 0; i < output->ncolumns; i++) {
		const json_t *value = value_find(record, output->columns[i]);

		json_object_set_new(chosen, output->columns[i]->name,
				    value ? json_incref((json_t *)(uintptr_t)value) : json_null());
	}
	return chosen;
}
