/* Requests of a client: one connection, retries with the same key, nothing hidden. */
#include "bench/checkout.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void pause_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* splitmix64: the same choices for the same seed. */
uint64_t client_random(struct client *client, uint64_t below)
{
	uint64_t z = client->random += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (z ^ (z >> 31)) % below;
}

/* Keys are never the same, whatever the seed: the shop may have seen another run. */
void client_key(struct client *client, char key[37])
{
	unsigned char b[16];

	(void)client;
	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		abort();
	snprintf(key, 37, "%02x%02x%02x%02x-%02x%02x-4%1x%02x-8%1x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6] & 15, b[7], b[8] & 15, b[9], b[10], b[11],
		 b[12], b[13], b[14], b[15]);
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct client *client = arg;
	char *grown = realloc(client->body, client->body_len + size * count + 1);

	if (!grown)
		return 0;
	client->body = grown;
	memcpy(grown + client->body_len, data, size * count);
	client->body_len += size * count;
	grown[client->body_len] = '\0';
	return size * count;
}

/* The value of a header line when it has this name, else NULL. */
static const char *header_value(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len <= n + 1 || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	return line + n + 1 + (line[n + 1] == ' ');
}

static void take_header(char *out, size_t size, const char *line, size_t len, const char *name)
{
	const char *value = header_value(line, len, name);
	size_t n;

	if (!value)
		return;
	n = len - (size_t)(value - line);
	while (n && (value[n - 1] == '\r' || value[n - 1] == '\n'))
		n--;
	if (n >= size)
		n = size - 1;
	memcpy(out, value, n);
	out[n] = '\0';
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
	struct client *client = arg;
	size_t len = size * count;
	char text[32] = "";

	take_header(client->location, sizeof(client->location), line, len, "location");
	take_header(client->etag, sizeof(client->etag), line, len, "etag");
	take_header(text, sizeof(text), line, len, "retry-after");
	if (text[0])
		client->retry_after = strtol(text, NULL, 10);
	if (header_value(line, len, "idempotent-replayed"))
		client->replayed = true;
	return len;
}

void client_init(struct client *client, long number)
{
	*client = (struct client){ .number = number };
	client->random = (uint64_t)settings.seed * 1000003U + (uint64_t)number;
	client->curl = curl_easy_init();
	if (!client->curl)
		abort();
}

void client_done(struct client *client)
{
	curl_easy_cleanup(client->curl);
	free(client->body);
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
	char line[4300];

	snprintf(line, sizeof(line), "%s: %s", name, value);
	return curl_slist_append(list, line);
}

static struct curl_slist *call_headers(const struct call *call)
{
	struct curl_slist *list = add_header(NULL, "Expect", "");
	char text[4200];

	if (call->body)
		list = add_header(list, "Content-Type", "application/json");
	if (call->token && *call->token) {
		snprintf(text, sizeof(text), "Bearer %s", call->token);
		list = add_header(list, "Authorization", text);
	}
	if (call->key)
		list = add_header(list, "Idempotency-Key", call->key);
	if (call->if_match)
		list = add_header(list, "If-Match", call->if_match);
	if (call->wait) {
		snprintf(text, sizeof(text), "wait=%ld", call->wait);
		list = add_header(list, "Prefer", text);
	}
	return list;
}

static void forget(struct client *client)
{
	free(client->body);
	client->body = NULL;
	client->body_len = 0;
	client->location[0] = client->etag[0] = '\0';
	client->retry_after = 0;
	client->replayed = false;
}

void client_call(struct client *client, const struct call *call, struct reply *reply)
{
	struct curl_slist *headers = call_headers(call);
	char *body = call->body ? json_dumps(call->body, JSON_COMPACT) : NULL;
	char url[1024];
	CURL *curl = client->curl;

	forget(client);
	*reply = (struct reply){ 0 };
	snprintf(url, sizeof(url), "%s%s", strncmp(call->path, "http", 4) == 0 ? "" : call->base,
		 call->path);
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, call->timeout_ms ? call->timeout_ms : 40000L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, client);
	if (body)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
	if (client->body && reply->status)
		reply->body = json_loadb(client->body, client->body_len, JSON_DECODE_ANY, NULL);
	memcpy(reply->location, client->location, sizeof(reply->location));
	memcpy(reply->etag, client->etag, sizeof(reply->etag));
	reply->replayed = client->replayed;
	curl_slist_free_all(headers);
	free(body);
}

static bool comes_again(long status)
{
	return status == 0 || status == 408 || status == 425 || status == 429 || status >= 500;
}

void client_insist(struct client *client, const struct call *call, struct reply *reply,
		   long *attempts)
{
	long pause = 50;

	for (;;) {
		client_call(client, call, reply);
		if (attempts)
			*attempts += 1;
		if (!comes_again(reply->status))
			return;
		stat_count(reply->status ? "retried_errors" : "retried_silence", 1);
		if (now() + (double)pause / 1000 > client->until)
			break;
		reply_done(reply);
		pause_ms(client->retry_after ? client->retry_after * 1000 : pause);
		pause = pause * 2 < 1000 ? pause * 2 : 1000;
	}
	reply->status = 0;
}

void client_repeat(struct client *client, struct call *call, struct reply *reply, long *attempts)
{
	while ((long)client_random(client, 100) < settings.repeat) {
		call->timeout_ms = 1 + (long)client_random(client, 40);
		client_call(client, call, reply);
		reply_done(reply);
		stat_count("repeated", 1);
		*attempts += 1;
	}
	call->timeout_ms = 0;
	client_insist(client, call, reply, attempts);
}

void reply_done(struct reply *reply)
{
	json_decref(reply->body);
	reply->body = NULL;
}

const char *reply_text(const struct reply *reply, const char *name)
{
	const char *text = json_string_value(json_object_get(reply->body, name));

	return text ? text : "";
}

void read_admin_token(char *out, size_t size)
{
	FILE *file = settings.admin_token_file ? fopen(settings.admin_token_file, "re") : NULL;

	out[0] = '\0';
	if (file && fgets(out, (int)size, file))
		out[strcspn(out, "\r\n")] = '\0';
	if (file)
		fclose(file);
}
