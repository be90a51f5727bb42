/* The import of products: NDJSON rows, upserted by SKU in one transaction. */
#ifndef ECOM_DAEMONS_CATALOGD_IMPORT_PRODUCTS_H
#define ECOM_DAEMONS_CATALOGD_IMPORT_PRODUCTS_H

#include "daemons/catalogd/import_rows.h"
#include "lib/http/route.h"

/*
 * POST /v1/product-imports. Answers {"id", "created", "updated", "unchanged", "rejected": [{"row",
 * "field", "code", "reason"}]}, one entry per rejected row. Fields that a row does not have keep
 * their value; all good rows go in or none does.
 */
task_fn import_products;

#endif
