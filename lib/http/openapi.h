/* The OpenAPI 3.1 description, made from the route tables by a tool at build time. */
#ifndef ECOM_LIB_HTTP_OPENAPI_H
#define ECOM_LIB_HTTP_OPENAPI_H

#include <jansson.h>

#include "lib/http/route.h"

/* The document of one frontend for all given tables (each ends with an all-zero row). New
 * reference. */
json_t *openapi_document(const struct route *const *tables, enum frontend frontend,
			 const char *version);

#endif
