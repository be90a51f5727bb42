/* The data that a template is rendered from. */
#include "daemons/notifyd/context.h"

#include <string.h>

#include "daemons/notifyd/notifyd.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"

#define LOCAL_URL "http://localhost:8080" /* of a shop that has not said where it is */

enum addressee { CUSTOMER, ACCOUNT, STAFF };

/* `detail` is the member of the refs and of the context that names one of a list, which the order or,
 * `of_payment`, the payment has. */
static const struct kind {
	const char *template;
	unsigned int needs; /* bits of enum fact */
	enum addressee to;
	const char *detail, *list;
	bool of_payment;
	const char *purpose; /* of the link */
} kinds[] = {
	{ "order_confirmation", FACT_ORDER, CUSTOMER },
	{ "payment_failed", FACT_ORDER, CUSTOMER },
	{ "shipment", FACT_ORDER, CUSTOMER, "shipment", "shipments" },
	{ "refund", FACT_ORDER | FACT_PAYMENT, CUSTOMER, "refund", "refunds", .of_payment = true },
	{ "return_requested", FACT_ORDER, CUSTOMER, "return", "returns" },
	{ "return_approved", FACT_ORDER, CUSTOMER, "return", "returns" },
	{ "return_received", FACT_ORDER, CUSTOMER, "return", "returns" },
	{ "low_stock", FACT_PRODUCT, STAFF },
	{ "abandoned_cart", FACT_CART | FACT_USER, ACCOUNT },
	{ "email_verification", FACT_USER | FACT_LINK, ACCOUNT, .purpose = "verify_email" },
	{ "password_reset", FACT_USER | FACT_LINK, ACCOUNT, .purpose = "reset_password" },
};

/* Of a template without a row (webhook_disabled): it concerns the staff, and all it has are the refs. */
static const struct kind other = { .to = STAFF };

/* Where a fact comes from and goes to. */
static const struct {
	enum fact fact;
	const char *ref, *member;
} parts[] = {
	{ FACT_ORDER, "order", "order" }, { FACT_PAYMENT, "payment", NULL },
	{ FACT_CART, "cart", "cart" },    { FACT_USER, "user", "user" },
	{ FACT_LINK, "request", NULL },   { FACT_PRODUCT, "sku", "product" },
};

static const struct kind *kind_of(const char *template)
{
	for (size_t i = 0; i < array_size(kinds); i++) {
		if (str_eq(kinds[i].template, template))
			return &kinds[i];
	}
	return &other;
}

void context_want(struct facts *facts, const char *template, const json_t *refs)
{
	const struct kind *kind = kind_of(template);

	for (size_t i = 0; i < array_size(parts); i++) {
		json_t *ref = json_object_get(refs, parts[i].ref);
		json_t *link scoped(scoped_json) = NULL;

		if (!(kind->needs & parts[i].fact) || !json_is_string(ref))
			continue;
		if (parts[i].fact == FACT_LINK)
			link = json_pack("{s:O, s:s, s:s}", "id", ref, "user",
					 json_get_string(refs, "user", ""), "purpose",
					 kind->purpose);
		facts_want(facts, parts[i].fact, link ? link : ref);
	}
}

static json_t *fact_of(const struct facts *facts, enum fact fact, const json_t *refs)
{
	for (size_t i = 0; i < array_size(parts); i++) {
		if (parts[i].fact == fact)
			return facts_get(facts, fact, json_get_string(refs, parts[i].ref, ""));
	}
	return NULL;
}

/* Lines of a shipment, refund or return say which of the order's they are. */
static void name_lines(json_t *detail, const json_t *order)
{
	json_t *line, *of_order;
	size_t i, j;

	json_array_foreach (json_object_get(detail, "lines"), i, line) {
		json_array_foreach (json_object_get(order, "lines"), j, of_order) {
			if (json_get_int(line, "line", 0) != json_get_int(of_order, "line", -1))
				continue;
			json_object_set(line, "sku", json_object_get(of_order, "sku"));
			json_object_set(line, "name", json_object_get(of_order, "name"));
			json_object_set(line, "price", json_object_get(of_order, "price"));
		}
	}
}

