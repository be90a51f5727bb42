/*
 * What the workers of the saga share. Each takes a batch of rows, asks other services about all of
 * them at once, and settles all of them with one statement from a JSON array. What a service did not
 * answer is unknown, not failed: the row stays as it is and is tried again, with the reason in sight.
 */
#ifndef ECOM_DAEMONS_ORDERD_SAGA_H
#define ECOM_DAEMONS_ORDERD_SAGA_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <libpq-fe.h>

#include "lib/daemon/peers.h"
#include "lib/db/statement.h"

struct session;

/* Part of a batch: rows first .. first + count - 1. */
struct span {
	const PGresult *rows;
	int first, count;
};

/* The text of a column of a row of the span; "" when it is NULL. */
const char *span_text(const struct span *span, int index, const char *column);
long long span_number(const struct span *span, int index, const char *column);

/* A column that is JSON. New reference. */
json_t *span_json(const struct span *span, int index, const char *column);

/* { "id", "attempt" } of a row, as every settling function takes it. New reference. */
json_t *span_result(const struct span *span, int index);

/* The same with why the outcome is unknown. */
json_t *span_unknown(const struct span *span, int index, const char *why);

/*
 * POST of {name: list} to a batch endpoint. Takes the list. On success the entries of the answer's
 * `data` by their member `key` (new reference); NULL with why[160] otherwise. *refused: the service
 * understood and refused the whole batch, so that smaller ones may get through.
 */
struct ask {
	const char *path, *name, *key;
	json_t *list;
	json_t *entries; /* the answer; NULL: unknown */
	bool refused;
	char why[160];
};
void saga_ask(struct ask *asks, size_t count); /* several at once */
void asks_done(struct ask *asks, size_t count);

/* Of those that got no answer, why; NULL: all did. */
const char *asks_unknown(const struct ask *asks, size_t count);
bool asks_refused(const struct ask *asks, size_t count);

/* Runs a settling statement over the results, and forgets them. False: nothing was settled. */
bool saga_settle(struct session *db, const struct statement *statement, json_t *results);

/* Works on all rows; false from `work` means that the batch was refused: halves are tried then. */
typedef bool span_work(struct session *db, const struct span *span);
void saga_work(struct session *db, const PGresult *rows, span_work *work);

#endif
