/* What the files of the noun webhook share. */
#ifndef ECOM_ECOMCTL_COMMANDS_WEBHOOK_H
#define ECOM_ECOMCTL_COMMANDS_WEBHOOK_H

#include "ecomctl/command.h"

enum exit_code webhook_create(struct cli *cli);
enum exit_code webhook_update(struct cli *cli);
enum exit_code webhook_delete(struct cli *cli);
enum exit_code webhook_rotate(struct cli *cli);
enum exit_code webhook_test(struct cli *cli);
enum exit_code webhook_delivery(struct cli *cli);
enum exit_code webhook_resend(struct cli *cli);
enum exit_code webhook_replay(struct cli *cli);
enum exit_code webhook_tail(struct cli *cli);
enum exit_code webhook_forward(struct cli *cli);

/* --NAME "orders.>,carts.cart.abandoned" or with spaces, as a JSON array; NULL: not given. */
json_t *webhook_patterns(const struct cli *cli, const char *flag);

/* A feed of the API, followed by its positions. */
struct webhook_feed {
	struct cli *cli;
	char *path;     /* with everything but the position; freed by webhook_feed_done() */
	char *position; /* NULL: none yet */
	bool away;      /* told that it does not answer */
	bool gap;       /* the last answer said that something may be missing before it */
};

/*
 * What came since the position, and the position after it is set by webhook_feed_took(), when it has been dealt
 * with. NULL: the shop does not answer at the moment (told once, and once when it does again), or a failure was
 * recorded. The caller frees.
 */
json_t *webhook_feed_next(struct webhook_feed *feed);
void webhook_feed_took(struct webhook_feed *feed, const json_t *answer);
void webhook_feed_done(struct webhook_feed *feed);

#endif