/* The one of the list that the refs name, the newest one without a name. New reference. */
static json_t *detail_of(const struct kind *kind, const struct facts *facts, const json_t *refs)
{
	const json_t *order = fact_of(facts, FACT_ORDER, refs);
	const json_t *holder = kind->of_payment ? fact_of(facts, FACT_PAYMENT, refs) : order;
	const char *id = json_get_string(refs, kind->detail, NULL);
	const json_t *entry, *found = NULL;
	json_t *detail;
	size_t i;

	json_array_foreach (json_object_get(holder, kind->list), i, entry) {
		if (!id || str_eq(json_get_string(entry, "id", ""), id))
			found = entry;
	}
	if (!found)
		return NULL;
	detail = json_deep_copy(found);
	name_lines(detail, order);
	return detail;
}

char *context_url(const json_t *shop, const char *path)
{
	const char *base = options_str(notifyd_service->options, "link_url");
	size_t len;

	if (!base)
		base = json_get_string(shop, "url", LOCAL_URL);
	len = strlen(base);
	if (len && base[len - 1] == '/')
		len--;
	return xasprintf("%.*s%s", (int)len, base, path);
}

static void add_link(json_t *context, const json_t *shop, const json_t *link)
{
	char *url scoped(scoped_free) = context_url(shop, json_get_string(link, "path", ""));

	json_object_set_new(context, "link", json_string(url));
	json_object_set(context, "expires", json_object_get(link, "expires_at"));
}

/* The customer of an order is whom it names, with an account or without. */
static void add_customer(json_t *context, const json_t *order)
{
	json_object_set_new(context, "user",
			    json_pack("{s:O*, s:O*, s:O*}", "email",
				      json_object_get(order, "email"), "name",
				      json_object_get(order, "name"), "locale",
				      json_object_get(order, "locale")));
}

/* What is not about an order, a cart or an account is about something of ours. */
static void add_webhook(json_t *context, const json_t *refs)
{
	json_t *webhook = json_copy((json_t *)(uintptr_t)refs);

	json_object_set(webhook, "id", json_object_get(refs, "webhook"));
	json_object_set_new(context, "webhook", webhook);
}

static void add_product(json_t *context, const json_t *product, const json_t *refs)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)product);

	json_object_update(copy, (json_t *)(uintptr_t)refs);
	json_object_set_new(context, "product", copy);
}

static json_t *put_together(const struct kind *kind, const struct facts *facts, const json_t *refs)
{
	json_t *context = json_pack("{s:O}", "shop", facts->shop);

	for (size_t i = 0; i < array_size(parts); i++) {
		if (kind->needs & parts[i].fact && parts[i].member)
			json_object_set(context, parts[i].member,
					fact_of(facts, parts[i].fact, refs));
	}
	if (kind->needs & FACT_LINK)
		add_link(context, facts->shop, fact_of(facts, FACT_LINK, refs));
	if (kind->needs & FACT_PRODUCT)
		add_product(context, fact_of(facts, FACT_PRODUCT, refs), refs);
	if (kind->to == CUSTOMER)
		add_customer(context, fact_of(facts, FACT_ORDER, refs));
	if (kind == &other)
		add_webhook(context, refs);
	return context;
}

enum context_result context_make(const struct facts *facts, const char *template,
				 const json_t *refs, json_t **out)
{
	const struct kind *kind = kind_of(template);
	json_t *detail = NULL;

	if (!facts->shop)
		return CONTEXT_UNAVAILABLE;
	for (size_t i = 0; i < array_size(parts); i++) {
		if (!(kind->needs & parts[i].fact))
			continue;
		if (json_get_string(refs, parts[i].ref, NULL) && !facts_known(facts, parts[i].fact))
			return CONTEXT_UNAVAILABLE;
		if (!fact_of(facts, parts[i].fact, refs))
			return parts[i].fact == FACT_LINK ? CONTEXT_EXPIRED : CONTEXT_UNKNOWN;
	}
	if (kind->detail) {
		detail = detail_of(kind, facts, refs);
		if (!detail)
			return CONTEXT_UNKNOWN;
	}
	*out = put_together(kind, facts, refs);
	if (detail)
		json_object_set_new(*out, kind->detail, detail);
	return CONTEXT_MADE;
}

const char *context_recipient(const char *template, const json_t *context)
{
	const char *address =
		kind_of(template)->to == STAFF
			? json_get_string(json_object_get(context, "shop"), "staff_email", NULL)
			: json_get_string(json_object_get(context, "user"), "email", NULL);

	return address && *address ? address : NULL;
}

const char *context_locale(const json_t *context)
{
	const char *own = json_get_string(json_object_get(context, "user"), "locale", NULL);

	return own ? own : json_get_string(json_object_get(context, "shop"), "locale", "en");
}
