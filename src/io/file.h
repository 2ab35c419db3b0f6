/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files in, whole files out. Layer: io. */
#ifndef EL_IO_FILE_H
#define EL_IO_FILE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "energylens/error.h"

/*
 * Read a regular file or stream ("-" = stdin) into *data (el_free it), NUL
 * after len bytes. EL_E_IO "path: reason", EL_E_DATA above max_bytes, NOMEM.
 */
EL_NODISCARD el_status el_file_read(const char *path, size_t max_bytes,
                                    char **data, size_t *len, el_error *err);

/*
 * Temporary file beside path, write, fsync, rename: path holds the old or the
 * new content, never part of it. "-" writes to stdout. EL_E_IO "path: reason".
 * A symbolic link is followed and an existing file keeps its mode; a device or
 * FIFO is written directly, since there is nothing to replace.
 */
EL_NODISCARD el_status el_file_write(const char *path, const char *data,
                                     size_t len, el_error *err);

/*
 * The same with all that `from` holds, an open temporary file. EL_E_IO.
 */
EL_NODISCARD el_status el_file_write_from(const char *path, FILE *from,
                                          el_error *err);

/*
 * Ahead of a long computation: EL_E_IO "path: reason" where it can be told now
 * that el_file_write() could not write there. Nothing is touched.
 */
EL_NODISCARD el_status el_file_may_write(const char *path, el_error *err);

/* A file read piece by piece, for readers that may want to stop early. */
typedef struct el_stream {
    int fd;
    const char *path; /* borrowed; stands in messages */
    size_t size;      /* of a regular file, 0 where unknown */
} el_stream;

/* path "-" is stdin. EL_E_IO "path: reason", also for a directory. */
EL_NODISCARD el_status el_stream_open(const char *path, el_stream *out,
                                      el_error *err);
/* Fill buf with cap bytes, fewer (*n < cap) only at the end. EL_E_IO. */
EL_NODISCARD el_status el_stream_fill(const el_stream *source, char *buf,
                                      size_t cap, size_t *n, el_error *err);
void el_stream_close(el_stream *source); /* leaves stdin open */

#endif
