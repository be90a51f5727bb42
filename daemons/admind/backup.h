/*
 * Backups as they lie in a folder (STATE/backup, or wherever --to said):
 *
 *	2026-11-22T235959Z/           0700; its name is when it was begun
 *		base.tar.gz           the cluster of all services' databases, by pg_basebackup
 *		pg_wal.tar.gz         the log from the cut's beginning to its end
 *		backup_manifest       PostgreSQL's own list of what is in the cluster, with checksums
 *		orderd.dump           by pg_dump, only when that database is on another cluster
 *		state.tar.gz          secrets/ ecom.yaml engine.json VERSION
 *		manifest.json         what the rest is; written last
 *	2026-11-23T000001Z.partial/   one that is being made, or whose maker was killed
 *
 * A folder without manifest.json, or whose name ends in .partial, is no backup. Whoever can read a
 * backup has the shop: the keys that sign tokens and all passwords of its parts are in it.
 */
#ifndef ECOM_DAEMONS_ADMIND_BACKUP_H
#define ECOM_DAEMONS_ADMIND_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "daemons/admind/failure.h"

#define BACKUP_FORMAT   2 /* of manifest.json and of what it describes; 1: without dumps */
#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_PARTIAL  ".partial"
#define BACKUP_NAME     "%Y-%m-%dT%H%M%SZ" /* strftime(3), in UTC */

/* A name that a path may be made of: no slash, no dot in front, not of an unfinished one. */
bool backup_name_is_valid(const char *name);

/* When the one of this name was begun; false: no name that a maker gives, followed by `suffix`. */
bool backup_name_time(const char *name, const char *suffix, int64_t *ms);

/*
 * manifest.json of a backup: {"format", "name", "kind", "version", "began_at", "created_at",
 * "postgres", "start_lsn", "lsn", "size", "schemas": {"orderd": 12, …},
 * "files": [{"name", "size", "sha256"}, …], and with dumps "elsewhere": ["orderd", …], "pause_ms"}. NULL with *failure set when there is none, or when a
 * newer version wrote it. New reference.
 */
json_t *backup_manifest(const char *backup, struct failure *failure);

/* The complete backups of a folder, the newest first, each as its manifest without "files", with its
 * "folder". New reference; a folder that cannot be read has none. */
json_t *backup_list(const char *folder);

/* When the newest of them was begun, in milliseconds since 1970, by its name; those that somebody gave
 * another name do not count. 0: there is none. */
int64_t backup_newest_ms(const char *folder);

/* What backup_list() has of one of them. */
json_t *backup_view(const char *backup, const json_t *manifest);

#endif
