/* What a task asks of another service for a request. */
#include "lib/daemon/fetch.h"

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/peers.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"

json_t *peers_fetch(struct request *request, const char *path, const char *name, json_t *list,
		    const char *who)
{
	json_t *body scoped(scoped_json) = json_pack("{s:O}", name, list);
	struct peer_answer answer;
	json_t *data = NULL;

	peers_call(request_service(request)->peers, POST, path, body, &answer);
	if (answer.status == 200)
		data = json_incref(json_object_get(answer.body, "data"));
	if (!json_is_array(data)) {
		log_warn("%s: %s", path,
			 answer.status == 200 ? "the answer has no data" : answer.why);
		problem_detail(request, &PROBLEM_UNAVAILABLE, "%s does not answer. Try again soon.",
			       who);
		json_decref(data);
		data = NULL;
	}
	peer_answer_done(&answer);
	return data;
}
