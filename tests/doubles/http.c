/*
 * A server on the other side of calls, which does what the path says:
 *
 *	/status/NUMBER   answers with that status        /slow/MS     answers late
 *	/drop            closes without an answer        /big/BYTES   a long answer
 *	/first401        401 until another Authorization than the first one comes
 *	/second          answers from the second request on, the first one never
 *	/redirect        302 to /moved                   any other    200
 *
 * A body is {"method","path","key","authorization","body"} of the request. Usage: http-double FILE; the
 * address goes into FILE. Each request is a line on stdout: "METHOD PATH KEY RUNNING", where RUNNING
 * is how many of those that had come were not being answered yet.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <microhttpd.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int running, seconds;
static char *first_authorization;

struct exchange {
	struct buf body;
	bool ended;
};

static const char *header(struct MHD_Connection *connection, const char *name)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

	return value ? value : "";
}

static long number_after(const char *path, const char *prefix)
{
	return str_has_prefix(path, prefix) ? strtol(path + strlen(prefix), NULL, 10) : 0;
}

static unsigned int status_for(const char *path, const char *authorization)
{
	bool first;

	if (str_has_prefix(path, "/status/"))
		return (unsigned int)number_after(path, "/status/");
	if (str_eq(path, "/redirect"))
		return 302;
	if (!str_eq(path, "/first401"))
		return 200;
	pthread_mutex_lock(&lock);
	if (!first_authorization)
		first_authorization = xstrdup(authorization);
	first = str_eq(first_authorization, authorization);
	pthread_mutex_unlock(&lock);
	return first ? 401 : 200;
}

static struct MHD_Response *response_make(struct MHD_Connection *connection, const char *method,
					  const char *path, const struct buf *body)
{
	size_t big = (size_t)number_after(path, "/big/");
	struct MHD_Response *response;
	json_t *answer;
	char *text;

	if (big) {
		text = xmalloc(big);
		memset(text, 'x', big);
		return MHD_create_response_from_buffer(big, text, MHD_RESPMEM_MUST_FREE);
	}
	answer = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "method", method, "path", path,
			   "key", header(connection, "Idempotency-Key"), "authorization",
			   header(connection, "Authorization"), "body", body->len ? body->data : "",
			   "code", "double", "title", "What the path asked for");
	text = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(response, "Content-Type", "application/json");
	MHD_add_response_header(response, "Location", "/moved");
	return response;
}

static void tell(struct MHD_Connection *connection, const char *method, const char *path)
{
	pthread_mutex_lock(&lock);
	printf("%s %s %s %d\n", method, path, header(connection, "Idempotency-Key"), ++running);
	fflush(stdout);
	pthread_mutex_unlock(&lock);
}

/* Before the answer: who has it may ask for more at once. */
static void end(struct exchange *exchange)
{
	pthread_mutex_lock(&lock);
	running -= !exchange->ended;
	exchange->ended = true;
	pthread_mutex_unlock(&lock);
}

static bool is_first(void)
{
	bool first;

	pthread_mutex_lock(&lock);
	first = seconds++ == 0;
	pthread_mutex_unlock(&lock);
	return first;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **state)
{
	struct exchange *exchange = *state;
	long late_ms = number_after(path, "/slow/");
	struct MHD_Response *response;
	enum MHD_Result result;

	(void)cls;
	(void)version;
	if (!exchange) {
		*state = xcalloc(1, sizeof(*exchange));
		tell(connection, method, path);
		return MHD_YES;
	}
	if (*size) {
		buf_add(&exchange->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (late_ms)
		sleep_ms(late_ms);
	while (str_eq(path, "/second") && is_first())
		sleep_ms(1000000);
	end(exchange);
	if (str_eq(path, "/drop"))
		return MHD_NO;
	response = response_make(connection, method, path, &exchange->body);
	result = MHD_queue_response(
		connection, status_for(path, header(connection, "Authorization")), response);
	MHD_destroy_response(response);
	return result;
}

static void completed(void *cls, struct MHD_Connection *connection, void **state,
		      enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *state;

	(void)cls;
	(void)connection;
	(void)code;
	if (!exchange)
		return;
	end(exchange);
	buf_free(&exchange->body);
	free(exchange);
}

int main(int argc, char **argv)
{
	struct MHD_Daemon *daemon;
	char *temporary;
	FILE *file;

	if (argc != 2)
		return 2;
	daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD,
				  0, NULL, NULL, answer, NULL, MHD_OPTION_NOTIFY_COMPLETED,
				  completed, NULL, MHD_OPTION_END);
	if (!daemon)
		return 1;
	temporary = xasprintf("%s.new", argv[1]);
	file = fopen(temporary, "w");
	if (!file)
		return 1;
	fprintf(file, "127.0.0.1:%d\n",
		MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fclose(file);
	if (rename(temporary, argv[1]) != 0)
		return 1;
	free(temporary);
	for (;;)
		nanosleep(&(struct timespec){ .tv_sec = 1000 }, NULL);
}
