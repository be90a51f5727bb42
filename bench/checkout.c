/*
 * The load of script/bench checkout and script/chaos: see checkout.h.
 *
 *	checkout --shop URL [--KEY VALUE ...]	prints one line of JSON
 */
#include "bench/checkout.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings settings = {
	.sku = "SKU-",
	.sku_count = 1,
	.clients = 8,
	.seconds = 5,
	.patience = 60,
	.lines = 1,
	.quantity = 1,
	.wait = 30,
	.guest_every = 20,
	.country = "DE",
	.method = "standard",
};

static const struct {
	const char *name;
	const char **text;
	long *number;
} options[] = {
	{ "--shop", &settings.shop, NULL },
	{ "--admin", &settings.admin, NULL },
	{ "--admin-token-file", &settings.admin_token_file, NULL },
	{ "--history", &settings.history, NULL },
	{ "--stop-file", &settings.stop_file, NULL },
	{ "--sku", &settings.sku, NULL },
	{ "--country", &settings.country, NULL },
	{ "--method", &settings.method, NULL },
	{ "--coupon", &settings.coupon, NULL },
	{ "--coupon-share", NULL, &settings.coupon_share },
	{ "--after-sale", NULL, &settings.after_sale },
	{ "--drafts", NULL, &settings.drafts },
	{ "--sku-count", NULL, &settings.sku_count },
	{ "--clients", NULL, &settings.clients },
	{ "--merchants", NULL, &settings.merchants },
	{ "--count", NULL, &settings.count },
	{ "--seconds", NULL, &settings.seconds },
	{ "--patience", NULL, &settings.patience },
	{ "--lines", NULL, &settings.lines },
	{ "--quantity", NULL, &settings.quantity },
	{ "--wait", NULL, &settings.wait },
	{ "--repeat", NULL, &settings.repeat },
	{ "--guest-every", NULL, &settings.guest_every },
	{ "--seed", NULL, &settings.seed },
};

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "checkout: %s %s\n", what, which);
	exit(2);
}

static void set_mode(const char *name)
{
	static const char *const names[] = { [CHECKOUT] = "checkout", [PLACE] = "place" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name) == 0) {
			settings.mode = (enum mode)i;
			return;
		}
	}
	fail("no such mode:", name);
}

/* tok_a:3,tok_b:1 */
static void set_tokens(char *list)
{
	char *rest = NULL, *colon;
	int n = 0;

	for (char *one = strtok_r(list, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
		colon = strrchr(one, ':');
		if (n == TOKENS_MAX)
			fail("too many tokens at", one);
		if (colon)
			*colon = '\0';
		settings.tokens[n].name = one;
		settings.tokens[n].weight = colon ? strtol(colon + 1, NULL, 10) : 1;
		settings.token_weight += settings.tokens[n++].weight;
	}
}

static void set_option(const char *name, char *value)
{
	char *end;

	if (strcmp(name, "--mode") == 0) {
		set_mode(value);
		return;
	}
	if (strcmp(name, "--tokens") == 0) {
		set_tokens(value);
		return;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		if (options[i].text) {
			*options[i].text = value;
			return;
		}
		*options[i].number = strtol(value, &end, 10);
		if (*end || end == value || *options[i].number < 0)
			fail("no number for", name);
		return;
	}
	fail("no such option:", name);
}

static void check_settings(void)
{
	static char usual[] = "tok_success";

	if (!settings.shop)
		fail("missing", "--shop");
	if (settings.merchants && !(settings.admin && settings.admin_token_file))
		fail("--merchants needs", "--admin and --admin-token-file");
	if (settings.mode == PLACE && !settings.count)
		fail("--mode place needs", "--count");
	if (!settings.clients || !settings.lines || !settings.quantity || !settings.sku_count ||
	    !settings.guest_every)
		fail("0 is too few for", "one of the numbers");
	if (!settings.token_weight)
		set_tokens(usual);
}

bool stopping(void)
{
	return settings.stop_file && access(settings.stop_file, F_OK) == 0;
}

static void start(pthread_t *thread, void *(*run)(void *), struct client *client, long number)
{
	client_init(client, number);
	client->begin_until = now() + (double)(settings.count ? 86400 : settings.seconds);
	if (pthread_create(thread, NULL, run, client) != 0)
		fail("cannot start", "a thread");
}

static void run(void)
{
	long all = settings.clients + settings.merchants;
	pthread_t *threads = calloc((size_t)all, sizeof(*threads));
	struct client *clients = calloc((size_t)all, sizeof(*clients));
	pthread_barrier_t barrier;

	if (!threads || !clients)
		abort();
	pthread_barrier_init(&barrier, NULL, (unsigned int)settings.clients + 1);
	buyers_meet_at(&barrier);
	for (long i = 0; i < all; i++)
		start(&threads[i], i < settings.clients ? buyer_run : merchant_run, &clients[i], i);
	if (settings.mode == PLACE) {
		pthread_barrier_wait(&barrier);
		stat_begin();
		pthread_barrier_wait(&barrier);
	}
	for (long i = 0; i < settings.clients; i++)
		pthread_join(threads[i], NULL);
	merchant_finish();
	for (long i = settings.clients; i < all; i++)
		pthread_join(threads[i], NULL);
	for (long i = 0; i < all; i++)
		client_done(&clients[i]);
	free(threads);
	free(clients);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			fail("no value for", argv[i]);
		set_option(argv[i], argv[i + 1]);
	}
	check_settings();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	history_open(settings.history);
	run();
	stat_print();
	history_close();
	curl_global_cleanup();
	return 0;
}
