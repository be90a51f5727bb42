/* Where the client keeps its files (XDG base directories), and the lock around changing them. */
#ifndef ECOM_LIB_CLIENT_FILES_H
#define ECOM_LIB_CLIENT_FILES_H

#include "lib/base/mem.h"

/*
 * "<base>/ecomctl/<name>": base is $variable when it is an absolute path (others are ignored, as
 * the XDG specification says), else `fallback` under the home folder. The caller frees.
 */
char *client_file(const char *variable, const char *fallback, const char *name);

/*
 * Makes the folder of path (0700) and takes the lock beside path, waiting for others. Returns the
 * descriptor to close, or -1 with one line in *error that the caller frees.
 */
must_check int client_lock(const char *path, char **error);

#endif
