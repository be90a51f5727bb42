/* What is known about the things that notifications are about. */
#include "daemons/notifyd/facts.h"

#include <stdio.h>

#include "daemons/notifyd/notifyd.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/peers.h"

/* In the order of the bits of enum fact. `body`: the member of an entry that is the fact; NULL: it is
 * the entry itself. */
static const struct source {
	const char *path, *name, *key, *body;
} sources[FACTS] = {
	{ "/v1/order-notices", "orders", "order", "body" },
	{ "/v1/payment-notices", "payments", "payment", NULL },
	{ "/v1/cart-notices", "carts", "cart", "body" },
	{ "/v1/user-notices", "users", "user", NULL },
	{ "/v1/user-links", "links", "id", NULL },
	{ "/v1/quotes", "skus", "sku", NULL },
};

static int index_of(enum fact fact)
{
	return __builtin_ctz((unsigned int)fact);
}

void facts_open(struct facts *facts)
{
	*facts = (struct facts){ 0 };
	for (int i = 0; i < FACTS; i++)
		facts->wanted[i] = json_array();
}

void facts_close(struct facts *facts)
{
	json_decref(facts->shop);
	for (int i = 0; i < FACTS; i++) {
		json_decref(facts->wanted[i]);
		json_decref(facts->answers[i]);
	}
}

void facts_want(struct facts *facts, enum fact fact, json_t *item)
{
	json_t *list = facts->wanted[index_of(fact)];
	const json_t *other;
	size_t i;

	json_array_foreach (list, i, other) {
		if (json_equal(other, item))
			return;
	}
	if (item)
		json_array_append(list, item);
}

static json_t *entries_of(const json_t *body, const struct source *source)
{
	const json_t *data = json_object_get(body, "data");
	json_t *entries, *entry;
	size_t i;

	if (!json_is_array(data))
		return NULL;
	entries = json_object();
	json_array_foreach (data, i, entry) {
		const char *id = json_get_string(entry, source->key, NULL);

		if (id)
			json_object_set(entries, id,
					source->body ? json_object_get(entry, source->body)
						     : entry);
	}
	return entries;
}

/* The service read the question and would not have it, or fell over it: not a matter of time. */
static bool is_refusal(int status)
{
	return status == 400 || status == 409 || status == 413 || status == 422 || status == 500;
}

static void complain(struct facts *facts, const char *path, const struct peer_answer *answer)
{
	if (answer->status / 100 != 2)
		facts->refused |= is_refusal(answer->status);
	if (!*facts->why)
		snprintf(facts->why, sizeof(facts->why), "%s: %s", path,
			 answer->status / 100 == 2 ? "an answer without data" : answer->why);
}

static void take_shop(struct facts *facts, struct peer_answer *answer)
{
	if (answer->status == 200 && json_is_object(answer->body))
		facts->shop = json_incref(answer->body);
	else
		complain(facts, "/v1/shop", answer);
	peer_answer_done(answer);
}

static void take_answer(struct facts *facts, int i, struct peer_answer *answer)
{
	if (answer->status / 100 == 2)
		facts->answers[i] = entries_of(answer->body, &sources[i]);
	if (!facts->answers[i])
		complain(facts, sources[i].path, answer);
	peer_answer_done(answer);
}

void facts_fetch(struct facts *facts)
{
	struct peer_call calls[FACTS + 1] = { { .method = GET, .path = "/v1/shop" } };
	int kinds[FACTS + 1];
	size_t count = 1;

	for (int i = 0; i < FACTS; i++) {
		if (json_array_size(facts->wanted[i]) == 0)
			continue;
		kinds[count] = i;
		calls[count++] = (struct peer_call){ .method = POST,
						     .path = sources[i].path,
						     .body = json_pack("{s:O}", sources[i].name,
								       facts->wanted[i]) };
	}
	peers_call_all(notifyd_service->peers, calls, count);
	take_shop(facts, &calls[0].answer);
	for (size_t i = 1; i < count; i++) {
		take_answer(facts, kinds[i], &calls[i].answer);
		json_decref((json_t *)(uintptr_t)calls[i].body);
	}
}

bool facts_known(const struct facts *facts, enum fact fact)
{
	return facts->answers[index_of(fact)] != NULL;
}

json_t *facts_get(const struct facts *facts, enum fact fact, const char *id)
{
	return json_object_get(facts->answers[index_of(fact)], id);
}
