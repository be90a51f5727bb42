/*
 * A receiver of webhooks that misbehaves as it is told, written without any code of ours, so that what it
 * writes down proves what was sent. Usage: receiver-double FOLDER [PORT]; the address goes into
 * FOLDER/address.
 *
 * The first part of the path names a file FOLDER/NAME whose first line says what to do, looked at for each
 * request:
 *
 *	NUMBER [TEXT]   answers with that status (and a body)     slow MS [NUMBER]  answers late
 *	redirect URL    302 there                                 drop        closes without an answer
 *	cut             promises a long answer, closes in it      endless     never stops answering
 *
 * Without such a file it answers 200. Request N leaves its head in FOLDER/N.head, its body in FOLDER/N.body
 * and then a line "N PATH WEBHOOK-ID RUNNING" in FOLDER/log, RUNNING being how many requests of this path
 * had come and were not being answered yet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATHS    256
#define HEAD_MAX 65536
#define BODY_MAX (1 << 20)

static const char *folder;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count;
static struct {
	char name[64];
	int running;
} paths[PATHS];

struct request {
	int fd, number;
	char head[HEAD_MAX], body[BODY_MAX];
	size_t head_len, body_len;
	char path[64], id[256];
};

static FILE *file_in_folder(const char *mode, const char *format, ...)
{
	char path[1024];
	int len = snprintf(path, sizeof(path), "%s/", folder);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path + len, sizeof(path) - (size_t)len, format, arguments);
	va_end(arguments);
	return fopen(path, mode);
}

static void put(const char *suffix, int number, const char *data, size_t len)
{
	FILE *file = file_in_folder("w", "%d.%s", number, suffix);

	if (!file || fwrite(data, 1, len, file) != len || fclose(file) != 0)
		abort();
}

/* How many of this path are under way, after adding so many. */
static int running(const char *path, int more)
{
	int i = 0;

	while (i < PATHS - 1 && *paths[i].name && strcmp(paths[i].name, path) != 0)
		i++;
	snprintf(paths[i].name, sizeof(paths[i].name), "%s", path);
	return paths[i].running += more;
}

