/* login, logout, whoami: who you are to a shop; auth: its tokens. */
#include <stdlib.h>
#include <unistd.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/text.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/client/answer.h"
#include "lib/client/token.h"
#include "lib/term/prompt.h"

static void replace(char **place, const char *value)
{
	free(*place);
	*place = value ? xstrdup(value) : NULL;
}

static void wipe(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

/* The claims of a token, not verified: they are ours to show, and the server checks them. */
static json_t *claims_of(const char *token)
{
	const char *payload = strchr(token, '.'), *why;
	unsigned char *text scoped(scoped_free) = NULL;
	json_t *claims;
	size_t len;

	if (!payload)
		return NULL;
	payload++;
	text = base64url_decode(payload, strcspn(payload, "."), &len);
	claims = text ? json_parse((const char *)text, len, &why) : NULL;
	if (json_is_object(claims))
		return claims;
	json_decref(claims);
	return NULL;
}

static char *ask_email(struct cli *cli)
{
	const char *given = cli_text(cli, "email");
	char *email;

	if (given)
		return xstrdup(given);
	if (cli_may_ask(cli) && (email = prompt_line("E-mail: ")) && *email)
		return email;
	cli_fail(cli, EXIT_USAGE, "add --email", "the e-mail address is needed");
	return NULL;
}

static char *read_password(struct cli *cli)
{
	struct buf line = BUF_INIT(PROMPT_MAX);
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		buf_addc(&line, c);
	if (line.len && line.data[line.len - 1] == '\r')
		line.len--;
	if (line.len && !line.overflow) {
		line.data[line.len] = '\0';
		return line.data;
	}
	buf_free(&line);
	cli_fail(cli, EXIT_USAGE, NULL, "there is no password on standard input");
	return NULL;
}

static char *ask_password(struct cli *cli)
{
	char *password;

	if (cli_has(cli, "password-stdin"))
		return read_password(cli);
	if (cli_may_ask(cli) && (password = prompt_secret("Password: ")))
		return password;
	cli_fail(cli, EXIT_USAGE, "add --password-stdin", "the password is needed");
	return NULL;
}

static json_t *open_session(struct cli *cli, const char *email, const char *password)
{
	json_t *body scoped(scoped_json) = json_pack("{s:s, s:s}", "email", email, "password",
						     password);

	if (!body) {
		cli_fail(cli, EXIT_USAGE, NULL, "e-mail or password is not valid UTF-8");
		return NULL;
	}
	return cli_call(cli, &(struct api_request){
				     .method = "POST",
				     .path = "/v1/sessions",
				     .body = body,
				     .anonymous = true,
			     });
}

/* Tells the first time where secrets go, before they go there. */
static void announce_store(struct cli *cli)
{
	char *path scoped(scoped_free) = context_credentials_path();

	if (access(path, F_OK) < 0)
		cli_note(cli, "the login is kept in %s, readable by you only", path);
}

static bool keep_session(struct cli *cli, const char *email, const json_t *session)
{
	const struct context *context = cli_context(cli);
	struct credential credential;
	char *error scoped(scoped_free) = NULL;
	bool ok;

	announce_store(cli);
	if (!credential_load(context->name, &credential, &error)) {
		cli_fail(cli, EXIT_FAILED, NULL, "%s", error);
		return false;
	}
	replace(&credential.email, email);
	replace(&credential.refresh_token, json_get_string(session, "refresh_token", NULL));
	replace(&credential.access_token, json_get_string(session, "access_token", NULL));
	credential.expires_at = clock_real_s() + json_get_int(session, "expires_in", 0);
	ok = credential_store(context->name, &credential, &error);
	credential_free(&credential);
	if (!ok)
		cli_fail(cli, EXIT_FAILED, NULL, "%s", error);
	return ok;
}

/* The stored credential; false after recording a failure. */
static bool load_credential(struct cli *cli, struct credential *credential)
{
	const struct context *context = cli_context(cli);
	char *error scoped(scoped_free) = NULL;

	*credential = (struct credential){ 0 };
	if (!context)
		return false;
	if (credential_load(context->name, credential, &error))
		return true;
	cli_fail(cli, EXIT_FAILED, NULL, "%s", error);
	return false;
}

static json_t *identity_of(struct cli *cli, const char *token)
{
	json_t *claims scoped(scoped_json) = claims_of(token);
	struct credential credential;
	char expires[CLOCK_RFC3339_SIZE] = "";
	json_t *record;

	if (!load_credential(cli, &credential))
		return NULL;
	clock_format(json_get_int(claims, "exp", 0) * 1000, expires);
	record = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s}", "context", cli_context(cli)->name,
			   "email", credential.refresh_token ? credential.email : NULL, "client",
			   credential.refresh_token ? NULL : credential.client_id, "subject",
			   json_get_string(claims, "sub", NULL), "scope",
			   json_get_string(claims, "scope", NULL), "token_expires_at", expires);
	credential_free(&credential);
	return record;
}

