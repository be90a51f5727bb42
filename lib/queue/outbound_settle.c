/* Settling the answers of a batch. */
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "lib/db/sqlstate.h"
#include "lib/queue/outbound.h"

/* False when one of the answers was refused; a database that is away refuses none. */
static bool store(struct session *db, const struct outbound_answers *kind, const json_t *answers)
{
	char *text scoped(scoped_free) = json_text(answers);
	PGresult *stored scoped(scoped_result) = kind->store(db, text);
	const char *why = PQresultErrorMessage(stored);

	if (session_ok(stored))
		return true;
	/* Below its first line there may be a row, and a secret in it. */
	log_warn("%zu %s could not be settled, they will be sent again: %.*s",
		 json_array_size(answers), kind->name, (int)strcspn(why, "\n"), why);
	return sqlstate_is_transient(stored);
}

void outbound_settle(struct session *db, const struct outbound_answers *kind,
		     struct outbound_call *const *calls, size_t count)
{
	json_t *answers scoped(scoped_json) = json_array();
	json_t *answer;
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(answers, kind->read(calls[i]));
	if (store(db, kind, answers) || count == 1)
		return;
	json_array_foreach (answers, i, answer) {
		json_t *one scoped(scoped_json) = json_pack("[O]", answer);

		store(db, kind, one);
	}
}
