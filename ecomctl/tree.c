/* The whole command tree. Order is the order in help. */
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "ecomctl/commands/commands.h"
#include "lib/base/buf.h"
#include "lib/base/str.h"

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

const struct noun command_tree[] = {
	{ NULL, NULL, "The shop on this machine", engine_commands },
	{ "service", NAMES("svc", "services"), "Services: what runs, how many, restart",
	  service_commands },
	{ "backup", NAMES("backups"), "Backups of the shop on this machine", backup_commands },
	{ "product", NAMES("prod", "p", "products"), "Products, prices and stock",
	  product_commands },
	{ "stock", NAMES("st"), "Stock: levels, movements, thresholds", stock_commands },
	{ "location", NAMES("locations"), "Where stock is kept", location_commands },
	{ "category", NAMES("cat", "categories"), "The tree of categories", category_commands },
	{ "cart", NAMES("carts"), "Carts, and ordering what is in them", cart_commands },
	{ "event", NAMES("ev", "events"), "Events: what happened, what waits", event_commands },
	{ "job", NAMES("jobs"), "Work in the background", job_commands },
	{ "order", NAMES("orders", "o"), "Orders: list, ship, cancel, hold", order_commands },
	{ "invoice", NAMES("inv", "invoices"), "Invoices and credit notes", invoice_commands },
	{ "draft", NAMES("drafts"), "Draft orders: staff write them, from files too",
	  draft_commands },
	{ "shop", NULL, "The settings of the shop", shop_commands },
	{ "return", NAMES("returns", "rma"), "Returns and exchanges", return_commands },
	{ "shipping", NULL, "Shipping methods", shipping_commands },
	{ "tax", NULL, "Tax rates", tax_commands },
	{ "promo", NAMES("promotion", "promotions", "promos"),
	  "Promotions: coupons, automatic rules, why they apply", promo_commands },
	{ "payment", NAMES("pay", "payments"), "Payments: what was authorised and captured",
	  payment_commands },
	{ "refund", NAMES("refunds"), "Refunds and their approval", refund_commands },
	{ "ledger", NULL, "The ledger of all payments", ledger_commands },
	{ "notification", NAMES("note", "notifications"), "Mails and short messages: what was sent",
	  notification_commands },
	{ "webhook", NAMES("wh", "webhooks"), "Webhooks: events sent to programs",
	  webhook_commands },
	{ NULL, NULL, "Who you are", session_commands },
	{ "auth", NULL, "Tokens", auth_commands },
	{ "context", NAMES("ctx", "contexts"), "The shops you work with", context_commands },
	{ NULL, NULL, "Everything else", api_commands },
	{ NULL, NULL, NULL, help_commands },
	{ 0 },
};

const struct noun *noun_find(const char *word)
{
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		if (!noun->name)
			continue;
		if (str_eq(noun->name, word))
			return noun;
		for (size_t i = 0; noun->aliases && noun->aliases[i]; i++) {
			if (str_eq(noun->aliases[i], word))
				return noun;
		}
	}
	return NULL;
}

const struct command *command_find(const struct noun *noun, const char *verb)
{
	for (const struct command *command = noun->commands; command->verb; command++) {
		if (str_eq(command->verb, verb))
			return command;
	}
	return NULL;
}

const struct command *command_find_alone(const char *word, const struct noun **noun)
{
	for (*noun = command_tree; (*noun)->commands; (*noun)++) {
		const struct command *command;

		if (!(*noun)->name && (command = command_find(*noun, word)))
			return command;
	}
	return NULL;
}

char *command_path(const struct noun *noun, const struct command *command)
{
	if (!noun->name)
		return xasprintf("ecomctl %s", command->verb);
	if (!command)
		return xasprintf("ecomctl %s", noun->name);
	return xasprintf("ecomctl %s %s", noun->name, command->verb);
}

char *command_synopsis(const struct command *command)
{
	struct buf out = BUF_INIT(0);

	for (const struct argument *arg = command->args; arg && arg->name; arg++)
		buf_addf(&out, "%s%s%s%s%s", out.len ? " " : "", arg->optional ? "[" : "",
			 arg->name, arg->many ? "..." : "", arg->optional ? "]" : "");
	return buf_steal(&out);
}
