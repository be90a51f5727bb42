/* Every endpoint of userd. */
#include "daemons/userd/rules.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/daemon/operations.h"

const struct route userd_routes[] = {
	{ POST, "/v1/users", .task = register_user, .on = SHOP, .body = registration_rules,
	  .ok = 201, .summary = "Register" },
	{ GET, "/v1/users", SQL(list_users), .on = ADMIN, .scope = "users:read",
	  .query = user_query, .db = DB_SLOW, .summary = "List users" },
	{ GET, "/v1/users/{id}", SQL(get_user), .on = ADMIN, .scope = "users:read", .etag = true,
	  .summary = "Show a user" },
	{ PUT, "/v1/users/{id}/roles", SQL(set_user_roles), .on = ADMIN, .scope = "users:admin",
	  .body = user_roles_rules, .if_match = true, .summary = "Set the roles of a user" },

	{ GET, "/v1/me", SQL(get_me), .on = SHOP | ADMIN, .token = true, .etag = true,
	  .summary = "Show the caller's own user" },
	{ PATCH, "/v1/me", SQL(update_me), .on = SHOP | ADMIN, .token = true,
	  .body = me_patch_rules, .if_match = true, .summary = "Change the caller's own user" },
	{ GET, "/v1/me/addresses", SQL(list_addresses), .on = SHOP | ADMIN, .token = true,
	  .summary = "List the caller's addresses" },
	{ POST, "/v1/me/addresses", SQL(create_address), .on = SHOP | ADMIN, .token = true,
	  .body = address_rules, .ok = 201, .summary = "Add an address" },
	{ GET, "/v1/me/addresses/{id}", SQL(get_address), .on = SHOP | ADMIN, .token = true,
	  .etag = true, .summary = "Show an address" },
	{ PATCH, "/v1/me/addresses/{id}", SQL(update_address), .on = SHOP | ADMIN, .token = true,
	  .body = address_patch_rules, .if_match = true, .summary = "Change an address" },
	{ DELETE, "/v1/me/addresses/{id}", SQL(delete_address), .on = SHOP | ADMIN, .token = true,
	  .ok = 204, .summary = "Remove an address" },

	{ POST, "/v1/sessions", .task = create_session, .on = SHOP | ADMIN, .body = login_rules,
	  .ok = 201, .summary = "Log in" },
	{ DELETE, "/v1/sessions/current", .task = end_session, .on = SHOP | ADMIN, .token = true,
	  .ok = 204, .summary = "Log out" },
	{ POST, "/v1/guests", .task = create_guest, .on = SHOP | ADMIN, .ok = 201,
	  .summary = "Get a token for a guest: its cart and orders belong to it" },
	{ POST, "/oauth/token", .task = issue_token, .on = SHOP | ADMIN | DIRECT,
	  .body = token_rules, .form = true, .summary = "Get an access token (RFC 6749)" },
	{ POST, "/oauth/revoke", .task = revoke_token, .on = SHOP | ADMIN, .body = revocation_rules,
	  .form = true, .summary = "Revoke a refresh token and its session (RFC 7009)" },
	{ GET, "/.well-known/jwks.json", SQL(list_keys), .on = SHOP | ADMIN | DIRECT, .cache = 15,
	  .summary = "The keys that sign access tokens (RFC 7517)" },

	{ GET, "/v1/clients", SQL(list_clients), .on = ADMIN, .scope = "users:admin",
	  .query = page_query, .summary = "List clients" },
	{ POST, "/v1/clients", .task = create_client, .on = ADMIN, .scope = "users:admin",
	  .body = client_rules, .ok = 201, .summary = "Make a client; its secret is shown once" },
	{ GET, "/v1/clients/{id}", SQL(get_client), .on = ADMIN, .scope = "users:admin",
	  .summary = "Show a client" },
	{ DELETE, "/v1/clients/{id}", SQL(delete_client), .on = ADMIN, .scope = "users:admin",
	  .ok = 204, .summary = "Remove a client" },

	OPERATION_ROUTES("userd"),
	{ 0 },
};
