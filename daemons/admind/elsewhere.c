/* Databases of services on other clusters. */
#include "daemons/admind/elsewhere.h"

#include <ctype.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "daemons/admind/component.h"
#include "daemons/admind/sql.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define STATEMENT_MS 30000

static const char *variable_get(const char *service, const char *option)
{
	char *name scoped(scoped_free) = xasprintf("ECOM_%s_%s", service, option);
	const char *value;

	for (char *letter = name; *letter; letter++)
		*letter = (char)toupper((unsigned char)*letter);
	value = getenv(name);
	return value && *value ? value : NULL;
}

bool elsewhere_is(const char *service)
{
	return variable_get(service, "DATABASE_URL");
}

const char *elsewhere_url(const char *service)
{
	return elsewhere_is(service) ? variable_get(service, "OWNER_DATABASE_URL") : NULL;
}

bool elsewhere_any(void)
{
	for (const struct component *c = components; c->name; c++) {
		if (c->database_connections && elsewhere_url(c->name))
			return true;
	}
	return false;
}

bool elsewhere_check(struct failure *failure)
{
	for (const struct component *c = components; c->name; c++) {
		if (c->database_connections && elsewhere_is(c->name) && !elsewhere_url(c->name))
			return failure_set(
				failure,
				"set owner_database_url of that service in the environment too",
				"the database of %s is on another cluster (its database_url is set "
				"in the environment), and the URL of its owner is not known",
				c->name);
	}
	return true;
}

int64_t elsewhere_size(void)
{
	int64_t sum = 0, size;

	for (const struct component *c = components; c->name; c++) {
		const char *url = c->database_connections ? elsewhere_url(c->name) : NULL;
		struct session *db = url ? session_open(url, "backup", STATEMENT_MS) : NULL;
		PGresult *row scoped(scoped_result) = NULL;

		if (!db)
			continue;
		row = session_query(db, SQL(elsewhere_tables));
		if (session_ok(row) && str_to_int(row_get(row, "size"), 0, INT64_MAX, &size))
			sum += size;
		session_close(db);
	}
	return sum;
}

bool elsewhere_check_empty(const char *service, struct failure *failure)
{
	struct session *db = session_open(elsewhere_url(service), "backup", STATEMENT_MS);
	PGresult *row scoped(scoped_result) = session_query(db, SQL(elsewhere_tables));

	session_close(db);
	if (!session_ok(row))
		return failure_set(failure, "look at the owner_database_url of that service",
				   "cannot ask the database of %s on the other cluster: %.200s",
				   service, PQresultErrorMessage(row));
	if (str_eq(row_get(row, "tables"), "0"))
		return true;
	return failure_set(failure, "make that database anew, or unset its URL in the environment",
			   "the database of %s on the other cluster is not empty", service);
}

bool elsewhere_environment(const char *url, struct words *environment, struct failure *failure)
{
	char *error = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &error);

	PQfreemem(error); /* it may quote a password */
	if (!options)
		return failure_set(failure, NULL, "the URL of a database cannot be understood");
	for (const PQconninfoOption *option = options; option->keyword; option++) {
		if (option->val && option->envvar)
			words_add(environment, "%s=%s", option->envvar, option->val);
	}
	PQconninfoFree(options);
	return true;
}
