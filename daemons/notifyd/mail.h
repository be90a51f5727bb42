/*
 * A notification as a mail: RFC 5322 headers and a multipart/alternative body in quoted-printable. The
 * same notification is the same bytes each time, date, Message-ID and boundary included: a mail that
 * was sent twice can be told by its Message-ID. (libcurl's mime functions choose a boundary anew.)
 */
#ifndef ECOM_DAEMONS_NOTIFYD_MAIL_H
#define ECOM_DAEMONS_NOTIFYD_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAIL_ADDRESS_MAX 254 /* octets (RFC 5321, section 4.5.3.1.3 less the brackets) */

struct mail {
	const char *id;        /* of the notification; with domain the Message-ID */
	const char *domain;    /* our side of the Message-ID */
	const char *from, *to; /* addresses */
	const char *from_name; /* NULL: none */
	const char *reply_to;  /* an address; NULL: none */
	const char *subject, *text;
	const char *html;        /* NULL: text alone */
	const char *unsubscribe; /* the https address of a page (RFC 2369); NULL: none */
	int64_t date_s;          /* Unix time */
};

/*
 * An address that we can send to: local@domain in printable ASCII without quotes, spaces, commas and
 * brackets, so that none can begin another header, command or recipient. NULL is not one.
 */
bool mail_address_is_valid(const char *address);

/* The bytes with CRLF line ends, at most 998 octets a line; freed by the caller. NULL with *why, a
 * constant: an address is none, or a header would hold a control character. */
char *mail_build(const struct mail *mail, size_t *len, const char **why);

#endif
