/*
 * One HTTP exchange of a multi handle, for calls from daemons: no proxy, no redirects, http and
 * https only, an answer of limited length. Or one mail to one recipient by SMTP, on connections that
 * are used again.
 */
#ifndef ECOM_LIB_QUEUE_TRANSFER_H
#define ECOM_LIB_QUEUE_TRANSFER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "lib/base/buf.h"

/* Whether a connection may be made to this address; called with each that the name resolves to, right
 * before it is connected to, so that no later answer of a name server can change it. */
typedef bool transfer_allow_fn(void *arg, const struct sockaddr *address);

enum transfer_tls {
	TLS_REQUIRED,      /* nothing is sent without it, and the certificate must be good */
	TLS_OPPORTUNISTIC, /* used when the server offers it, with any certificate */
	TLS_NONE,
};

/* For a URL smtp://HOST:PORT/OUR-NAME or smtps://. */
struct transfer_mail {
	const char *from, *to; /* addresses without control characters */
	const char *data;      /* the message with CRLF line ends (RFC 5321) */
	size_t len;
	const char *user, *password; /* NULL: no authentication */
	enum transfer_tls tls;
	const char *ca_file; /* certificates to trust instead of the system's; NULL */
};

struct transfer_request {
	const char *method, *url, *body; /* body NULL: none; kept by the caller until done */
	const char *const *headers;      /* "Name: value", as many as nheaders or until a NULL */
	size_t nheaders;
	long timeout_ms, connect_ms;
	size_t answer_max;                /* bytes; a longer one counts as none */
	transfer_allow_fn *allow;         /* NULL: any address */
	void *allow_arg;                  /* lives until done */
	const struct transfer_mail *mail; /* NULL: HTTP; else what is sent instead of a body */
};

/* Zeroed at first; used again and again, so that its handle is made once. */
struct transfer {
	CURL *easy;
	struct curl_slist *headers;
	struct buf *answer;
	const struct transfer_mail *mail;
	size_t mail_sent;
	transfer_allow_fn *allow;
	void *allow_arg;
	char refused[INET6_ADDRSTRLEN]; /* the address that .allow did not */
	char error[CURL_ERROR_SIZE];
};

/* `arg` is what transfer_arg() tells of the handle later. The answer goes to a buf of the caller. */
void transfer_start(struct transfer *transfer, CURLM *multi, const struct transfer_request *request,
		    struct buf *answer, void *arg);
void *transfer_arg(CURL *easy);

/* Takes it out of the multi handle, finished or not. The status; 0 when there was no whole answer,
 * with the reason for people in `why`. Of a mail: the server's last reply, 250 or a 4yz or 5yz with
 * its text in `why`. */
int transfer_finish(struct transfer *transfer, CURLM *multi, CURLcode code, char *why, size_t size);

/* Before transfer_finish(): true when it never came to sending: nobody there, no TLS, no login. */
bool transfer_is_unsent(const struct transfer *transfer, CURLcode code);

void transfer_done(struct transfer *transfer); /* frees the handle */

#endif
