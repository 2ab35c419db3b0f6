/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of attempts: counted, reported, tried again or given up. */
#include "load/run.h"

void el_run_give_up(el_run *r, el_status st)
{
    if (r->st == EL_OK)
        r->st = st;
    r->stop = true;
}

static void count_failures(el_run *r, const el_load_request *q)
{
    size_t most = r->work->max_failures;
    bool for_good =
        q->http_status == 401 || q->http_status == 403 || q->http_status == 404;

    if (most == 0)
        most = r->work->streams > 20 ? r->work->streams : 20;
    if (q->outcome == EL_LOAD_STOPPED)
        return;
    r->in_a_row = el_load_outcome_is_answered(q->outcome) ? 0 : r->in_a_row + 1;
    if (r->st != EL_OK)
        return;
    if (r->in_a_row >= most || (for_good && r->now.n_ok == 0))
        el_run_give_up(
            r, el_fail(r->err, EL_E_DEVICE,
                       "%.200s: %zu requests failed, the last one: %s: %s",
                       r->load->url, r->in_a_row,
                       el_load_outcome_name(q->outcome), q->detail));
}

static void report(el_run *r, el_load_stream *s)
{
    const el_load_request *q = &s->r;

    r->total.n_attempt++;
    r->total.n_outcome[q->outcome]++;
    r->total.n_chunk += q->n_chunk;
    r->now.n_ok += q->outcome == EL_LOAD_OK;
    r->now.n_done += !q->again;
    count_failures(r, q);
    if (r->work->done && !r->work->done(q, r->work->ctx))
        r->stop = true;
}

void el_run_finish(el_run *r, el_load_stream *s, CURLcode code)
{
    bool over = r->stop && (!r->work->drain || r->st != EL_OK);

    el_stream_end(s, code, over ? 0 : r->load->target.retries);
    r->n_flying--;
    if (s->no_memory)
        el_run_give_up(r, el_fail(r->err, EL_E_NOMEM, "load: out of memory"));
    if (s->r.again) {
        s->state = EL_STREAM_WAITING;
        s->wait_s = s->r.end_s + el_stream_backoff_s(s);
        r->n_waiting++;
    } else {
        r->idle[r->n_idle++] = s->r.stream;
    }
    report(r, s);
}

void el_run_cut(el_run *r)
{
    for (size_t i = 0; i < r->load->n_stream; i++) {
        el_load_stream *s = r->load->stream[i];

        if (s->state == EL_STREAM_FLYING) {
            el_stream_break(s, EL_LOAD_STOPPED, "the run is over");
            el_run_finish(r, s, CURLE_OK);
        } else if (s->state == EL_STREAM_WAITING) {
            el_stream_drop(s);
            r->n_waiting--;
            r->idle[r->n_idle++] = i;
            report(r, s);
        }
    }
}
