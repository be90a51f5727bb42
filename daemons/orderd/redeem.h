/* The uses of promotions that pending orders take. */
#ifndef ECOM_DAEMONS_ORDERD_REDEEM_H
#define ECOM_DAEMONS_ORDERD_REDEEM_H

#include <jansson.h>

struct session;

/*
 * Takes the uses of all orders of a list of { "id", "attempt" }, in one transaction; again for the same
 * order changes nothing. Takes the list. The orders that would break a limit, by id: which one. New
 * reference; NULL: unknown, try again.
 */
json_t *promotions_redeem(struct session *db, json_t *claims);

#endif
