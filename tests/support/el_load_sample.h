/* SPDX-License-Identifier: Apache-2.0 */
/* A fake server, a client of it, and what became of each attempt. */
#ifndef EL_LOAD_SAMPLE_H
#define EL_LOAD_SAMPLE_H
#include <stdlib.h>

#include "el_fake_openai.h"
#include "load/load.h"

#define EL_SAMPLE_MAX 2048

typedef struct el_load_sample {
    el_fake_openai server;
    el_load *load;
    el_error err;
    el_load_total total;
    el_load_request r[EL_SAMPLE_MAX]; /* chunk_us is only good in `done` */
    size_t n;
    size_t stop_after; /* records; 0: never */
} el_load_sample;

static inline bool el_sample_record(const el_load_request *r, void *ctx)
{
    el_load_sample *s = ctx;

    assert_true(s->n < EL_SAMPLE_MAX);
    s->r[s->n++] = *r;
    return s->stop_after == 0 || s->n < s->stop_after;
}

/* Options end with NULL. */
static inline el_load_sample *el_sample_serve(const char *const *option)
{
    el_load_sample *s = calloc(1, sizeof *s);

    assert_non_null(s);
    assert_true(
        el_fake_openai_start(EL_DOUBLES "/fake_openai", option, &s->server));
    return s;
}

static inline el_status el_sample_open(el_load_sample *s, el_load_target target)
{
    target.url = s->server.url;
    return el_load_open(&target, NULL, &s->load, &s->err);
}

static inline el_status el_sample_run(el_load_sample *s, el_load_work work)
{
    s->n = 0;
    work.done = el_sample_record;
    work.ctx = s;
    return el_load_run(s->load, &work, NULL, &s->total, &s->err);
}

static inline void el_sample_close(el_load_sample *s)
{
    el_load_close(s->load);
    el_fake_openai_stop(&s->server);
    free(s);
}

#define EL_SAMPLE_SERVE(...)                                                   \
    el_sample_serve((const char *[]){__VA_ARGS__, NULL})

#endif
