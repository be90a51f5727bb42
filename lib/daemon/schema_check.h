/*
 * Before an instance takes requests every statement must PREPARE against the schema that is there.
 * A thread waits for the database and for the migrations, so that the process is live meanwhile.
 */
#ifndef ECOM_LIB_DAEMON_SCHEMA_CHECK_H
#define ECOM_LIB_DAEMON_SCHEMA_CHECK_H

#include "lib/loop/loop.h"

struct daemon;
struct route_table;
struct schema_check;

/* Calls fn once on the loop's thread when all is well; a statement that does not fit ends the
 * process. */
struct schema_check *schema_check_start(struct loop *loop, const struct daemon *daemon,
					const struct route_table *table, const char *database_url,
					loop_fn *fn, void *arg);
void schema_check_stop(struct schema_check *check);

#endif
