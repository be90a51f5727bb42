/* The daemon's own token for calls to other services. */
#include "lib/daemon/peer_token.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/fault.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/queue/transfer.h"
#include "lib/registry/registry.h"

#define CONNECT_MS    1000L
#define TIME_LIMIT_MS 3000L
#define ANSWER_MAX    ((size_t)64 << 10)
#define RENEW_MS      60000 /* before a token expires */
#define RETRY_MS      500   /* after a failure: callers must not hammer a userd that is down */
#define ADDRESSES_MAX 8

struct peer_token {
	struct service *service;
	const char *secret_file;

	pthread_mutex_t address_lock; /* for a moment only: the loop's thread takes it too */
	char addresses[ADDRESSES_MAX][128];
	char ids[ADDRESSES_MAX][64];
	unsigned int turn;

	pthread_mutex_t lock; /* held while a token is fetched: the others want the same one */
	CURLM *multi;
	struct transfer transfer;
	char *header;
	int64_t renew_ms, expires_ms, retry_ms;
	char why[160]; /* of the last failure */
};

/* Fail static: an instance that is gone keeps its row until another one needs it. */
static void on_userd(void *arg, const struct instance *instance)
{
	struct peer_token *token = arg;
	int row = 0;

	if (instance->state != INSTANCE_READY)
		return;
	pthread_mutex_lock(&token->address_lock);
	while (row < ADDRESSES_MAX && *token->ids[row] && !str_eq(token->ids[row], instance->id))
		row++;
	row = row < ADDRESSES_MAX ? row : 0;
	snprintf(token->ids[row], sizeof(token->ids[row]), "%s", instance->id);
	snprintf(token->addresses[row], sizeof(token->addresses[row]), "%s",
		 instance->direct_address);
	pthread_mutex_unlock(&token->address_lock);
}

/* The next address to try, in turn; NULL: userd was never heard of. */
static char *userd_url(struct peer_token *token)
{
	unsigned int count = 0;
	char *url = NULL;

	pthread_mutex_lock(&token->address_lock);
	while (count < ADDRESSES_MAX && *token->ids[count])
		count++;
	if (count)
		url = xasprintf("http://%s/oauth/token", token->addresses[token->turn % count]);
	pthread_mutex_unlock(&token->address_lock);
	return url;
}

struct peer_token *peer_token_open(struct service *service)
{
	struct peer_token *token = xcalloc(1, sizeof(*token));

	token->service = service;
	token->secret_file = options_str(service->options, "client_secret_file");
	pthread_mutex_init(&token->lock, NULL);
	pthread_mutex_init(&token->address_lock, NULL);
	token->multi = curl_multi_init();
	if (!token->multi)
		die("out of memory");
	registry_watch(service->registry, "userd", on_userd, token);
	return token;
}

void peer_token_close(struct peer_token *token)
{
	if (!token)
		return;
	transfer_done(&token->transfer);
	curl_multi_cleanup(token->multi);
	free(token->header);
	free(token);
}

/* The form of the request, with the secret escaped; NULL with why. */
static char *form_make(struct peer_token *token)
{
	char *secret scoped(scoped_free) = file_read_line(token->secret_file);
	char *escaped, *form;

	if (!secret) {
		snprintf(token->why, sizeof(token->why), "client_secret_file %s: %s",
			 token->secret_file, strerror(errno));
		return NULL;
	}
	escaped = curl_easy_escape(NULL, secret, 0);
	if (!escaped)
		die("out of memory");
	form = xasprintf("grant_type=client_credentials&audience=internal&client_id=%s&"
			 "client_secret=%s",
			 token->service->daemon->name, escaped);
	curl_free(escaped);
	return form;
}

/* The status; the transfer is run to its end. */
static int post(struct peer_token *token, const char *url, const char *form, struct buf *answer)
{
	const struct transfer_request request = {
		.method = "POST",
		.url = url,
		.body = form,
		.timeout_ms = TIME_LIMIT_MS,
		.connect_ms = CONNECT_MS,
		.answer_max = ANSWER_MAX,
	};
	CURLcode code = CURLE_OPERATION_TIMEDOUT;
	CURLMsg *message;
	int running = 1, left;

	transfer_start(&token->transfer, token->multi, &request, answer, token);
	while (curl_multi_perform(token->multi, &running) == CURLM_OK && running)
		curl_multi_poll(token->multi, NULL, 0, TIME_LIMIT_MS, NULL);
	while ((message = curl_multi_info_read(token->multi, &left)))
		code = message->data.result;
	return transfer_finish(&token->transfer, token->multi, code, token->why,
			       sizeof(token->why));
}

static bool take(struct peer_token *token, const struct buf *answer)
{
	const char *error;
	json_t *body scoped(scoped_json) = json_parse(answer->len ? answer->data : "", answer->len,
						      &error);
	const char *bearer = json_get_string(body, "access_token", NULL);
	int64_t life_ms = 1000 * json_get_int(body, "expires_in", 0), now = clock_mono_ms();

	if (!bearer)
		return false;
	free(token->header);
	token->header = xasprintf("Authorization: Bearer %s", bearer);
	token->expires_ms = now + life_ms;
	token->renew_ms = now + (life_ms > 2 * RENEW_MS ? life_ms - RENEW_MS : life_ms / 2);
	return true;
}

static bool fetch(struct peer_token *token)
{
	char *url scoped(scoped_free) = userd_url(token);
	char *form scoped(scoped_free) = url ? form_make(token) : NULL;
	struct buf answer = BUF_INIT(ANSWER_MAX);
	int status;
	bool ok;

	if (!url)
		snprintf(token->why, sizeof(token->why), "userd is not in the registry yet");
	if (!form)
		return false;
	snprintf(token->why, sizeof(token->why), "fault point");
	if (fault_point("call", "POST /oauth/token", "before"))
		return false;
	status = post(token, url, form, &answer);
	ok = status == 200 && take(token, &answer) &&
	     !fault_point("call", "POST /oauth/token", "after");
	if (status && !ok)
		snprintf(token->why, sizeof(token->why), "userd answered %d", status);
	buf_free(&answer);
	return ok;
}

/* A token that still lives serves when userd does not answer. */
static void renew(struct peer_token *token)
{
	int64_t now = clock_mono_ms();

	if (token->header && now < token->renew_ms)
		return;
	if (now >= token->retry_ms && !fetch(token)) {
		token->retry_ms = clock_mono_ms() + RETRY_MS;
		token->turn++;
		log_warn("no token for calls to other services: %s", token->why);
	}
	if (token->header && clock_mono_ms() >= token->expires_ms) {
		free(token->header);
		token->header = NULL;
	}
}

char *peer_token_header(struct peer_token *token, char *why, size_t size)
{
	char *header;

	if (!token->secret_file)
		return xstrdup("");
	pthread_mutex_lock(&token->lock);
	renew(token);
	header = token->header ? xstrdup(token->header) : NULL;
	if (!header)
		snprintf(why, size, "no token: %s", token->why);
	pthread_mutex_unlock(&token->lock);
	return header;
}

void peer_token_reject(struct peer_token *token, const char *header)
{
	pthread_mutex_lock(&token->lock);
	if (token->header && str_eq(token->header, header)) {
		free(token->header);
		token->header = NULL;
	}
	pthread_mutex_unlock(&token->lock);
}
