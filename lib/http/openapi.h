/* The OpenAPI 3.1 description, made from the route tables by a tool at build time. */
#ifndef ECOM_LIB_HTTP_OPENAPI_H
#define ECOM_LIB_HTTP_OPENAPI_H

#include <jansson.h>

#include "lib/http/route.h"

/* The documents of the gateway's frontends, merged over all services: JSON texts. */
struct openapi_documents {
	const char *shop, *admin, *internal;
};

extern const struct openapi_documents ecom_openapi; /* made by tools/describe, in tools/libapi.a */

/* The document of one frontend for all given tables (each ends with an all-zero row). New
 * reference. */
json_t *openapi_document(const struct route *const *tables, enum frontend frontend,
			 const char *version);

#endif
