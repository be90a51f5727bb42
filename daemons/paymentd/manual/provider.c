/*
 * The provider that nobody is. It answers every operation itself: a promise (cash on delivery,
 * invoice) is authorised at once, a transfer tells the customer where to, and everything that moves
 * money is pending until staff have recorded it.
 */
#include "daemons/paymentd/manual/manual.h"

#include <string.h>

#include "daemons/paymentd/paymentd.h"
#include "daemons/paymentd/provider.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"

#define REFUND_DAYS 3650
#define ASK_MS      ((int64_t)24 * 3600 * 1000) /* the decision comes with what staff record */

static const struct means {
	const char *name; /* in the option manual_methods; after MANUAL_TOKENS the token */
	bool is_promise;  /* goods first, money later */
} all_means[] = {
	{ "bank_transfer", false },
	{ "cash_on_delivery", true },
	{ "invoice", true },
	{ 0 },
};

static const struct means *means_find(const char *name)
{
	for (const struct means *means = all_means; means->name; means++) {
		if (str_eq(means->name, name))
			return means;
	}
	return NULL;
}

static bool is_offered(const char *name)
{
	const char *const *list = options_list(paymentd_service->options, "manual_methods");

	for (; *list; list++) {
		if (str_eq(*list, name))
			return true;
	}
	return false;
}

static bool open_means(struct service *service, char **error)
{
	const char *const *list = options_list(service->options, "manual_methods");

	for (; *list; list++) {
		if (!means_find(*list)) {
			*error = xasprintf("manual_methods: \"%s\" is none of bank_transfer, "
					   "cash_on_delivery, invoice",
					   *list);
			return false;
		}
	}
	return true;
}

/* Nothing to call. What the customer needs for the transfer; the reference finds the order again. */
static bool write_answer(struct outbound_call *call, const struct operation *operation)
{
	const char *account = options_str(paymentd_service->options, "manual_account");
	json_t *body scoped(scoped_json) = json_pack(
		"{s:{s:s, s:s, s:s*, s:{s:I, s:s}}}", "next_action", "type", "bank_transfer",
		"reference", operation->number ? operation->number : operation->order, "account",
		account, "amount", "amount", (json_int_t)operation->amount, "currency",
		operation->currency);
	char *text scoped(scoped_free) = json_text(body);

	buf_clear(&call->answer); /* of the call that had this place before */
	buf_adds(&call->answer, text);
	call->status = 200;
	return false;
}

static void read_authorization(const struct operation *operation, const json_t *body,
			       struct provider_answer *answer)
{
	const char *token = operation->token ? operation->token : "";
	const struct means *means = str_has_prefix(token, MANUAL_TOKENS)
					    ? means_find(token + strlen(MANUAL_TOKENS))
					    : NULL;

	answer->reference = operation->id;
	answer->amount = operation->amount;
	if (!means || !is_offered(means->name)) {
		answer->outcome = OUTCOME_FAILED;
		answer->event = "declined";
		answer->reason = means ? "method_not_offered" : "method_unknown";
	} else if (means->is_promise) {
		answer->outcome = OUTCOME_SUCCEEDED;
		answer->event = "authorized";
	} else {
		answer->event = "action_required";
		answer->next_action = json_object_get(body, "next_action");
	}
}

static void read_answer(const struct operation *operation, int status, const json_t *body,
			struct provider_answer *answer)
{
	(void)status;
	answer->outcome = OUTCOME_PENDING;
	answer->retry_ms = ASK_MS;
	if (operation->kind == AUTHORIZE) {
		read_authorization(operation, body, answer);
	} else if (operation->kind == VOID) {
		/* Nobody holds anything; what was paid in advance is owed to the customer then. */
		answer->outcome = OUTCOME_SUCCEEDED;
		answer->event = "voided";
		answer->reference = operation->id;
		answer->amount = operation->amount;
		answer->releases = true;
	}
}

const struct provider manual_provider = {
	.name = "manual",
	.token_prefix = MANUAL_TOKENS,
	.deadline_option = "manual_deadline",
	.multicapture = true,
	.partial_capture = true,
	.refund_days = REFUND_DAYS,
	.open = open_means,
	.request = write_answer,
	.read = read_answer,
};
