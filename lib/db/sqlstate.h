/* What a failed statement means: classes of SQLSTATE (PostgreSQL manual, appendix A). */
#ifndef ECOM_LIB_DB_SQLSTATE_H
#define ECOM_LIB_DB_SQLSTATE_H

#include <libpq-fe.h>
#include <stdbool.h>

enum sqlstate_kind {
	SQLSTATE_UNIQUE,    /* 23505: the constraint's name is the problem */
	SQLSTATE_CHECK,     /* 23514, 23503, 23502, 23P01: so too */
	SQLSTATE_RAISED,    /* EC4nn, raised by our functions: nn is the rest of the HTTP status */
	SQLSTATE_BAD_VALUE, /* 22xxx: a value that does not cast or fit */
	SQLSTATE_TRANSIENT, /* 40xxx, 55P03, 57Pxx, 08xxx, 53xxx: the same request may work later */
	SQLSTATE_TIMEOUT,   /* 57014: statement_timeout */
	SQLSTATE_OTHER,     /* a bug of ours */
};

enum sqlstate_kind sqlstate_kind(const PGresult *result);

/* The five characters, "08006" when the connection was lost. */
const char *sqlstate_code(const PGresult *result);

/* The constraint that was violated or raised, or NULL. */
const char *sqlstate_constraint(const PGresult *result);

/* A prepared statement no longer fits the schema: a migration came. It has done nothing; on a new
 * connection it may succeed. */
bool sqlstate_is_stale(const PGresult *result);

/* True when running the same statement again may succeed. */
bool sqlstate_is_transient(const PGresult *result);

#endif
