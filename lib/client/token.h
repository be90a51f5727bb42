/*
 * Access tokens for a context: from the store while they live, else by the refresh token of a
 * login or the client credentials, one process at a time.
 */
#ifndef ECOM_LIB_CLIENT_TOKEN_H
#define ECOM_LIB_CLIENT_TOKEN_H

#include "lib/client/api.h"

#define TOKEN_MARGIN_S 60 /* a token is not used in the last seconds of its life */

/*
 * The access token, freed by the caller. NULL: *failure is API_LOGIN_NEEDED, or why no token
 * could be fetched. `stale` is a token that the server refused: it is not given again.
 */
char *token_get(struct api *api, const char *context, const char *stale,
		struct api_answer *failure);

#endif
