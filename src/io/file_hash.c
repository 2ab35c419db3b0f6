/* SPDX-License-Identifier: Apache-2.0 */
#include "io/file_hash.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "io/file.h"

#define FNV_PRIME 0x100000001b3u
#define PIECE     16384u

uint64_t el_hash_bytes(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < n; i++)
        h = (h ^ byte[i]) * FNV_PRIME;
    return h;
}

el_status el_hash_file(const char *path, uint64_t *h, el_error *err)
{
    char buf[PIECE];
    el_stream source;
    size_t n = sizeof buf;
    el_status st = el_stream_open(path, &source, err);

    if (st != EL_OK)
        return st;
    while (st == EL_OK && n == sizeof buf) {
        st = el_stream_fill(&source, buf, sizeof buf, &n, err);
        if (st == EL_OK)
            *h = el_hash_bytes(*h, buf, n);
    }
    el_stream_close(&source);
    return st;
}

void el_hash_print(uint64_t h, char hash[EL_HASH_LEN])
{
    (void)snprintf(hash, EL_HASH_LEN, "%016" PRIx64, h);
}

el_status el_file_hash(const char *const *path, size_t n,
                       char hash[EL_HASH_LEN], el_error *err)
{
    uint64_t h = EL_HASH_START;

    for (size_t i = 0; i < n; i++) {
        el_status st;

        if (strcmp(path[i], "-") == 0) {
            hash[0] = '\0';
            return EL_OK;
        }
        st = el_hash_file(path[i], &h, err);
        if (st != EL_OK)
            return st;
    }
    el_hash_print(h, hash);
    return EL_OK;
}