static const char *header(struct request *request, const char *name)
{
	size_t len = strlen(name);

	for (char *line = strstr(request->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
			return line + 2 + len + 1 + strspn(line + 2 + len + 1, " ");
	}
	return "";
}

static bool receive(struct request *request)
{
	size_t wanted = 0, have = 0;
	char *end = NULL;

	while (!end && request->head_len < HEAD_MAX - 1) {
		ssize_t got = read(request->fd, request->head + request->head_len,
				   HEAD_MAX - 1 - request->head_len);

		if (got <= 0)
			return false;
		request->head_len += (size_t)got;
		end = strstr(request->head, "\r\n\r\n");
	}
	if (!end)
		return false;
	have = request->head_len - (size_t)(end + 4 - request->head);
	wanted = strtoul(header(request, "Content-Length"), NULL, 10);
	if (wanted > BODY_MAX || have > wanted)
		return false;
	memcpy(request->body, end + 4, have);
	end[4] = '\0';
	request->head_len = (size_t)(end + 4 - request->head);
	while (have < wanted) {
		ssize_t got = read(request->fd, request->body + have, wanted - have);

		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	request->body_len = have;
	return true;
}

static void say(int fd, const char *format, ...)
{
	char text[4096];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (write(fd, text, (size_t)len) != len)
		return;
}

static void answer_status(int fd, int status, const char *body)
{
	say(fd, "HTTP/1.1 %d Told\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
	    strlen(body), body);
}

static void answer_endlessly(int fd)
{
	char part[8192];

	memset(part, 'x', sizeof(part));
	say(fd, "HTTP/1.1 200 Told\r\nConnection: close\r\n\r\n");
	while (write(fd, part, sizeof(part)) > 0)
		;
}

/* What comes after "slow MS", when they are over; else NULL. */
static const char *late(const char *what)
{
	char *rest;
	long ms;

	if (strncmp(what, "slow ", 5) != 0)
		return NULL;
	ms = strtol(what + 5, &rest, 10);
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
	return rest;
}

static void answer(int fd, const char *what, const char *rest)
{
	if (rest) {
		answer_status(fd, *rest ? atoi(rest) : 200, "late");
	} else if (strncmp(what, "redirect ", 9) == 0) {
		say(fd,
		    "HTTP/1.1 302 Told\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: "
		    "close\r\n\r\n",
		    what + 9);
	} else if (strcmp(what, "cut") == 0) {
		say(fd, "HTTP/1.1 200 Told\r\nContent-Length: 1000\r\n\r\nonly so much");
	} else if (strcmp(what, "endless") == 0) {
		answer_endlessly(fd);
	} else if (strcmp(what, "drop") != 0) {
		answer_status(fd, atoi(what),
			      what + strcspn(what, " ") + (strchr(what, ' ') ? 1 : 0));
	}
}

static void note(struct request *request)
{
	FILE *log;
	int at_once;

	pthread_mutex_lock(&lock);
	request->number = ++count;
	put("head", request->number, request->head, request->head_len);
	put("body", request->number, request->body, request->body_len);
	at_once = running(request->path, 1);
	log = file_in_folder("a", "log");
	if (!log)
		abort();
	fprintf(log, "%d /%s %s %d\n", request->number, request->path, request->id, at_once);
	fclose(log);
	pthread_mutex_unlock(&lock);
}

static void *serve(void *arg)
{
	struct request *request = arg;
	char what[1024] = "200";
	const char *rest;
	FILE *mode;

	if (receive(request)) {
		const char *id = header(request, "webhook-id");

		sscanf(request->head, "%*s /%63[^/? ]", request->path);
		snprintf(request->id, sizeof(request->id), "%.*s", (int)strcspn(id, "\r\n"), id);
		mode = file_in_folder("r", "%s", request->path);
		if (mode) {
			if (!fgets(what, sizeof(what), mode))
				snprintf(what, sizeof(what), "200");
			fclose(mode);
		}
		note(request);
		what[strcspn(what, "\n")] = '\0';
		rest = late(what);
		/* Before the answer: who has it may send the next at once. */
		pthread_mutex_lock(&lock);
		running(request->path, -1);
		pthread_mutex_unlock(&lock);
		answer(request->fd, what, rest);
	}
	close(request->fd);
	free(request);
	return NULL;
}

static int listen_on_loopback(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((in_port_t)port),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int on = 1;
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE *file = file_in_folder("w", "address.new");
	char from[1024], to[1024];

	if (fd < 0 || !file || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 512) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		exit(1);
	fprintf(file, "127.0.0.1:%d\n", ntohs(address.sin_port));
	fclose(file);
	snprintf(from, sizeof(from), "%s/address.new", folder);
	snprintf(to, sizeof(to), "%s/address", folder);
	if (rename(from, to) != 0)
		exit(1);
	return fd;
}

/* Started again it goes on counting. */
static int last_number(void)
{
	FILE *log = file_in_folder("r", "log");
	char line[512];
	int last = 0;

	while (log && fgets(line, sizeof(line), log))
		last = atoi(line);
	if (log)
		fclose(log);
	return last;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2 && argc != 3)
		return 2;
	folder = argv[1];
	signal(SIGPIPE, SIG_IGN);
	count = last_number();
	fd = listen_on_loopback(argc == 3 ? atoi(argv[2]) : 0);
	for (;;) {
		struct request *request = calloc(1, sizeof(*request));
		pthread_t thread;

		if (!request)
			return 1;
		request->fd = accept(fd, NULL, NULL);
		if (request->fd < 0 || pthread_create(&thread, NULL, serve, request) != 0) {
			free(request);
			continue;
		}
		pthread_detach(thread);
	}
}
