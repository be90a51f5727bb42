/*
 * A load of checkouts: clients that behave as storefronts do, and merchants that ship, cancel and
 * refund what was bought. Everything that was sent and answered is written down, so that a checker
 * can compare it with the databases afterwards. Shares no code with the daemons.
 */
#ifndef ECOM_BENCH_CHECKOUT_H
#define ECOM_BENCH_CHECKOUT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <curl/curl.h>
#include <jansson.h>

enum mode {
	CHECKOUT, /* guest, cart, lines, order, outcome: all of it is measured */
	PLACE,    /* the carts are made first; measured from the order to its outcome */
	ADD,      /* lines into carts, nothing else */
};

#define TOKENS_MAX 32

struct settings {
	enum mode mode;
	const char *shop, *admin; /* base URLs */
	const char *admin_token_file;
	const char *history;   /* file; NULL: none */
	const char *sku;       /* prefix of the SKUs */
	const char *stop_file; /* when it exists, nothing new is begun */
	long sku_count;        /* SKUs are <prefix>1 ... <prefix>N */
	long clients, merchants;
	long count;           /* checkouts in all; 0: until .seconds are over */
	long seconds;         /* of beginning checkouts */
	long patience;        /* seconds that a client goes on asking about what it began */
	long lines, quantity; /* at most, per cart and line */
	long wait;            /* Prefer: wait=N; 0: without */
	long repeat;          /* percent of the orders that are posted more than once */
	long guest_every;     /* checkouts of one guest */
	long seed;
	const char *country, *method;
	const char *coupon; /* that every order has; NULL: none */
	struct {
		const char *name;
		long weight;
	} tokens[TOKENS_MAX];
	long token_weight;
};

extern struct settings settings;

/* --- requests (checkout_http.c) ------------------------------------------------------------------ */

struct client {
	CURL *curl;
	long number;
	uint64_t random;
	char guest[4096], owner[64], email[64];
	char *body;
	size_t body_len;
	char location[256], etag[64];
	long retry_after;
	bool replayed;
	double begin_until; /* nothing is begun afterwards */
	double until;       /* when it gives up what it began */
};

struct reply {
	long status; /* 0: no answer */
	json_t *body;
	char location[256], etag[64];
	bool replayed;
};

struct call {
	const char *method, *base, *path;
	const char *token, *key;
	const char *if_match;
	const json_t *body;
	long wait;       /* Prefer */
	long timeout_ms; /* 0: 40 s */
};

void client_init(struct client *client, long number);
void client_done(struct client *client);
/* One request. The reply's body is the caller's: reply_done(). */
void client_call(struct client *client, const struct call *call, struct reply *reply);
/* Repeats it until there is an answer other than 408, 425, 429 and 5xx, or the client gives up:
 * status 0 then. Adds the number of requests that were sent to *attempts when not NULL. */
void client_insist(struct client *client, const struct call *call, struct reply *reply,
		   long *attempts);
void reply_done(struct reply *reply);
const char *reply_text(const struct reply *reply, const char *name); /* "" when not there */

/* The token lives for minutes; whoever started us renews the file. */
void read_admin_token(char *out, size_t size);

uint64_t client_random(struct client *client, uint64_t below);
void client_key(struct client *client, char key[37]); /* a fresh idempotency key */
double now(void);                                     /* seconds, monotonic */
void pause_ms(long ms);
bool stopping(void); /* begin nothing new */

/* --- what is remembered (checkout_history.c) ----------------------------------------------------- */

/* One line of the history: `value` is consumed. */
void history_write(const struct client *client, const char *type, const char *op, const char *key,
		   json_t *value);
void history_open(const char *path);
void history_close(void);

enum timing { TIME_CHECKOUT, TIME_PLACE, TIME_ADD, TIMINGS };
void stat_time(enum timing what, double seconds);
void stat_count(const char *name, long by);
void stat_begin(void); /* measuring starts here */
void stat_print(void); /* one line of JSON */

/* --- who does something -------------------------------------------------------------------------- */

void *buyer_run(void *client);
void *merchant_run(void *client);

/* With --mode place: when all carts are made, and when the clock was set. */
void buyers_meet_at(pthread_barrier_t *barrier);

/* Confirmed orders that the merchants look after; `order` as the shop shows it, consumed. */
void merchant_offer(json_t *order);
void merchant_finish(void); /* no buyer is left */

#endif
