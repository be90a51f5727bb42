/* Calls to other services. */
#include "lib/daemon/peers.h"

const struct option peers_options[] = {
	{ "internal_url", OPTION_STRING, NULL, .help = "The gateway's internal frontend, "
						       "http://127.0.0.1:8082" },
	{ "client_secret_file", OPTION_STRING, NULL,
	  .help = "File with the secret of this daemon's client, to get tokens with" },
	{ "peer_timeout", OPTION_DURATION, "5s", 100, 60000,
	  "Time limit of a call to another service" },
	{ 0 },
};

struct peers *peers_open(struct service *service)
{
	(void)service;
	return NULL;
}

void peers_close(struct peers *peers)
{
	(void)peers;
}

void peers_call(struct peers *peers, enum method method, const char *path, const json_t *body,
		struct peer_answer *answer)
{
	(void)peers, (void)method, (void)path, (void)body;
	*answer = (struct peer_answer){ .why = "not implemented" };
}

void peers_call_all(struct peers *peers, struct peer_call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		peers_call(peers, calls[i].method, calls[i].path, calls[i].body, &calls[i].answer);
}

void peer_answer_done(struct peer_answer *answer)
{
	json_decref(answer->body);
	answer->body = NULL;
}
