/* Clients that the installation made: a folder with a file per client. */
#ifndef ECOM_DAEMONS_USERD_BOOTSTRAP_H
#define ECOM_DAEMONS_USERD_BOOTSTRAP_H

#include <stdbool.h>

struct session;

/*
 * Stores the clients of the folder `bootstrap_clients` when it is set and has changed since the last
 * call: a file's name is the client's id, its first line the secret. `admin` is an administrator of
 * the shop, every other one a service behind the gateway. False: try again later, *why says why.
 */
bool bootstrap_clients(struct session *db, const char **why);

#endif
