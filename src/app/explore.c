/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explore.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "io/optimize_json.h"

#define CLOUD    8192u /* points of a chart, at most */
#define CSV_SOME (1u << 16)

/* Where the points go. */
typedef struct sink {
    const el_ask_state *state;
    unsigned want;
    el_latency_axis axis;
    el_explored out;
    size_t cap_point;
    size_t n_feasible,
        stride;       /* every stride-th feasible one is in the cloud */
    el_buf text;      /* rows that are not in the file yet */
    uint64_t written; /* bytes that are */
} sink;

static el_status no_memory(el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "explore: out of memory");
}

static el_status fail_temporary(el_error *err, int code)
{
    char text[128] = "unknown error";

    (void)strerror_r(code, text, sizeof text);
    return el_fail(err, EL_E_IO, "temporary file: cannot write: %s", text);
}

static el_status flush_rows(sink *s, el_error *err)
{
    if (!el_buf_ok(&s->text))
        return no_memory(err);
    errno = 0;
    if (fwrite(el_buf_text(&s->text), 1, s->text.len, s->out.csv) !=
        s->text.len)
        return fail_temporary(err, errno);
    s->written += s->text.len;
    el_buf_clear(&s->text);
    return EL_OK;
}

static el_status add_row(sink *s, const el_candidate *c, uint64_t *mark,
                         el_error *err)
{
    const el_setup *setup = &s->state->setups.setup[c->setup];

    *mark = s->written + el_explore_csv_row(setup, c, &s->text);
    return s->text.len < CSV_SOME && el_buf_ok(&s->text) ? EL_OK
                                                         : flush_rows(s, err);
}

static el_status add_point(sink *s, const el_explore_point *p, el_error *err)
{
    el_candidate *grown;

    if (p->index >= EL_MAX_POINTS)
        return el_fail(err, EL_E_ARG,
                       "more than %u configurations: too many for JSON, write "
                       "them as CSV",
                       EL_MAX_POINTS);
    grown = el_grow(s->out.point, &s->cap_point, p->index + 1, sizeof *grown);
    if (!grown)
        return no_memory(err);
    s->out.point = grown;
    grown[p->index] = *p->candidate;
    return EL_OK;
}

/* Every second point leaves where the cloud is full. */
static void thin(sink *s)
{
    for (size_t i = 1; 2 * i < s->out.n_cloud; i++)
        memcpy(&s->out.cloud[2 * i], &s->out.cloud[4 * i],
               2 * sizeof *s->out.cloud);
    s->out.n_cloud = (s->out.n_cloud + 1) / 2;
    s->stride *= 2;
}

static void add_cloud(sink *s, const el_candidate *c)
{
    double *spot;

    if (!c->feasible || s->n_feasible++ % s->stride != 0)
        return;
    spot = &s->out.cloud[2 * s->out.n_cloud++];
    spot[0] = el_candidate_latency(c, s->axis);
    spot[1] = c->energy_per_output_token_j;
    if (s->out.n_cloud == CLOUD)
        thin(s);
}

static el_status take(void *ctx, const el_explore_point *p, uint64_t *mark,
                      el_error *err)
{
    sink *s = ctx;
    el_status st = EL_OK;

    if (s->want & EL_WANT_CSV)
        st = add_row(s, p->candidate, mark, err);
    if (st == EL_OK && (s->want & EL_WANT_POINTS))
        st = add_point(s, p, err);
    if (s->want & EL_WANT_CLOUD)
        add_cloud(s, p->candidate);
    return st;
}

/* The rows said that they are on no front; those that are say so now. */
static el_status mark_rows(sink *s, const el_explore_result *r, el_error *err)
{
    for (el_front_kind k = 0; k < EL_N_FRONTS; k++)
        for (size_t i = 0; i < r->front[k].n; i++) {
            uint64_t at = r->front[k].point[i].mark + 2 * (uint64_t)k;
            errno = 0;
            if (fseeko(s->out.csv, (off_t)at, SEEK_SET) != 0 ||
                fputc('1', s->out.csv) == EOF)
                return fail_temporary(err, errno);
        }
    errno = 0;
    return fflush(s->out.csv) == 0 ? EL_OK : fail_temporary(err, errno);
}

static el_status open_parts(sink *s, el_error *err)
{
    if (s->want & EL_WANT_CLOUD) {
        s->out.cloud = el_array(2 * (size_t)CLOUD, sizeof *s->out.cloud);
        if (!s->out.cloud)
            return no_memory(err);
    }
    if (s->want & EL_WANT_CSV) {
        errno = 0;
        s->out.csv = tmpfile();
        if (!s->out.csv)
            return fail_temporary(err, errno);
        el_explore_csv_header(&s->text);
    }
    return EL_OK;
}

el_status el_explore_run(const el_ask_state *state,
                         const el_explore_query *query, unsigned want,
                         const el_task *task, el_explored *out, el_error *err)
{
    sink s = {.state = state, .want = want, .axis = query->axis, .stride = 1};
    el_status st = open_parts(&s, err);

    s.out.query = *query;
    s.out.query.base = state->setups.query;
    s.out.query.n_base = state->setups.n;
    if (st == EL_OK)
        st = el_explore(&s.out.query, task, take, &s, &s.out.result, err);
    if (st == EL_OK && s.out.csv)
        st = flush_rows(&s, err);
    if (st == EL_OK && s.out.csv)
        st = mark_rows(&s, &s.out.result, err);
    el_buf_clear(&s.text);
    if (st == EL_OK)
        *out = s.out;
    else
        el_explored_clear(&s.out);
    return st;
}

void el_explored_clear(el_explored *explored)
{
    if (explored->csv)
        (void)fclose(explored->csv);
    el_free(explored->cloud);
    el_free(explored->point);
    el_explore_result_clear(&explored->result);
    memset(explored, 0, sizeof *explored);
}
