/* SPDX-License-Identifier: Apache-2.0 */
/* Beginnings: requests that are due, on streams that are free. */
#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "load/run.h"

#define MAX_BEGIN 1u /* before readiness is collected again */

void el_run_begin_attempt(el_run *r, el_load_stream *s)
{
    el_status st = el_stream_begin(s, r->seed, r->err);

    if (st != EL_OK) {
        r->idle[r->n_idle++] = s->r.stream;
        el_run_give_up(r, st);
        return;
    }
    r->n_flying++;
    if (r->n_flying > r->total.peak_in_flight)
        r->total.peak_in_flight = r->n_flying;
}

/* A free stream, made where there is none; NULL: all are at work. */
static el_load_stream *free_stream(el_run *r)
{
    el_load *load = r->load;
    el_load_stream **more, *s = NULL;
    el_status st;

    if (r->n_idle > 0)
        return load->stream[r->idle[--r->n_idle]];
    if (load->n_stream >= r->limit)
        return NULL;
    more = el_grow(load->stream, &load->cap_stream, load->n_stream + 1,
                   sizeof(el_load_stream *));
    if (!more) {
        el_run_give_up(
            r, el_fail(r->err, EL_E_NOMEM, "load: no memory for a stream"));
        return NULL;
    }
    load->stream = more;
    st = el_stream_new(load, load->n_stream, &s, r->err);
    if (st != EL_OK) {
        el_run_give_up(r, st);
        return NULL;
    }
    load->stream[load->n_stream++] = s;
    return s;
}

static el_load_shape next_shape(const el_run *r)
{
    return r->work->shape[r->arrivals.next % r->work->n_shape];
}

void el_run_make_body(el_run *r)
{
    el_status st;

    if (r->has_body)
        return;
    r->body.len = 0;
    st = el_client_body(r->load, next_shape(r), r->seed, r->arrivals.next,
                        &r->body, r->err);
    r->has_body = st == EL_OK;
    if (st != EL_OK)
        el_run_give_up(r, st);
}

bool el_run_may_begin(const el_run *r, double now_s)
{
    double over_s = r->arrivals.start_s + r->work->duration_s;

    if (r->stop || isinf(r->arrivals.due_s))
        return false;
    return r->work->duration_s <= 0 || now_s < over_s;
}

static void begin_next(el_run *r)
{
    el_load_stream *s;
    double due_s = r->arrivals.due_s;

    el_run_make_body(r);
    s = r->has_body ? free_stream(r) : NULL;
    if (!s)
        return;
    s->keep_chunks = r->work->keep_chunks;
    el_stream_take(s, r->arrivals.next, next_shape(r), due_s, &r->body);
    r->has_body = false;
    el_arrivals_pass(&r->arrivals);
    r->now.n_started++;
    el_run_begin_attempt(r, s);
    r->total.late_max_s = fmax(r->total.late_max_s, s->r.start_s - s->r.due_s);
}

bool el_run_begin_due(el_run *r)
{
    for (size_t i = 0; i < MAX_BEGIN; i++) {
        double now_s = el_clock_s();

        if (r->n_flying + r->n_waiting >= r->limit ||
            !el_run_may_begin(r, now_s) || r->arrivals.due_s > now_s)
            return false;
        begin_next(r);
    }
    return true;
}
