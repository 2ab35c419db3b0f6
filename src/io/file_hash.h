/* SPDX-License-Identifier: Apache-2.0 */
/* Which data a result was made from. Layer: io. */
#ifndef EL_IO_FILE_HASH_H
#define EL_IO_FILE_HASH_H
#include <stddef.h>
#include <stdint.h>

#include "energylens/error.h"

#define EL_HASH_LEN   20u
#define EL_HASH_START 0xcbf29ce484222325u

/* FNV-1a (64 bit) of n more bytes; h starts at EL_HASH_START. */
uint64_t el_hash_bytes(uint64_t h, const void *bytes, size_t n);

/*
 * FNV-1a (64 bit) of the bytes of the files, one after the other, as 16
 * hexadecimal digits. Not against forgery: it tells two versions of a table
 * apart. "" where one of the paths is "-" (a stream is read only once). EL_E_IO
 * "path: reason". Source: Fowler, Noll & Vo, RFC 9923.
 */
EL_NODISCARD el_status el_file_hash(const char *const *path, size_t n,
                                    char hash[EL_HASH_LEN], el_error *err);

/* The same in parts, among other bytes. */
EL_NODISCARD el_status el_hash_file(const char *path, uint64_t *h,
                                    el_error *err);
void el_hash_print(uint64_t h, char hash[EL_HASH_LEN]);

#endif
