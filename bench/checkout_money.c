/* Money by hand: transfers that come whole, in parts, or not at all, cash, and what is sent back. */
#include "bench/checkout.h"

#include <string.h>

bool waits_for_transfer(const json_t *order)
{
	return strcmp(text_of(order, "status"), "pending") == 0 &&
	       strcmp(text_of(json_object_get(order, "next_action"), "type"), "bank_transfer") == 0;
}

bool is_manual(const json_t *order)
{
	return strncmp(text_of(order, "token"), "manual_", 7) == 0;
}

static bool is_decided(const json_t *order)
{
	return strcmp(text_of(order, "status"), "pending") != 0;
}

/* Each entry of the account statement has a reference of its own. */
static void new_reference(struct client *client, char reference[64])
{
	char key[37];

	client_key(client, key);
	snprintf(reference, 64, "entry %s", key);
}

static bool record(struct client *client, const char *order, json_int_t amount,
		   const char *reference, const char *flag)
{
	json_t *body = json_pack("{s:s, s:{s:I, s:s}, s:s}", "order", order, "amount", "amount",
				 amount, "currency", "EUR", "reference", reference);

	if (flag)
		json_object_set_new(body, flag, json_true());
	return staff_do(client, &(struct act){ .op = "record",
					       .path = "/v1/payment-records",
					       .about = order,
					       .id = reference,
					       .body = body });
}

/* Somebody types the same entry in again now and then: it must not count twice. */
static bool record_once(struct client *client, const char *order, json_int_t amount,
			const char *flag)
{
	char reference[64];
	bool taken;

	new_reference(client, reference);
	taken = record(client, order, amount, reference, flag);
	if (taken && client_random(client, 5) == 0)
		record(client, order, amount, reference, flag);
	return taken;
}

/* Called off with a part of the money here: that part is sent back, as soon as it is owed. */
static void call_off(struct client *client, const char *id, json_int_t part)
{
	char path[128], reference[64];

	snprintf(path, sizeof(path), "/v1/orders/%s/cancellations", id);
	if (!staff_do(client, &(struct act){ .op = "cancel",
					     .path = path,
					     .about = id,
					     .body = json_pack("{s:s}", "reason", "customer") }))
		return;
	new_reference(client, reference);
	for (int i = 0; i < 8; i++) {
		if (record(client, id, part, reference, "returned"))
			return;
		pause_ms(400);
	}
}

bool take_transfer(struct client *client, const json_t *order)
{
	const char *id = text_of(order, "id");
	json_int_t total = amount_of(order, "total");
	json_int_t part = total > 1 ? 1 + (json_int_t)client_random(client, (uint64_t)total - 1)
				    : 0;
	uint64_t choice = client_random(client, 20);
	struct reply reply = { 0 };
	char path[128];
	bool confirmed;

	if (choice < 2) /* it never comes */
		return false;
	if (part && choice < 6 && !record_once(client, id, part, "partial"))
		return false;
	if (part && choice < 4) {
		call_off(client, id, part);
		return false;
	}
	if (!record_once(client, id, part && choice < 6 ? total - part : total, NULL))
		return false;
	snprintf(path, sizeof(path), "/v1/orders/%s", id);
	confirmed = staff_wait(client, path, is_decided, 30, &reply) &&
		    strcmp(reply_text(&reply, "status"), "confirmed") == 0;
	if (reply.status == 200)
		staff_note(client, text_of(order, "key"), reply.body);
	reply_done(&reply);
	return confirmed;
}

void take_cash(struct client *client, const json_t *order, json_int_t amount)
{
	if (amount > 0 && strcmp(text_of(order, "token"), "manual_cash_on_delivery") == 0 &&
	    client_random(client, 8))
		record_once(client, text_of(order, "id"), amount, "partial");
}

void send_refund(struct client *client, const char *refund, const char *order)
{
	char path[128], reference[64];

	new_reference(client, reference);
	snprintf(path, sizeof(path), "/v1/refunds/%s/record", refund);
	staff_do(client, &(struct act){ .op = "record_refund",
					.path = path,
					.about = order,
					.id = reference,
					.body = json_pack("{s:s}", "reference", reference) });
}
