/* URLs of webhooks. */
#include "daemons/notifyd/webhook_url.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "daemons/notifyd/webhook_address.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static void scoped_url(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void scoped_part(char **part)
{
	curl_free(*part);
}

static bool has_part(CURLU *url, CURLUPart part)
{
	char *text scoped(scoped_part) = NULL;

	return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

/* Names of other scripts are written as punycode (RFC 3492), so that everybody sees the same. */
static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~' || *text == '\\')
			return false;
	}
	return true;
}

static const char *host_fault(const char *host, bool tls)
{
	char *bare scoped(scoped_free) = xstrdup(*host == '[' ? host + 1 : host);
	bool is_address;

	bare[strcspn(bare, "]")] = '\0';
	if (webhook_address_text_is_allowed(bare, tls, &is_address) || !is_address)
		return NULL;
	return "its address is not allowed (webhook_allow)";
}

static const char *parts_fault(CURLU *url)
{
	char *scheme scoped(scoped_part) = NULL, *host scoped(scoped_part) = NULL;
	bool tls;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK || !*host)
		return "it has no host";
	tls = str_eq(scheme, "https");
	if (!tls && !str_eq(scheme, "http"))
		return "it begins with https://";
	if (!tls && !webhook_address_has_allowed())
		return "https is needed (http only to addresses of webhook_allow)";
	if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD) ||
	    has_part(url, CURLUPART_OPTIONS))
		return "it has a user or a password";
	if (has_part(url, CURLUPART_FRAGMENT) || has_part(url, CURLUPART_ZONEID))
		return "it has a fragment or a zone";
	return host_fault(host, tls);
}

const char *webhook_url_fault(const char *text)
{
	CURLU *url scoped(scoped_url) = NULL;

	if (strlen(text) > WEBHOOK_URL_MAX)
		return "it is longer than 2000 bytes";
	if (!is_printable(text))
		return "it has characters that are not allowed in URLs";
	url = curl_url();
	if (!url)
		die("out of memory");
	if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return "it cannot be read as https://HOST/...";
	return parts_fault(url);
}

bool webhook_url_is_tls(const char *url)
{
	return strncasecmp(url, "https:", 6) == 0;
}
