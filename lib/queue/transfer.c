/* One exchange of a multi handle, for calls from daemons. */
#include "lib/queue/transfer.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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

/* --- mail ------------------------------------------------------------------------------------- */

static size_t give_mail(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	size_t left = transfer->mail->len - transfer->mail_sent;
	size_t len = size * count < left ? size * count : left;

	memcpy(data, transfer->mail->data + transfer->mail_sent, len);
	transfer->mail_sent += len;
	return len;
}

/* A server's replies, of which the last refusal is the interesting one: the goodbye comes after it. */
static size_t take_reply(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	size_t len = size * count;

	if (len == 0 || (*data != '4' && *data != '5'))
		return len;
	buf_clear(transfer->answer);
	return buf_add(transfer->answer, data, len) ? len : 0;
}

static void set_tls(CURL *easy, const struct transfer_mail *mail)
{
	static const long levels[] = { [TLS_REQUIRED] = CURLUSESSL_ALL,
				       [TLS_OPPORTUNISTIC] = CURLUSESSL_TRY,
				       [TLS_NONE] = CURLUSESSL_NONE };
	bool checked = mail->tls == TLS_REQUIRED;

	curl_easy_setopt(easy, CURLOPT_USE_SSL, levels[mail->tls]);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, checked ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, checked ? 2L : 0L);
	if (mail->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, mail->ca_file);
}

static void set_mail(struct transfer *transfer)
{
	const struct transfer_mail *mail = transfer->mail;
	struct curl_slist *list = curl_slist_append(NULL, mail->to);

	transfer->headers = list; /* freed with it */
	transfer->mail_sent = 0;
	curl_easy_setopt(transfer->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(transfer->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(transfer->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->len);
	curl_easy_setopt(transfer->easy, CURLOPT_READFUNCTION, give_mail);
	curl_easy_setopt(transfer->easy, CURLOPT_READDATA, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_HEADERFUNCTION, take_reply);
	curl_easy_setopt(transfer->easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_MAIL_FROM, mail->from);
	curl_easy_setopt(transfer->easy, CURLOPT_MAIL_RCPT, list);
	if (mail->user) {
		curl_easy_setopt(transfer->easy, CURLOPT_USERNAME, mail->user);
		curl_easy_setopt(transfer->easy, CURLOPT_PASSWORD, mail->password);
	}
	set_tls(transfer->easy, mail);
}

/* A reply of 4yz or 5yz is an answer though libcurl calls it a failure. */
static int mail_status(struct transfer *transfer, CURLcode code, char *why, size_t size)
{
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK)
		return status >= 200 && status < 300 ? (int)status : 250;
	if (status < 400 || status > 599)
		return 0;
	if (transfer->answer->len > 0)
		snprintf(why, size, "%.*s", (int)strcspn(transfer->answer->data, "\r\n"),
			 transfer->answer->data);
	return (int)status;
}

/* ---------------------------------------------------------------------------------------------- */

bool transfer_is_unsent(const struct transfer *transfer, CURLcode code)
{
	curl_off_t time = 0;
	long reply = 0;

	if (code == CURLE_OK)
		return false;
	curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &time);
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &reply);
	/* A refused sender or recipient comes before the transfer, and is an answer to this mail. */
	return time == 0 && !(code == CURLE_SEND_ERROR && reply >= 400 && reply <= 599);
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

/* libcurl connects to what it is given here, so this is the address itself and not a name. */
static curl_socket_t open_allowed(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = arg;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !transfer->allow(transfer->allow_arg, &address->addr)) {
		if (getnameinfo(&address->addr, address->addrlen, transfer->refused,
				sizeof(transfer->refused), NULL, 0, NI_NUMERICHOST) != 0)
			snprintf(transfer->refused, sizeof(transfer->refused), "unknown");
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_filter(struct transfer *transfer, const struct transfer_request *request)
{
	transfer->allow = request->allow;
	transfer->allow_arg = request->allow_arg;
	transfer->refused[0] = '\0';
	if (!request->allow)
		return;
	curl_easy_setopt(transfer->easy, CURLOPT_OPENSOCKETFUNCTION, open_allowed);
	curl_easy_setopt(transfer->easy, CURLOPT_OPENSOCKETDATA, transfer);
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
	set_limits(transfer->easy, request);
	transfer->mail = request->mail;
	if (request->mail) {
		set_mail(transfer);
	} else {
		set_headers(transfer, request);
		set_body(transfer->easy, request);
	}
	set_filter(transfer, request);
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
	else if (*transfer->refused)
		snprintf(why, size, "connections to %s are not allowed", transfer->refused);
	else
		snprintf(why, size, "%s",
			 *transfer->error ? transfer->error : curl_easy_strerror(code));
	if (status == 0 && transfer->mail)
		status = mail_status(transfer, code, why, size);
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
