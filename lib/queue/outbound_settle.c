/* Settling the answers of a batch. */
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/db/sqlstate.h"
#include "lib/queue/outbound.h"

enum stored { STORED, REFUSED, AWAY };

static bool is_away(const PGresult *result)
{
	const char *code = sqlstate_code(result);

	return str_has_prefix(code, "08") || str_has_prefix(code, "57P");
}

static enum stored store(struct session *db, const struct outbound_answers *kind,
			 const json_t *answers)
{
	char *text scoped(scoped_free) = json_text(answers);
	PGresult *result scoped(scoped_result) = kind->store(db, text);
	const char *why = PQresultErrorMessage(result);

	if (session_ok(result))
		return STORED;
	/* Below its first line there may be a row, and a secret in it. */
	log_warn("%zu %s could not be settled and come again: %.*s", json_array_size(answers),
		 kind->name, (int)strcspn(why, "\n"), why);
	return is_away(result) ? AWAY : REFUSED;
}

void outbound_settle(struct session *db, const struct outbound_answers *kind,
		     struct outbound_call *const *calls, size_t count)
{
	json_t *answers scoped(scoped_json) = json_array();
	enum stored stored;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(answers, kind->read(calls[i]));
	stored = store(db, kind, answers);
	for (size_t i = 0; i < count && count > 1 && stored == REFUSED; i++) {
		json_t *one scoped(scoped_json) = json_pack("[O]", json_array_get(answers, i));

		if (store(db, kind, one) == AWAY)
			break;
	}
}
