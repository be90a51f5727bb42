/* Calls to other services. */
#include "lib/daemon/peers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/fault.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/base/uuid.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/peer_token.h"
#include "lib/queue/transfer.h"

#define CONNECT_MS       1000L
#define ANSWER_MAX       ((size_t)8 << 20)
#define CALLS_MAX        8 /* at once, of one peers_call_all() */
#define LINES_MAX        16
#define CONNECTIONS_MOST 8L /* that a line keeps open */

const struct option peers_options[] = {
	{ "internal_url", OPTION_STRING, NULL,
	  .help = "The gateway's internal frontend, http://127.0.0.1:8082" },
	{ "client_secret_file", OPTION_STRING, NULL,
	  .help = "File with the secret of this daemon's client, to get tokens with" },
	{ "peer_timeout", OPTION_DURATION, "5s", 100, 60000,
	  "Time limit of a call to another service" },
	{ 0 },
};

/* What one thread calls with at a time; its connections stay open for the next one. */
struct line {
	CURLM *multi;
	struct transfer transfers[CALLS_MAX];
	struct line *next;
};

struct peers {
	const char *url;
	long timeout_ms;
	struct peer_token *token;
	pthread_mutex_t lock;
	struct line *idle;
	int nidle;
};

/* A call on its way. */
struct attempt {
	struct peer_call *call;
	struct buf answer;
	char *url, *body;
	CURLcode code;
};

struct peers *peers_open(struct service *service)
{
	struct peers *peers = xcalloc(1, sizeof(*peers));

	peers->url = options_str(service->options, "internal_url");
	peers->timeout_ms = (long)options_int(service->options, "peer_timeout");
	peers->token = peer_token_open(service);
	pthread_mutex_init(&peers->lock, NULL);
	if (!peers->url)
		log_warn("internal_url is not set: calls to other services will fail");
	return peers;
}

static void line_free(struct line *line)
{
	for (size_t i = 0; i < CALLS_MAX; i++)
		transfer_done(&line->transfers[i]);
	curl_multi_cleanup(line->multi);
	free(line);
}

void peers_close(struct peers *peers)
{
	if (!peers)
		return;
	while (peers->idle) {
		struct line *line = peers->idle;

		peers->idle = line->next;
		line_free(line);
	}
	peer_token_close(peers->token);
	free(peers);
}

static struct line *line_take(struct peers *peers)
{
	struct line *line;

	pthread_mutex_lock(&peers->lock);
	line = peers->idle;
	if (line) {
		peers->idle = line->next;
		peers->nidle--;
	}
	pthread_mutex_unlock(&peers->lock);
	if (line)
		return line;
	line = xcalloc(1, sizeof(*line));
	line->multi = curl_multi_init();
	if (!line->multi)
		die("out of memory");
	curl_multi_setopt(line->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_MOST);
	return line;
}

static void line_give(struct peers *peers, struct line *line)
{
	bool keep;

	pthread_mutex_lock(&peers->lock);
	keep = peers->nidle < LINES_MAX;
	if (keep) {
		line->next = peers->idle;
		peers->idle = line;
		peers->nidle++;
	}
	pthread_mutex_unlock(&peers->lock);
	if (!keep)
		line_free(line);
}

/* "PUT /v1/holds/{id}": the same for every order. */
static bool fault_at(const struct peer_call *call, const char *place)
{
	char name[160], *out = name;
	const char *path = call->path;

	if (!fault_armed)
		return false;
	out += snprintf(name, 16, "%s ", method_name(call->method));
	while (*path && *path != '?' && out < name + sizeof(name) - 8) {
		char id[UUID_SIZE] = "";

		snprintf(id, sizeof(id), "%s", path[0] == '/' ? path + 1 : "");
		if (uuid_is_valid(id)) {
			out = stpcpy(out, "/{id}");
			path += UUID_SIZE;
		} else {
			*out++ = *path++;
		}
	}
	*out = '\0';
	return fault_point("call", name, place);
}

static void start(struct peers *peers, struct line *line, struct attempt *attempt, int index,
		  const char *authorization)
{
	struct peer_call *call = attempt->call;
	char *request_id scoped(scoped_free) =
		log_request() ? xasprintf("X-Request-Id: %s", log_request()) : NULL;
	const char *headers[4] = { "Content-Type: application/json" };
	size_t nheaders = 1;

	if (request_id)
		headers[nheaders++] = request_id;
	if (*authorization)
		headers[nheaders++] = authorization;
	*attempt = (struct attempt){
		.call = call,
		.answer = BUF_INIT(ANSWER_MAX),
		.url = xasprintf("%s%s", peers->url, call->path),
		.body = call->body ? json_text(call->body) : NULL,
		.code = CURLE_OPERATION_TIMEDOUT,
	};
	transfer_start(&line->transfers[index], line->multi,
		       &(struct transfer_request){
			       .method = method_name(call->method),
			       .url = attempt->url,
			       .body = attempt->body,
			       .headers = headers,
			       .nheaders = nheaders,
			       .timeout_ms = peers->timeout_ms,
			       .connect_ms = CONNECT_MS,
			       .answer_max = ANSWER_MAX,
		       },
		       &attempt->answer, attempt);
}

