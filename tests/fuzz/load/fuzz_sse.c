/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a streamed answer. The first says into what pieces the rest is
 * cut: the events are those of the whole, their JSON is read or refused, and
 * what is read of it lies inside of it.
 */
#include "el_fuzz.h"

#include <math.h>

#include "base/mem.h"
#include "load/chunk.h"
#include "load/sse.h"

typedef struct heard {
    uint64_t hash;
    size_t n, stop_after;
} heard;

static void check_count(double v)
{
    require(isnan(v) || (v >= 0 && v == floor(v) && v <= 0x1p53));
}

static void check_slice(el_slice s, const char *data, size_t len)
{
    require(s.len == 0 || (s.text >= data && s.text + s.len <= data + len));
}

static bool hear(const char *data, size_t len, void *ctx)
{
    heard *h = ctx;
    el_chunk c;

    require(data[len] == '\0');
    require(len < EL_SSE_MAX_BYTES);
    h->hash = h->hash * 31 + len;
    for (size_t i = 0; i < len; i++) {
        require(data[i] != '\r');
        h->hash = (h->hash ^ (unsigned char)data[i]) * 0x100000001B3u;
    }
    h->n++;
    if (el_chunk_read(data, len, &c)) {
        require(!c.done || len == 6);
        check_count(c.prompt_tokens);
        check_count(c.completion_tokens);
        check_count(c.cached_tokens);
        require(c.has_usage || isnan(c.prompt_tokens));
        check_slice(c.message, data, len);
    }
    check_slice(el_chunk_message(data, len), data, len);
    return h->n != h->stop_after;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;
    heard whole = {.n = 0}, pieces = {.n = 0};
    el_sse a = {.begun = false}, b = {.begun = false};
    size_t piece;

    if (size == 0)
        return 0;
    size--;
    piece = data[0] % 64 + 1u;
    require(el_sse_feed(&a, text, size, hear, &whole) == EL_OK);
    for (size_t at = 0; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;

        require(el_sse_feed(&b, text + at, n, hear, &pieces) == EL_OK);
        require(b.line.len + b.data.len <= at + n + 1);
    }
    require(whole.n == pieces.n && whole.hash == pieces.hash);
    el_sse_reset(&a);
    whole = (heard){.stop_after = 1};
    require(el_sse_feed(&a, text, size, hear, &whole) ==
            (pieces.n > 0 ? EL_E_CANCELLED : EL_OK));
    el_sse_clear(&a);
    el_sse_clear(&b);
    require(el_mem_live() == 0);
    return 0;
}
