/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One of the concurrent streams: a request from its start to its record.
 * Layer: load.
 */
#ifndef EL_LOAD_STREAM_H
#define EL_LOAD_STREAM_H
#include "load/client.h"
#include "load/sse.h"

typedef enum el_stream_state {
    EL_STREAM_IDLE,
    EL_STREAM_FLYING, /* in the multi handle */
    EL_STREAM_WAITING /* for its next attempt, at wait_s */
} el_stream_state;

struct el_load_stream {
    el_load *load;
    CURL *easy;
    el_stream_state state;
    double wait_s;
    el_load_request r;
    el_buf body;
    char id_line[96];
    struct curl_slist id; /* before the client's headers */
    /* the answer so far */
    el_sse sse;
    bool checked; /* status and type were looked at */
    bool done;    /* [DONE] came */
    bool has_usage;
    bool no_memory;
    bool broken;    /* r.outcome and r.detail say why */
    el_buf message; /* the beginning of an answer that is no stream */
    bool keep_chunks;
    uint32_t *chunk_us;
    size_t cap_chunk;
    double gap_m2; /* sum of squared distances from the mean gap */
};

EL_NODISCARD el_status el_stream_new(el_load *load, size_t number,
                                     el_load_stream **out, el_error *err);
void el_stream_free(el_load_stream *s); /* NULL is fine */

/* answer.c: libcurl's write callback; status and type of the answer. */
size_t el_stream_receive(char *data, size_t size, size_t n, void *ctx);
void el_stream_check_head(el_load_stream *s);
/* Stops it: the first reason stays. */
void el_stream_break(el_load_stream *s, el_load_outcome why, const char *fmt,
                     ...) EL_PRINTF(3, 4);

/* A request, due at due_s (NaN: when it starts); its body is swapped in. */
void el_stream_take(el_load_stream *s, size_t index, el_load_shape shape,
                    double due_s, el_buf *body);
/* Its next attempt, into the multi handle. */
EL_NODISCARD el_status el_stream_begin(el_load_stream *s, uint64_t seed,
                                       el_error *err);
/* Out of the multi handle; completes the record, which is then `r`. */
void el_stream_end(el_load_stream *s, CURLcode code, unsigned retries);
/* A retry that will not be: its record. */
void el_stream_drop(el_load_stream *s);
/* Seconds from now to the next attempt. */
double el_stream_backoff_s(const el_load_stream *s);

#endif
