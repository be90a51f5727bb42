/* One HTTP exchange of a multi handle, for calls from daemons. */
#include "lib/queue/transfer.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
	return buf_add(arg, data, size * count) ? size * count : 0;
}

static void set_headers(struct transfer *transfer, const struct transfer_request *request)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < request->nheaders && request->headers[i]; i++)
		list = curl_slist_append(list, request->headers[i]);
	/* Waiting for 100 Continue costs a round trip. */
	list = curl_slist_append(list, "Expect:");
	if (!request->body) /* libcurl would call an empty body a form */
		list = curl_slist_append(list, "Content-Type:");
	transfer->headers = list;
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, list);
}

/* Those methods have a body, an empty one if need be; then its length is sent. */
static void set_body(CURL *easy, const struct transfer_request *request)
{
	if (request->body || str_eq(request->method, "POST") || str_eq(request->method, "PUT")) {
		const char *body = request->body ? request->body : "";

		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
	}
	if (request->body || !str_eq(request->method, "GET"))
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_limits(CURL *easy, const struct transfer_request *request)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, request->connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
}

void transfer_start(struct transfer *transfer, CURLM *multi, const struct transfer_request *request,
		    struct buf *answer, void *arg)
{
	if (!transfer->easy)
		transfer->easy = curl_easy_init();
	if (!transfer->easy)
		die("out of memory");
	buf_clear(answer);
	answer->max = request->answer_max;
	answer->overflow = false;
	transfer->answer = answer;
	transfer->error[0] = '\0';
	curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, arg);
	set_headers(transfer, request);
	set_body(transfer->easy, request);
	set_limits(transfer->easy, request);
	curl_multi_add_handle(multi, transfer->easy);
}

void *transfer_arg(CURL *easy)
{
	void *arg = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &arg);
	return arg;
}

int transfer_finish(struct transfer *transfer, CURLM *multi, CURLcode code, char *why, size_t size)
{
	long status = 0;

	if (code == CURLE_OK)
		curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	else if (transfer->answer->overflow)
		snprintf(why, size, "the answer is longer than %zu bytes", transfer->answer->max);
	else
		snprintf(why, size, "%s",
			 *transfer->error ? transfer->error : curl_easy_strerror(code));
	if (status == 0)
		buf_clear(transfer->answer);
	curl_multi_remove_handle(multi, transfer->easy);
	curl_easy_reset(transfer->easy); /* its connection stays with the multi handle */
	curl_slist_free_all(transfer->headers);
	transfer->headers = NULL;
	return (int)status;
}

void transfer_done(struct transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	*transfer = (struct transfer){ 0 };
}
