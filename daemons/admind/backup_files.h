/* Files of a backup: their sums, removing them, keeping them on the disk. Blocking. */
#ifndef ECOM_DAEMONS_ADMIND_BACKUP_FILES_H
#define ECOM_DAEMONS_ADMIND_BACKUP_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "daemons/admind/failure.h"

/* {"name", "size", "sha256"} of folder/name; the file is flushed to the disk. NULL with *failure
 * set. New reference. */
json_t *backup_file_describe(const char *folder, const char *name, struct failure *failure);

/* Every file of the manifest is there with its size and its sum; a failure names the first that is
 * not. */
bool backup_files_check(const char *backup, const json_t *manifest, struct failure *failure);

/* A file or a folder with everything in it; what is not there is fine. */
bool backup_remove(const char *path, struct failure *failure);

/* What a folder's names are, on the disk. */
bool backup_folder_sync(const char *folder, struct failure *failure);

/* What makers that were killed have left in it, verifications included. */
bool backup_leftovers_remove(const char *folder, struct failure *failure);

/* Removes the oldest backups of the folder but `keep`; those that somebody gave another name stay. */
bool backup_prune(const char *folder, int keep, struct failure *failure);

/* One maker at a time: a lock on folder/.lock for as long as the process lives; the folder is made
 * when it is missing. */
bool backup_folder_lock(const char *folder, struct failure *failure);

#define BACKUP_SCRATCH ".verify" /* of a verification, beside the backups */

#endif
