/*
 * The daemon's own token for calls to other services: client credentials (RFC 6749 section 4.4) from
 * userd's direct listener. One is used until a minute before it expires. Any thread.
 */
#ifndef ECOM_LIB_DAEMON_PEER_TOKEN_H
#define ECOM_LIB_DAEMON_PEER_TOKEN_H

#include <stddef.h>

struct peer_token;
struct service;

/* On the loop's thread: watches the registry for userd. */
struct peer_token *peer_token_open(struct service *service);
void peer_token_close(struct peer_token *token);

/* "Authorization: Bearer …", freed by the caller; "" when the daemon has no client_secret_file. NULL
 * when there is none to be had at the moment, with the reason in `why`. May block for seconds. */
char *peer_token_header(struct peer_token *token, char *why, size_t size);

/* It was answered with 401: the next call gets another, unless that happened already. */
void peer_token_reject(struct peer_token *token, const char *header);

#endif
