/* The keys that sign access tokens: kept in the database, made under a lock, replaced in time. */
#include "daemons/userd/signing_keys.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define LOOK_EVERY_MS 5000
#define LIFE_MARGIN_S 7200

/* The key that signs now, as it was when we last looked. Tasks sign with it at the same time. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct signing_key *current;
static int64_t looked_at_ms;

static void life_text(char out[24])
{
	snprintf(out, 24, "%lld",
		 (long long)options_int(userd_settings, "signing_key_life") / 1000);
}

/* Of several instances one wins: the statement looks again once it has the lock. */
static bool key_store(struct session *db, const struct signing_key *key)
{
	PGresult *locked scoped(scoped_result) = NULL, *added scoped(scoped_result) = NULL;
	char *pem scoped(scoped_free) = signing_key_pem(key);
	char *jwk scoped(scoped_free) = signing_key_jwk(key);
	char life[24];
	bool ok;

	life_text(life);
	if (!session_begin(db))
		return false;
	locked = session_query(db, SQL(lock_keys));
	added = session_query(db, SQL(add_key), "kid", signing_key_id(key), "pem", pem, "jwk", jwk,
			      "life_seconds", life);
	sodium_memzero(pem, strlen(pem));
	ok = session_ok(locked) && session_ok(added) && session_commit(db);
	if (!ok)
		session_rollback(db);
	else if (str_eq(PQcmdTuples(added), "1"))
		log_info("signing key %s was made", signing_key_id(key));
	return ok;
}

static bool key_make_if_due(struct session *db)
{
	PGresult *due scoped(scoped_result) = NULL;
	struct signing_key *key;
	char life[24];
	bool ok;

	life_text(life);
	due = session_query(db, SQL(key_is_due), "life_seconds", life);
	if (!session_ok(due) || PQntuples(due) == 0)
		return session_ok(due);
	key = signing_key_make();
	ok = key_store(db, key);
	signing_key_free(key);
	return ok;
}

/* Of the token that lives longest, and some more for clocks that differ. */
static int64_t token_life_s(void)
{
	int64_t access = options_int(userd_settings, "access_token_life") / 1000;
	int64_t guest = options_int(userd_settings, "guest_token_life") / 1000;

	return (access > guest ? access : guest) + LIFE_MARGIN_S;
}

bool signing_keys_rotate(struct session *db)
{
	PGresult *retired scoped(scoped_result) = NULL;
	char seconds[24];

	if (!key_make_if_due(db))
		return false;
	snprintf(seconds, sizeof(seconds), "%lld", (long long)token_life_s());
	retired = session_query(db, SQL(retire_keys), "token_seconds", seconds);
	return session_ok(retired);
}

static bool is_current(const char *kid)
{
	bool same;

	pthread_rwlock_rdlock(&lock);
	same = current && str_eq(signing_key_id(current), kid);
	pthread_rwlock_unlock(&lock);
	return same;
}

static void key_replace(const char *pem)
{
	struct signing_key *key = signing_key_load(pem), *old;

	if (!key) {
		log_error("the signing key in the database is not an RSA key");
		return;
	}
	pthread_rwlock_wrlock(&lock);
	old = current;
	current = key;
	pthread_rwlock_unlock(&lock);
	signing_key_free(old);
}

/* Keeps what we have when the database is away. */
static void key_look(struct session *db)
{
	PGresult *found scoped(scoped_result) = session_query(db, SQL(current_key));

	if (!session_ok(found))
		return;
	if (PQntuples(found) == 0 && key_make_if_due(db)) {
		PQclear(found);
		found = session_query(db, SQL(current_key));
	}
	if (session_ok(found) && PQntuples(found) > 0 && !is_current(row_get(found, "kid")))
		key_replace(row_get(found, "pem"));
	__atomic_store_n(&looked_at_ms, clock_mono_ms(), __ATOMIC_RELAXED);
}

char *signing_keys_sign(struct session *db, const struct token_claims *claims)
{
	int64_t looked = __atomic_load_n(&looked_at_ms, __ATOMIC_RELAXED);
	char *token;

	if (looked == 0 || clock_mono_ms() - looked > LOOK_EVERY_MS)
		key_look(db);
	pthread_rwlock_rdlock(&lock);
	token = current ? token_sign(current, claims) : NULL;
	pthread_rwlock_unlock(&lock);
	return token;
}
