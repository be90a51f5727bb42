/*
 * Holds the stock of a cart after it changed, with the option `hold`. Best effort: where there is not
 * enough, nothing is held and the cart says so. Two changes may have their jobs worked on at the same
 * time in any order: whoever was not last sees another version afterwards, and does it again.
 */
#include <stdio.h>
#include <string.h>

#include "daemons/cartd/cartd.h"
#include "daemons/cartd/sql.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/peers.h"
#include "lib/db/session.h"

#define TRIES     5
#define PATH_SIZE 64

static long long hold_seconds(void)
{
	return (long long)options_int(cartd_service->options, "hold_life") / 1000;
}

/* The status of catalogd: 2xx held or let go, 409 not enough. */
static int tell_catalogd(const char *cart, json_t *lines)
{
	bool some = json_array_size(lines) > 0;
	json_t *body scoped(scoped_json) = some ? json_pack("{s:O, s:I}", "lines", lines, "seconds",
							    (json_int_t)hold_seconds())
						: NULL;
	char path[PATH_SIZE];
	struct peer_answer answer;
	int status;

	snprintf(path, sizeof(path), "/v1/holds/%s", cart);
	peers_call(cartd_service->peers, some ? PUT : DELETE, path, body, &answer);
	status = answer.status;
	if (status / 100 != 2)
		job_reason("%s", answer.why);
	peer_answer_done(&answer);
	return status;
}

/* True: what is held is what the cart had at that version, and still has. */
static bool note(struct session *db, const char *cart, const char *version, bool held)
{
	char seconds[24];
	PGresult *noted scoped(scoped_result) = NULL;

	snprintf(seconds, sizeof(seconds), "%lld", hold_seconds());
	noted = session_query(db, SQL(set_held), "cart", cart, "version", version, "held",
			      held ? "true" : "false", "seconds", seconds);
	return session_ok(noted) && PQntuples(noted) > 0;
}

static enum job_result hold_once(struct session *db, const char *cart, bool *again)
{
	PGresult *wanted scoped(scoped_result) = session_query(db, SQL(get_hold), "cart", cart);
	const char *text = row_get(wanted, "lines"), *version = row_get(wanted, "version"), *error;
	json_t *lines scoped(scoped_json) = text ? json_parse(text, strlen(text), &error) : NULL;
	bool some = json_array_size(lines) > 0;
	int status;

	if (!lines) {
		job_reason("the cart could not be read");
		return JOB_RETRY;
	}
	status = tell_catalogd(cart, lines);
	if (status / 100 != 2 && status != 409 && status != 404)
		return JOB_RETRY;
	*again = !note(db, cart, version ? version : "0", some && status / 100 == 2);
	return JOB_DONE;
}

enum job_result hold_cart(struct session *db, const struct job *job)
{
	const char *error;
	json_t *payload scoped(scoped_json) = json_parse(job->payload, strlen(job->payload),
							 &error);
	const char *cart = json_get_string(payload, "cart", "");
	enum job_result result = JOB_DONE;
	bool again = true;

	for (int i = 0; again && i < TRIES; i++) {
		again = false;
		result = hold_once(db, cart, &again);
	}
	if (!again)
		return result;
	job_reason("the cart kept changing");
	return JOB_RETRY;
}
