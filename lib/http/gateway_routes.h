/*
 * Which service answers a path at the gateway: by frontend and the first two parts of the path.
 * Made by tools/ from the route tables of all daemons.
 */
#ifndef ECOM_LIB_HTTP_GATEWAY_ROUTES_H
#define ECOM_LIB_HTTP_GATEWAY_ROUTES_H

#include <stdbool.h>

struct gateway_route {
	unsigned int frontend; /* SHOP, ADMIN or INTERNAL of lib/http/route.h */
	const char *prefix;    /* "/v1/products" */
	const char *service;   /* "catalogd" */
	bool cacheable;        /* some answer below it may be kept */
};

/* Ends with a row without prefix. */
extern const struct gateway_route gateway_routes[];

#endif
