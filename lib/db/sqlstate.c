/* What a failed statement means: classes of SQLSTATE (PostgreSQL manual, appendix A). */
#include "lib/db/sqlstate.h"

#include <stddef.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

/* The first prefix that matches decides. */
static const struct {
	const char *prefix;
	enum sqlstate_kind kind;
} kinds[] = {
	{ "23505", SQLSTATE_UNIQUE },    { "23", SQLSTATE_CHECK },
	{ "EC4", SQLSTATE_RAISED },      { "22", SQLSTATE_BAD_VALUE },
	{ "54000", SQLSTATE_BAD_VALUE }, /* a value too large for an index row or tsvector */
	{ "40", SQLSTATE_TRANSIENT },    /* serialization failure, deadlock */
	{ "55P03", SQLSTATE_TRANSIENT }, /* lock not available */
	{ "57014", SQLSTATE_TIMEOUT },   /* statement_timeout */
	{ "57P", SQLSTATE_TRANSIENT },   /* shutting down, starting up */
	{ "08", SQLSTATE_TRANSIENT },    /* connection */
	{ "53", SQLSTATE_TRANSIENT },    /* out of disk, memory, connections */
	{ "25006", SQLSTATE_TRANSIENT }, /* read only: a failover is on its way */
};

const char *sqlstate_code(const PGresult *result)
{
	const char *code = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	return code ? code : "08006";
}

enum sqlstate_kind sqlstate_kind(const PGresult *result)
{
	const char *code = sqlstate_code(result);

	for (size_t i = 0; i < array_size(kinds); i++) {
		if (str_has_prefix(code, kinds[i].prefix))
			return kinds[i].kind;
	}
	return SQLSTATE_OTHER;
}

const char *sqlstate_constraint(const PGresult *result)
{
	return result ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL;
}

bool sqlstate_is_stale(const PGresult *result)
{
	const char *code = sqlstate_code(result);

	/* "cached plan must not change result type", "prepared statement does not exist" */
	return str_eq(code, "0A000") || str_eq(code, "26000");
}

bool sqlstate_is_transient(const PGresult *result)
{
	enum sqlstate_kind kind = sqlstate_kind(result);

	return kind == SQLSTATE_TRANSIENT || kind == SQLSTATE_TIMEOUT || sqlstate_is_stale(result);
}
