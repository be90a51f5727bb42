/* What cartd knows about products, and asking catalogd for it. For tasks. */
#ifndef ECOM_DAEMONS_CARTD_PRODUCTS_H
#define ECOM_DAEMONS_CARTD_PRODUCTS_H

#include <jansson.h>

#include "lib/base/mem.h"

struct request;
struct session;

/*
 * Asks for the products of a JSON array of SKUs, and keeps what is answered. The quotes are a new
 * reference; NULL: the request was answered with the reason.
 */
json_t *products_ask(struct request *request, struct session *db, const char *skus) must_check;

#endif
