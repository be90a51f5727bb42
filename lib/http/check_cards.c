/* Card numbers never enter: where a daemon refuses them, none may be in a body or a query string. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/http/card_number.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/problem.h"
#include "lib/http/rules_place.h"

/* fields: the rules of an object's members; NULL where there are none. */
static bool object_is_clean(const struct field *fields, const json_t *object,
			    const struct place *place, struct field_errors *errors);

static bool fail(const struct place *place, struct field_errors *errors)
{
	if (place)
		place_fail(errors, place, PROBLEM_CARD_NUMBER_REFUSED.code,
			   "holds what looks like a card number");
	else
		errors->count++;
	return false;
}

/* A number is looked at where no number belongs. */
static bool integer_is_clean(const struct field *field, const json_t *value)
{
	char text[24];

	if (field && field->type != STRING)
		return true;
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return !card_number_in(text);
}

static bool value_is_clean(const struct field *field, const json_t *value,
			   const struct place *place, struct field_errors *errors)
{
	const json_t *item;
	size_t i;

	if (field && field->digits)
		return true;
	switch (json_typeof(value)) {
	case JSON_STRING:
		return !card_number_in(json_string_value(value)) || fail(place, errors);
	case JSON_INTEGER:
		return integer_is_clean(field, value) || fail(place, errors);
	case JSON_OBJECT:
		return object_is_clean(field ? field->fields : NULL, value, place, errors);
	case JSON_ARRAY:
		json_array_foreach (value, i, item) {
			if (!value_is_clean(field ? field->items : NULL, item,
					    &(struct place){ place, NULL, (int)i }, errors))
				return false;
		}
		return true;
	default:
		return true;
	}
}

static bool object_is_clean(const struct field *fields, const json_t *object,
			    const struct place *place, struct field_errors *errors)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)object, name, value) {
		const struct field *field = fields ? rules_find(fields, name) : NULL;

		/* A name that is one must not be repeated either. */
		if (card_number_in(name))
			return fail(place, errors);
		if (!value_is_clean(field, value, &(struct place){ place, name, 0 }, errors))
			return false;
	}
	return true;
}

static bool refuses(const struct request *request)
{
	return request->http->config.service->daemon->refuses_cards;
}

static bool refuse(struct request *request, const struct field_errors *errors)
{
	if (errors && errors->count && *errors->list[0].pointer)
		problem_fields_of(request, &PROBLEM_CARD_NUMBER_REFUSED, errors);
	else
		problem(request, &PROBLEM_CARD_NUMBER_REFUSED);
	return false;
}

bool check_cards(struct request *request, const struct field *fields, const json_t *object)
{
	struct field_errors errors = { .count = 0 };

	return !refuses(request) || object_is_clean(fields, object, NULL, &errors) ||
	       refuse(request, &errors);
}

bool check_cards_text(struct request *request, const char *text)
{
	return !refuses(request) || !text || !card_number_in(text) || refuse(request, NULL);
}
