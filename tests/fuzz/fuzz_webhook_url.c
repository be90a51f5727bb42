/*
 * URLs of webhooks: what is let through has a host that is a name or an address that may be called, and
 * neither user nor password.
 */
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "daemons/notifyd/webhook_address.h"
#include "daemons/notifyd/webhook_url.h"
#include "lib/base/mem.h"
#include "tests/fuzz/fuzz.h"

static void check(const char *text)
{
	char *host = NULL, *user = NULL;
	CURLU *url = curl_url();
	bool is_address;

	if (!url || curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK)
		abort();
	if (*host == '[') {
		memmove(host, host + 1, strlen(host));
		host[strcspn(host, "]")] = '\0';
	}
	if (!webhook_address_text_is_allowed(host, true, &is_address) && is_address)
		abort();
	curl_free(host);
	curl_url_cleanup(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_open;
	char *text scoped(scoped_free) = xstrndup((const char *)data,
						  strnlen((const char *)data, size));
	char *error = NULL;

	if (!is_open && !webhook_address_open(NULL, &error))
		abort();
	is_open = true;
	if (!webhook_url_fault(text))
		check(text);
	return 0;
}
