/* From a response to an answer: JSON, problem documents (RFC 9457), failures to connect. */
#include "lib/client/answer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/json.h"
#include "lib/base/str.h"

enum { RETRY_AFTER_MOST = 3600 };

void api_answer_free(struct api_answer *answer)
{
	json_decref(answer->body);
	free(answer->text);
	free(answer->headers);
	free(answer->etag);
	free(answer->request_id);
	free(answer->code);
	free(answer->title);
	free(answer->detail);
	free(answer->hint);
	*answer = (struct api_answer){ 0 };
}

void answer_fail(struct api_answer *answer, enum api_failure failure, const char *format, ...)
{
	va_list args;
	char *detail;

	va_start(args, format);
	detail = xvasprintf(format, args);
	va_end(args);
	api_answer_free(answer);
	answer->failure = failure;
	answer->detail = detail;
}

char *answer_header(const char *headers, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = headers; line && *line; line = strchr(line, '\n')) {
		const char *value;

		line += *line == '\n';
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		value = line + len + 1;
		value += strspn(value, " \t");
		return xstrndup(value, strcspn(value, "\r\n"));
	}
	return NULL;
}

static char *member(const json_t *body, const char *name)
{
	const char *value = json_get_string(body, name, NULL);

	return value ? xstrdup(value) : NULL;
}

/* The code is a member of its own; a foreign server has it as the end of the type at best. */
static char *code_of(const json_t *body)
{
	const char *type = json_get_string(body, "type", NULL), *slash;

	if (json_get_string(body, "code", NULL))
		return member(body, "code");
	slash = type ? strrchr(type, '/') : NULL;
	return slash && slash[1] ? xstrdup(slash + 1) : NULL;
}

static bool is_retryable(int status)
{
	return status == 408 || status == 429 || (status >= 502 && status <= 504);
}

static void take_problem(struct api_answer *answer, const char *url)
{
	answer->failure = API_PROBLEM;
	answer->code = code_of(answer->body);
	answer->title = member(answer->body, "title");
	answer->detail = member(answer->body, "detail");
	answer->hint = member(answer->body, "hint");
	answer->retryable = is_retryable(answer->status);
	if (!answer->detail && answer->title)
		answer->detail = xstrdup(answer->title);
	if (!answer->detail)
		answer->detail = xasprintf("%s answered with status %d", url, answer->status);
	if (!answer->request_id)
		answer->request_id = member(answer->body, "request_id");
}

static void take_unreachable(struct api_answer *answer, const struct http_response *response,
			     const char *url)
{
	answer->failure = API_UNREACHABLE;
	answer->retryable = response->result != HTTP_IMPOSSIBLE;
	answer->detail = xasprintf(response->result == HTTP_TIMED_OUT  ? "no answer from %s: %s"
				   : response->result == HTTP_NOT_SENT ? "cannot reach %s: %s"
								       : "%s: %s",
				   url, response->error);
}

static void take_headers(struct api_answer *answer)
{
	char *retry scoped(scoped_free) = answer_header(answer->headers, "Retry-After");

	answer->etag = answer_header(answer->headers, "ETag");
	answer->request_id = answer_header(answer->headers, "X-Request-Id");
	if (retry)
		str_to_int(retry, 0, RETRY_AFTER_MOST, &answer->retry_after);
}

void answer_take(struct api_answer *answer, struct http_response *response, const char *url)
{
	char *type scoped(scoped_free) = NULL;
	const char *error = NULL;

	*answer = (struct api_answer){ .status = response->status };
	if (response->result != HTTP_DONE) {
		take_unreachable(answer, response, url);
		return;
	}
	answer->len = response->body.len;
	answer->text = buf_steal(&response->body);
	answer->headers = buf_steal(&response->headers);
	take_headers(answer);
	type = answer_header(answer->headers, "Content-Type");
	if (type && strstr(type, "json") && !strstr(type, "ndjson") && answer->len)
		answer->body = json_parse(answer->text, answer->len, &error);
	if (answer->status >= 400)
		take_problem(answer, url);
	else if (error && !answer->body)
		answer_fail(answer, API_LOCAL, "%s sent JSON that cannot be read: %s", url, error);
}
