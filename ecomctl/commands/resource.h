/*
 * The verbs that every resource of the API has: list, get, describe, create, update, archive. A
 * row with `resource` set and one of these functions is a whole command; its flags with `field` set
 * become the query of list and the JSON body of create and update; an argument of list is the value
 * of its key.
 */
#ifndef ECOM_ECOMCTL_RESOURCE_H
#define ECOM_ECOMCTL_RESOURCE_H

#include "ecomctl/command.h"

struct resource {
	const char *collection; /* "/v1/products" */
	const char *item;       /* "/v1/products/{}" */
	const char *archive;    /* "/v1/products/{}/archive"; NULL: it has none */
	const char *key;        /* the member that names one: "sku" */
	const char *singular;   /* "product", as the noun */
	const char *plural;     /* "products", for questions */
};

enum exit_code resource_list(struct cli *cli);
enum exit_code resource_get(struct cli *cli);
enum exit_code resource_describe(struct cli *cli);
enum exit_code resource_create(struct cli *cli);
enum exit_code resource_update(struct cli *cli);
enum exit_code resource_archive(struct cli *cli);

/* The collection with the flags with `field` as its query; the caller frees. */
char *resource_list_path(const struct cli *cli);

/* The flags with `field` as a JSON object. */
json_t *resource_body(const struct cli *cli);

/* Version that a write is based on: --if-version, else read from the server. 0: recorded failure. */
int64_t resource_version(struct cli *cli, const char *name);

/*
 * POST to the path with the name in it, at that version; headers may be NULL. The record, or NULL after
 * recording a failure, also when there is one already.
 */
json_t *resource_post(struct cli *cli, const char *pattern, const char *name, const json_t *body,
		      const char *const *headers);

/* For the flags of commands that write. */
#define RESOURCE_IF_VERSION                                                            \
	{                                                                              \
		"if-version", 0, FLAG_NUMBER, "N", "only if it is still at version N", \
			.min = 1, .max = INT64_MAX                                     \
	}

#endif
