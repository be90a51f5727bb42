/* What staff do on the admin API: writes with a key that are written down, and questions. */
#include "bench/checkout.h"

#include <string.h>

#define STOPPING_S 2 /* what is not so by then is left as it is */

/* With the newest token: the one before may have ended meanwhile. */
static void call_admin(struct client *client, struct call *call, struct reply *reply,
		       long *attempts)
{
	call->base = settings.admin;
	call->token = client->guest;
	for (int i = 0; i < 2; i++) {
		read_admin_token(client->guest, sizeof(client->guest));
		if (call->key)
			client_repeat(client, call, reply, attempts);
		else
			client_insist(client, call, reply, attempts);
		if (reply->status != 401 || i)
			return;
		reply_done(reply);
	}
}

static void note_act(const struct client *client, const struct act *act, const char *key,
		     const struct reply *reply, long attempts)
{
	bool taken = reply->status / 100 == 2;
	const char *id = act->id ? act->id : reply_text(reply, "id");
	const json_t *refund = json_object_get(reply->body, "refund");
	char name[96];

	/* Of a return whose money is given back it is the refund that is made. */
	if (!act->id && strcmp(act->op, "return_refund") == 0)
		id = text_of(refund, "id");
	history_write(client,
		      reply->status == 0 ? "info"
		      : taken            ? "ok"
					 : "fail",
		      act->op, key,
		      json_pack("{s:s, s:s, s:I, s:s, s:I}", "about", act->about, "id",
				taken ? id : "", "http", (json_int_t)reply->status, "code",
				reply_text(reply, "code"), "attempts", (json_int_t)attempts));
	stat_count(act->op, 1);
	if (taken)
		return;
	snprintf(name, sizeof(name), "%s refused %ld %.40s", act->op, reply->status,
		 reply_text(reply, "code"));
	stat_count(name, 1);
}

bool staff_act(struct client *client, const struct act *act, struct reply *reply)
{
	char key[37];
	long attempts = 0;
	struct call call = { .method = "POST",
			     .path = act->path,
			     .key = key,
			     .if_match = act->if_match,
			     .body = act->body };

	client_key(client, key);
	history_write(client, "invoke", act->op, key,
		      json_pack("{s:s, s:O?}", "about", act->about, "body", act->body));
	call_admin(client, &call, reply, &attempts);
	note_act(client, act, key, reply, attempts);
	json_decref(act->body);
	return reply->status / 100 == 2;
}

bool staff_do(struct client *client, const struct act *act)
{
	struct reply reply = { 0 };
	bool taken = staff_act(client, act, &reply);

	reply_done(&reply);
	return taken;
}

void staff_get(struct client *client, const char *path, struct reply *reply)
{
	struct call call = { .method = "GET", .path = path };

	call_admin(client, &call, reply, NULL);
}

bool staff_wait(struct client *client, const char *path, bool (*is_so)(const json_t *body),
		double seconds, struct reply *reply)
{
	double until = now() + seconds;
	long pause = 50;
	bool so;

	for (;;) {
		if (stopping() && until > now() + STOPPING_S)
			until = now() + STOPPING_S;
		staff_get(client, path, reply);
		so = reply->status == 200 && is_so(reply->body);
		if (so || now() > until || now() > client->until)
			return so;
		reply_done(reply);
		pause_ms(pause);
		pause = pause * 2 < 500 ? pause * 2 : 500;
	}
}

void staff_note(struct client *client, const char *key, const json_t *order)
{
	const char *status = text_of(order, "status");

	history_write(client, "ok", "outcome", key,
		      json_pack("{s:s, s:s, s:s}", "order", text_of(order, "id"), "status", status,
				"code", text_of(order, "reason")));
}

const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

json_int_t amount_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(object, name), "amount"));
}
