/* POST /v1/peer-calls: makes the calls of its body's list to other services, all at once. */
#include <string.h>

#include "lib/base/json.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/peers.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"
#include "tests/doubles/testd/routes.h"

#define CALLS_MAX 20

void call_peers(struct request *request, struct session *db)
{
	const json_t *list = json_object_get(request_body(request), "calls");
	struct peer_call calls[CALLS_MAX] = { 0 };
	json_t *answers = json_array();
	size_t count = json_array_size(list);

	(void)db;
	for (size_t i = 0; i < count; i++) {
		const json_t *asked = json_array_get(list, i);

		calls[i].method = method_parse(json_get_string(asked, "method", "GET"));
		calls[i].path = json_get_string(asked, "path", "/");
		calls[i].body = json_object_get(asked, "body");
	}
	peers_call_all(request_service(request)->peers, calls, count);
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(answers,
				      json_pack("{s:i, s:O?, s:s}", "status",
						calls[i].answer.status, "body",
						calls[i].answer.body, "why", calls[i].answer.why));
		peer_answer_done(&calls[i].answer);
	}
	respond_json(request, 200, json_pack("{s:o}", "answers", answers));
}
