/* The public keys of userd's JWKS as PEM files, GATEWAY_DIR/keys/<kid>.pem, for HAProxy. */
#ifndef ECOM_DAEMONS_GATEWAYD_KEY_FILES_H
#define ECOM_DAEMONS_GATEWAYD_KEY_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/*
 * Writes the files of the keys; the result is [{"kid","file","pem"}], which the caller owns. NULL
 * when the text has no key that we can use, or a file cannot be written: the old set stays.
 * Files of older keys stay too, until key_files_clean().
 */
json_t *key_files_write(const char *folder, const char *jwks, size_t len);

/* Removes the files that are not in the list. */
void key_files_clean(const char *folder, const json_t *keys);

#endif