static enum exit_code show_identity(struct cli *cli, const char *token)
{
	json_t *record scoped(scoped_json) = identity_of(cli, token);

	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

static enum exit_code login_run(struct cli *cli)
{
	char *email scoped(scoped_free) = NULL, *password = NULL;
	json_t *session scoped(scoped_json) = NULL;

	if (!cli_context(cli))
		return cli_exit(cli);
	email = ask_email(cli);
	password = email ? ask_password(cli) : NULL;
	if (password)
		session = open_session(cli, email, password);
	wipe(&password);
	if (session && keep_session(cli, email, session))
		show_identity(cli, json_get_string(session, "access_token", ""));
	return cli_exit(cli);
}

static bool forget_session(struct cli *cli, struct credential *credential)
{
	char *error scoped(scoped_free) = NULL;
	bool keep = credential->client_id;

	wipe(&credential->email);
	wipe(&credential->refresh_token);
	wipe(&credential->access_token);
	if (credential_store(cli_context(cli)->name, keep ? credential : NULL, &error))
		return true;
	cli_fail(cli, EXIT_FAILED, NULL, "%s", error);
	return false;
}

static enum exit_code end_session(struct cli *cli, struct credential *credential)
{
	struct api_answer answer = { 0 };
	struct api *api = cli_api(cli);
	const char *client = credential->client_id;
	json_t *record scoped(scoped_json) = NULL;

	if (!api)
		return cli_exit(cli);
	/* Forgotten here in any case; the server may be gone, and a session that ended is no loss. */
	if (!api_call(api,
		      &(struct api_request){ .method = "DELETE", .path = "/v1/sessions/current" },
		      &answer) &&
	    answer.failure != API_LOGIN_NEEDED)
		cli_note(cli, "warning: the server did not end the session: %s", answer.detail);
	api_answer_free(&answer);
	if (!forget_session(cli, credential))
		return cli_exit(cli);
	if (client)
		cli_note(cli,
			 "from now on the stored client \"%s\" is used; ecomctl context delete "
			 "removes it too",
			 client);
	record = json_pack("{s:s, s:s*}", "context", cli_context(cli)->name, "client", client);
	cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

static enum exit_code logout_run(struct cli *cli)
{
	struct credential credential;

	if (!load_credential(cli, &credential))
		return cli_exit(cli);
	if (credential.refresh_token)
		end_session(cli, &credential);
	else
		cli_fail(cli, EXIT_LOGIN, "ecomctl whoami", "nobody is logged in to context \"%s\"",
			 cli_context(cli)->name);
	credential_free(&credential);
	return cli_exit(cli);
}

static char *get_token(struct cli *cli)
{
	struct api *api = cli_api(cli);
	struct api_answer failure;
	char *token;

	if (!api)
		return NULL;
	token = token_get(api, cli_context(cli)->name, NULL, &failure);
	if (!token)
		cli_fail_answer(cli, &failure);
	api_answer_free(&failure);
	return token;
}

static enum exit_code whoami_run(struct cli *cli)
{
	char *token = get_token(cli);

	if (token)
		show_identity(cli, token);
	wipe(&token);
	return cli_exit(cli);
}

static enum exit_code token_run(struct cli *cli)
{
	char *token = get_token(cli), *line = NULL;

	if (token && cli_is_table(cli)) {
		line = xasprintf("%s\n", token);
		output_raw(cli_output(cli), line, strlen(line));
	} else if (token) {
		emit_text(cli, cli_context(cli)->name, token);
	}
	wipe(&line);
	wipe(&token);
	return cli_exit(cli);
}

static const struct flag login_flags[] = {
	{ "email", 'e', FLAG_TEXT, "ADDRESS", "who logs in" },
	{ "password-stdin", 0, FLAG_SWITCH, NULL, "read the password from standard input" },
	{ 0 },
};

static const struct column identity_columns[] = {
	{ "context", COLUMN_TEXT },
	{ "email", COLUMN_TEXT, 1 },
	{ "client", COLUMN_TEXT, 2 },
	{ "subject", COLUMN_TEXT, 3 },
	{ "scope", COLUMN_TEXT, 4 },
	{ "token_expires_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

const struct command session_commands[] = {
	{ "login", "Log in to a shop", login_run, NULL, login_flags, identity_columns, "email",
	  EXAMPLES("ecomctl login --email merchant@shop.example",
		   "ecomctl login -C prod --email me@shop.example --password-stdin < password"),
	  "The password is read without echo. Tokens are kept in a file that only you can read and "
	  "renewed by themselves." },
	{ "logout", "End the login", logout_run, NULL, NULL, identity_columns, "context",
	  EXAMPLES("ecomctl logout") },
	{ "whoami", "Show who you are and what you may do", whoami_run, NULL, NULL,
	  identity_columns, "subject", EXAMPLES("ecomctl whoami", "ecomctl whoami -o json") },
	{ 0 },
};

const struct command auth_commands[] = {
	{ "token", "Print an access token for other programs", token_run, NULL, NULL, text_columns,
	  "text",
	  EXAMPLES("curl -H \"Authorization: Bearer $(ecomctl auth token)\" "
		   "http://127.0.0.1:8081/v1/me"),
	  "It lives for some minutes. Who has it can act as you." },
	{ 0 },
};