/* Until all have ended: each has its own time limit. */
static void perform(struct peers *peers, struct line *line)
{
	CURLMsg *message;
	int running = 1, left;

	while (curl_multi_perform(line->multi, &running) == CURLM_OK && running)
		curl_multi_poll(line->multi, NULL, 0, (int)peers->timeout_ms, NULL);
	while ((message = curl_multi_info_read(line->multi, &left))) {
		struct attempt *attempt = transfer_arg(message->easy_handle);

		if (message->msg == CURLMSG_DONE)
			attempt->code = message->data.result;
	}
}

static void explain(struct peer_answer *answer)
{
	if (answer->status >= 200 && answer->status < 300)
		return;
	snprintf(answer->why, sizeof(answer->why), "%d %s: %s", answer->status,
		 json_get_string(answer->body, "code", "?"),
		 json_get_string(answer->body, "title", "no problem document"));
}

static void finish(struct line *line, struct attempt *attempt, int index)
{
	struct peer_answer *answer = &attempt->call->answer;
	const char *error;

	answer->status = transfer_finish(&line->transfers[index], line->multi, attempt->code,
					 answer->why, sizeof(answer->why));
	if (fault_at(attempt->call, "after")) {
		answer->status = 0;
		snprintf(answer->why, sizeof(answer->why), "fault point");
	}
	if (answer->status && attempt->answer.len)
		answer->body = json_parse(attempt->answer.data, attempt->answer.len, &error);
	if (answer->status)
		explain(answer);
	buf_free(&attempt->answer);
	free(attempt->url);
	free(attempt->body);
}

/* One round of calls, at most CALLS_MAX. */
static void round_of(struct peers *peers, struct line *line, struct peer_call *const *calls,
		     size_t count, const char *authorization)
{
	struct attempt attempts[CALLS_MAX];

	for (size_t i = 0; i < count; i++) {
		attempts[i].call = calls[i];
		start(peers, line, &attempts[i], (int)i, authorization);
	}
	perform(peers, line);
	for (size_t i = 0; i < count; i++)
		finish(line, &attempts[i], (int)i);
}

static void refuse(struct peer_call *const *calls, size_t count, const char *why)
{
	for (size_t i = 0; i < count; i++)
		snprintf(calls[i]->answer.why, sizeof(calls[i]->answer.why), "%s", why);
}

/* Makes the calls of the list; takes those off it that need not be made again with another token. */
static size_t call_listed(struct peers *peers, struct line *line, struct peer_call **calls,
			  size_t count)
{
	char why[160] = "";
	char *authorization scoped(scoped_free) = peer_token_header(peers->token, why, sizeof(why));
	size_t again = 0;

	if (!authorization) {
		refuse(calls, count, why);
		return 0;
	}
	round_of(peers, line, calls, count, authorization);
	for (size_t i = 0; i < count; i++) {
		if (calls[i]->answer.status == 401)
			calls[again++] = calls[i];
	}
	if (again)
		peer_token_reject(peers->token, authorization);
	return again;
}

static void call_some(struct peers *peers, struct peer_call *calls, size_t count)
{
	struct peer_call *list[CALLS_MAX];
	struct line *line;
	size_t listed = 0, again;

	for (size_t i = 0; i < count; i++) {
		calls[i].answer = (struct peer_answer){ 0 };
		if (fault_at(&calls[i], "before"))
			refuse(&(struct peer_call *){ &calls[i] }, 1, "fault point");
		else
			list[listed++] = &calls[i];
	}
	if (!peers->url) {
		refuse(list, listed, "internal_url is not set");
		return;
	}
	if (!listed)
		return;
	line = line_take(peers);
	again = call_listed(peers, line, list, listed);
	for (size_t i = 0; i < again; i++)
		peer_answer_done(&list[i]->answer);
	if (again)
		call_listed(peers, line, list, again);
	line_give(peers, line);
}

void peers_call_all(struct peers *peers, struct peer_call *calls, size_t count)
{
	while (count) {
		size_t some = count < CALLS_MAX ? count : CALLS_MAX;

		call_some(peers, calls, some);
		calls += some;
		count -= some;
	}
}

void peers_call(struct peers *peers, enum method method, const char *path, const json_t *body,
		struct peer_answer *answer)
{
	struct peer_call call = { .method = method, .path = path, .body = body };

	peers_call_all(peers, &call, 1);
	*answer = call.answer;
}

void peer_answer_done(struct peer_answer *answer)
{
	json_decref(answer->body);
	*answer = (struct peer_answer){ 0 };
}
