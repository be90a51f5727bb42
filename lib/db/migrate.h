/*
 * Schema migrations: NNNN-name.sql files of lib/db/schema and of a daemon's schema folder, applied
 * in order by the owner role, each in its own transaction, under an advisory lock, and recorded
 * with the SHA-256 of their text. Forward only. An applied file that has changed, or one that the
 * program does not know (a newer program's database), is refused.
 */
#ifndef ECOM_LIB_DB_MIGRATE_H
#define ECOM_LIB_DB_MIGRATE_H

#include <stdbool.h>

struct session;

struct migration {
	const char *name; /* NNNN-name */
	const char *sha256;
	const char *text;
};

extern const struct migration lib_migrations[];

enum migrate_state {
	MIGRATE_CURRENT, /* every migration is applied */
	MIGRATE_BEHIND,  /* some are not yet */
	MIGRATE_NEWER,   /* the database has one that we do not know */
	MIGRATE_FAILED,  /* could not tell, or a migration failed: *error says why */
};

/* Applies what is missing of lib_migrations and `own`. *error is the caller's to free. */
enum migrate_state migrate_run(struct session *owner, const struct migration *own, char **error);

/* Looks without changing anything; the run-time role may call it. */
enum migrate_state migrate_check(struct session *session, const struct migration *own,
				 char **error);

#endif
