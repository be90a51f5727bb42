/* Access tokens: stored, refreshed, granted. */
#include "lib/client/token.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/client/answer.h"
#include "lib/client/credential.h"

enum { TOKEN_TIMEOUT_MS = 10000, LIFE_UNKNOWN_S = 300 };

static bool is_usable(const struct credential *credential, const char *stale)
{
	return credential->access_token &&
	       credential->expires_at > clock_real_s() + TOKEN_MARGIN_S &&
	       !(stale && str_eq(stale, credential->access_token));
}

static void replace(char **place, const char *value)
{
	char *copy = value ? xstrdup(value) : NULL;

	if (*place)
		explicit_bzero(*place, strlen(*place));
	free(*place);
	*place = copy;
}

/* A refresh answers with a new refresh token: the old one is used up. */
static void take_grant(struct credential *credential, const json_t *body)
{
	const char *refresh = json_get_string(body, "refresh_token", NULL);

	replace(&credential->access_token, json_get_string(body, "access_token", NULL));
	credential->expires_at = clock_real_s() + json_get_int(body, "expires_in", LIFE_UNKNOWN_S);
	if (refresh)
		replace(&credential->refresh_token, refresh);
}

static json_t *grant_of(const struct credential *credential)
{
	if (credential->refresh_token)
		return json_pack("{s:s, s:s}", "grant_type", "refresh_token", "refresh_token",
				 credential->refresh_token);
	return json_pack("{s:s}", "grant_type", "client_credentials");
}

static bool exchange(struct api *api, const struct credential *credential,
		     struct api_answer *answer)
{
	json_t *body scoped(scoped_json) = grant_of(credential);
	bool login = credential->refresh_token;
	const struct api_request request = {
		.method = "POST",
		.path = "/oauth/token",
		.body = body,
		.anonymous = true,
		.basic_user = login ? NULL : credential->client_id,
		.basic_password = login ? NULL : credential->client_secret,
		.timeout_ms = TOKEN_TIMEOUT_MS,
	};

	return api_call(api, &request, answer);
}

static void explain(struct api_answer *failure, const char *context, bool login)
{
	/* RFC 6749 section 5.2: invalid_grant and invalid_client; the rest is no matter of login. */
	if (failure->failure != API_PROBLEM || failure->status >= 500 || failure->status == 429 ||
	    failure->status == 404)
		return;
	answer_fail(failure, API_LOGIN_NEEDED,
		    login ? "the login for context \"%s\" has ended"
			  : "the server does not accept the stored client of context \"%s\"",
		    context);
}

/* Under the lock: another process may have done it while we waited. */
static char *renew(struct api *api, const char *context, struct credential *credential,
		   struct api_answer *failure)
{
	char *error scoped(scoped_free) = NULL;
	struct api_answer answer;

	if (!credential->refresh_token && !credential->client_secret) {
		answer_fail(failure, API_LOGIN_NEEDED, "not logged in to context \"%s\"", context);
		return NULL;
	}
	if (!exchange(api, credential, &answer)) {
		*failure = answer;
		explain(failure, context, credential->refresh_token);
		return NULL;
	}
	take_grant(credential, answer.body);
	api_answer_free(&answer);
	if (!credential->access_token)
		answer_fail(failure, API_LOCAL, "the server sent no access token");
	else if (!credential_store_locked(context, credential, &error))
		answer_fail(failure, API_LOCAL, "%s", error);
	else
		return xstrdup(credential->access_token);
	return NULL;
}

char *token_get(struct api *api, const char *context, const char *stale, struct api_answer *failure)
{
	struct credential credential = { 0 };
	char *error scoped(scoped_free) = NULL;
	char *token = NULL;
	int lock scoped(scoped_close) = -1;
	bool loaded = credential_load(context, &credential, &error);

	*failure = (struct api_answer){ 0 };
	if (loaded && !is_usable(&credential, stale)) {
		credential_free(&credential);
		lock = credential_lock(&error);
		loaded = lock >= 0 && credential_load(context, &credential, &error);
	}
	if (!loaded)
		answer_fail(failure, API_LOCAL, "%s", error);
	else if (is_usable(&credential, stale))
		token = xstrdup(credential.access_token);
	else
		token = renew(api, context, &credential, failure);
	credential_free(&credential);
	return token;
}
