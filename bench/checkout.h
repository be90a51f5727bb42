/*
 * A load of checkouts: clients that behave as storefronts do, and merchants that ship, cancel and
 * refund what was bought, and when they are asked to, take it back, write drafts, and record money
 * that comes by hand. Everything that was sent and answered is written down, so that a checker can
 * compare it with the databases afterwards. Shares no code with the daemons.
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
	long repeat;          /* percent of the writes that are sent more than once */
	long guest_every;     /* checkouts of one guest */
	long seed;
	const char *country, *method;
	const char *coupon; /* that every order has; NULL: none */
	long coupon_share; /* percent that have it, and mostly only while it applies; 0: every one */
	long after_sale;   /* percent of the confirmed orders that are sent back or exchanged */
	long drafts;       /* percent of the confirmed orders beside which staff write one */
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
/* As client_insist(), but sometimes with so little patience that the first answers are lost and the same
 * key comes again while the first request is still at work. */
void client_repeat(struct client *client, struct call *call, struct reply *reply, long *attempts);
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

enum timing { TIME_CHECKOUT, TIME_PLACE, TIMINGS };
void stat_time(enum timing what, double seconds);
void stat_count(const char *name, long by);
void stat_begin(void); /* measuring starts here */
void stat_print(void); /* one line of JSON */

/* --- who does something -------------------------------------------------------------------------- */

void *buyer_run(void *client);
void *merchant_run(void *client);

/* The cart of a buyer (checkout_cart.c). */
struct cart {
	char id[64], token[4096];
	json_t *order; /* the body of POST /v1/orders */
};

bool make_cart(struct client *client, struct cart *cart);
/* Lines by chance, and the order that the buyer agrees to. */
bool fill_cart(struct client *client, struct cart *cart);
const char *any_token(struct client *client); /* of --tokens, by their weights */
void any_sku(struct client *client, char sku[64]);
json_t *any_address(void);

/* With --mode place: when all carts are made, and when the clock was set. */
void buyers_meet_at(pthread_barrier_t *barrier);

/* Orders that the merchants look after: confirmed, or waiting for a transfer. `order` as the shop shows
 * it, consumed; with the key and the token that it was placed with as the members "key" and "token". */
void merchant_offer(json_t *order);
void merchant_finish(void); /* no buyer is left */
bool waits_for_transfer(const json_t *order);

/* --- what staff do (checkout_staff.c) ------------------------------------------------------------ */

struct act {
	const char *op; /* its name in the history and in the figures */
	const char *path;
	const char *about; /* the order, return or draft that it is done to */
	const char *id;    /* of what it makes, when the answer does not say: a reference */
	const char *if_match;
	json_t *body; /* consumed; NULL: none */
};

/* A write with a key of its own, written down when it is sent and when it is answered. True when the
 * shop took it. The reply is the caller's. */
bool staff_act(struct client *client, const struct act *act, struct reply *reply);
/* The same for who does not look at the answer. */
bool staff_do(struct client *client, const struct act *act);
void staff_get(struct client *client, const char *path, struct reply *reply);
/* Asks until `is_so`, at most so many seconds and not for long when all shall end: true when it is. The
 * reply is the last answer. */
bool staff_wait(struct client *client, const char *path, bool (*is_so)(const json_t *body),
		double seconds, struct reply *reply);
/* What became of an order, with the key that it was placed with. */
void staff_note(struct client *client, const char *key, const json_t *order);
bool is_manual(const json_t *order);                          /* paid by hand */
const char *text_of(const json_t *object, const char *name);  /* "" when not there */
json_int_t amount_of(const json_t *object, const char *name); /* of a money member, minor units */

/* Ships it and waits for that: false when it was not. */
bool merchant_ship(struct client *client, const json_t *order, bool all);
/* What is done to any confirmed order. */
void merchant_look_after(struct client *client, const json_t *order);

/* Money by hand (checkout_money.c): the transfer that an order waits for, false when it did not come;
 * what a shipment is worth; and that a refund was sent. */
bool take_transfer(struct client *client, const json_t *order);
void take_cash(struct client *client, const json_t *order, json_int_t amount);
void send_refund(struct client *client, const char *refund, const char *order);

/* A draft that becomes an order (checkout_draft.c), and a shipped order that comes back, for its money
 * or for something else (checkout_return.c). */
void make_draft(struct client *client);
void take_back(struct client *client, const json_t *order);

#endif
