/*
 * An order beside the cart it came from and what the products are and cost now. Pure: what differs
 * is the reason for which the order is rejected, with the difference for the customer. An order
 * without a cart was made by staff, who chose its prices: only its products are looked at.
 */
#ifndef ECOM_DAEMONS_ORDERD_COMPARE_H
#define ECOM_DAEMONS_ORDERD_COMPARE_H

#include <stdint.h>

#include <jansson.h>

struct checkout {
	const char *owner, *cart, *currency; /* cart NULL or "": none, see above */
	int64_t cart_version;
	const json_t *lines; /* [{"line", "sku", "quantity", "price": minor units of one}] */
};

/*
 * `cart` is an entry of cart-snapshots (NULL: there is none), `quotes` the entries of quotes by SKU.
 * NULL: nothing differs; else cart_changed, product_unavailable or price_changed, with *detail (new
 * reference).
 */
const char *checkout_compare(const struct checkout *order, const json_t *cart, const json_t *quotes,
			     json_t **detail);

#endif
