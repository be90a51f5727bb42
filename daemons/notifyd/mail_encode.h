/* Encodings of mail: RFC 2045 quoted-printable, RFC 2047 words, RFC 5322 dates. */
#ifndef ECOM_DAEMONS_NOTIFYD_MAIL_ENCODE_H
#define ECOM_DAEMONS_NOTIFYD_MAIL_ENCODE_H

#include <stdint.h>

#include "lib/base/buf.h"

/* Text with LF line ends as quoted-printable with CRLF, ending with a line end. */
void mail_encode_body(struct buf *out, const char *text);

/* UTF-8 text as the value of a header: as it is, or as encoded words on lines of at most 76. `used`
 * octets of the first line are taken already. */
void mail_encode_words(struct buf *out, const char *text, size_t used);

/* "Mon, 23 Nov 2026 00:05:00 +0000" */
void mail_encode_date(struct buf *out, int64_t unix_s);

#endif
