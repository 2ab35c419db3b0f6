/* SPDX-License-Identifier: Apache-2.0 */
/* A run while it runs: what its parts share. Layer: load. */
#ifndef EL_LOAD_RUN_H
#define EL_LOAD_RUN_H
#include "load/arrival.h"
#include "load/stream.h"
#include "load/watch.h"

typedef struct el_run {
    el_load *load;
    const el_load_work *work;
    const el_task *task;
    el_watch watch;
    el_arrivals arrivals;
    uint64_t seed;
    size_t limit; /* most streams at once */
    size_t *idle; /* stack of free streams */
    size_t n_idle;
    size_t n_flying, n_waiting;
    el_buf body; /* of the next request, once it is made */
    bool has_body;
    double curl_s, sweep_s, tick_s; /* when each is due */
    bool stop;                      /* begin no more */
    size_t in_a_row;                /* failures */
    el_load_now now;
    el_load_total total;
    el_status st;
    el_error *err;
} el_run;

/* begin.c */
bool el_run_may_begin(const el_run *r, double now_s); /* ever, from now */
void el_run_make_body(el_run *r); /* of the next request, ahead of its time */
/* Begins what is due, a few at most; true: there may be more. */
bool el_run_begin_due(el_run *r);
void el_run_begin_attempt(el_run *r, el_load_stream *s);

/* record.c */
void el_run_give_up(el_run *r, el_status st); /* the first status stays */
void el_run_finish(el_run *r, el_load_stream *s, CURLcode code);
/* Everything that is under way ends now, and is said to have. */
void el_run_cut(el_run *r);

#endif
