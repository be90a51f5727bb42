/*
 * What is known about the things that notifications are about: asked of their services, for a batch of
 * notifications at once, one call per kind. Blocking, for workers and tasks.
 */
#ifndef ECOM_DAEMONS_NOTIFYD_FACTS_H
#define ECOM_DAEMONS_NOTIFYD_FACTS_H

#include <stdbool.h>

#include <jansson.h>

enum fact {
	FACT_ORDER = 1,   /* by id: the order as its customer sees it */
	FACT_PAYMENT = 2, /* by id: { refunds: […] } */
	FACT_CART = 4,
	FACT_USER = 8,     /* by id: { email, name, locale } */
	FACT_LINK = 16,    /* by the id of the request: { path, expires_at }; secret */
	FACT_PRODUCT = 32, /* by SKU */
	FACTS = 6,
};

struct facts {
	json_t *shop; /* the shop's settings; NULL: unknown */
	json_t *wanted[FACTS], *answers[FACTS];
	bool refused;  /* a service understood a question and refused it: smaller batches may do */
	char why[160]; /* of what is unknown, the first reason */
};

void facts_open(struct facts *facts);
void facts_close(struct facts *facts);

/* `item` is an id as a JSON string, for FACT_LINK {id, user, purpose}; borrowed, NULL is no question. */
void facts_want(struct facts *facts, enum fact fact, json_t *item);

/* Asks for all that is wanted, and for the shop. */
void facts_fetch(struct facts *facts);

/* False: the service did not answer; it may exist. */
bool facts_known(const struct facts *facts, enum fact fact);

/* NULL: there is none. Borrowed. */
json_t *facts_get(const struct facts *facts, enum fact fact, const char *id);

#endif
