/*
 * The limit of a read: a bare libmicrohttpd + libpq program that answers GET /v1/products/{sku} with
 * catalogd's own statement and headers, and does nothing else: no routes, tokens, checks, metrics.
 *
 *	floor CONNINFO		prints host:port, runs until SIGTERM
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <libpq-fe.h>
#include <microhttpd.h>

#include "daemons/catalogd/sql.h"

#define CONNS          2 /* as many as a daemon reads with */
#define WAITING        4096
#define OID_TEXT       25
#define OID_TEXT_ARRAY 1009

struct conn {
	PGconn *pg;
	struct MHD_Connection *waiting[WAITING];
	unsigned int first, count;
};

static struct conn conns[CONNS];
static struct MHD_Daemon *http;
static int epoll_fd;

static void fail(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

static void release(void *result)
{
	PQclear(result);
}

static void answer(struct MHD_Connection *connection, PGresult *result)
{
	bool found = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
	const char *body = found ? PQgetvalue(result, 0, PQfnumber(result, "body")) : "";
	struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
		strlen(body), (void *)body, release, result);
	char etag[40];

	if (found) {
		snprintf(etag, sizeof(etag), "\"%s\"",
			 PQgetvalue(result, 0, PQfnumber(result, "etag")));
		MHD_add_response_header(response, "Content-Type", "application/json");
		MHD_add_response_header(response, "Cache-Control", "max-age=5");
		MHD_add_response_header(response, "ETag", etag);
	}
	MHD_queue_response(connection, found ? 200 : 404, response);
	MHD_destroy_response(response);
	MHD_resume_connection(connection);
}

static void read_answers(struct conn *conn)
{
	PGresult *result;

	if (!PQconsumeInput(conn->pg))
		fail(PQerrorMessage(conn->pg));
	while (conn->count && !PQisBusy(conn->pg)) {
		result = PQgetResult(conn->pg);
		if (!result)
			continue;
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			continue;
		}
		answer(conn->waiting[conn->first], result);
		conn->first = (conn->first + 1) % WAITING;
		conn->count--;
	}
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **state)
{
	const struct statement *sql = SQL(get_product);
	struct conn *conn = conns[0].count <= conns[1].count ? &conns[0] : &conns[1];
	const char *values[STATEMENT_PARAMS_MAX], *sku = strrchr(url, '/') + 1;

	(void)arg, (void)method, (void)version, (void)data, (void)len;
	if (!*state) { /* answering at the first call would close the connection */
		*state = connection;
		return MHD_YES;
	}
	for (int i = 0; i < sql->nparams; i++)
		values[i] = strcmp(sql->params[i], "sku") == 0 ? sku : "{}";
	if (conn->count == WAITING)
		return MHD_NO;
	conn->waiting[(conn->first + conn->count++) % WAITING] = connection;
	MHD_suspend_connection(connection);
	PQsendQueryPrepared(conn->pg, "get", sql->nparams, values, NULL, NULL, 0);
	PQpipelineSync(conn->pg);
	PQflush(conn->pg);
	return MHD_YES;
}

static void watch(int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		fail("epoll_ctl");
}

static void connect_database(struct conn *conn, const char *conninfo)
{
	const struct statement *sql = SQL(get_product);
	Oid types[STATEMENT_PARAMS_MAX];
	PGresult *result;

	conn->pg = PQconnectdb(conninfo);
	for (int i = 0; i < sql->nparams; i++)
		types[i] = strcmp(sql->params[i], "scopes") == 0 ? OID_TEXT_ARRAY : OID_TEXT;
	result = PQprepare(conn->pg, "get", sql->text, sql->nparams, types);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail(PQerrorMessage(conn->pg));
	PQclear(result);
	if (PQsetnonblocking(conn->pg, 1) != 0 || !PQenterPipelineMode(conn->pg))
		fail(PQerrorMessage(conn->pg));
	watch(PQsocket(conn->pg), conn);
}

static void serve(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		fail("cannot listen");
	http = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0, NULL,
				NULL, on_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
				MHD_OPTION_END);
	if (!http)
		fail("MHD_start_daemon");
	watch(MHD_get_daemon_info(http, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, NULL);
	printf("127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct epoll_event events[CONNS + 1];
	MHD_UNSIGNED_LONG_LONG wait_ms;

	if (argc != 2)
		fail("usage: floor CONNINFO");
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < CONNS; i++)
		connect_database(&conns[i], argv[1]);
	serve();
	for (;;) {
		int count = epoll_wait(epoll_fd, events, CONNS + 1, 1000);

		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr)
				read_answers(events[i].data.ptr);
		}
		/* Once more while there is something left that no descriptor will announce. */
		do
			MHD_run(http);
		while (MHD_get_timeout(http, &wait_ms) == MHD_YES && wait_ms == 0);
	}
}
