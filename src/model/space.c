/* SPDX-License-Identifier: Apache-2.0 */
/* The runs that a space and its constraints leave. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/design.h"
#include "model/nlls.h"

#define NODE_GPUS 8.0 /* of the degrees that a message proposes */

const char *el_space_limit_name(el_space_limit limit)
{
    static const char *const name[EL_N_SPACE_LIMITS] = {
        "max_gpus", "experts", "divisibility", "memory", "batch_in_cache"};

    return name[limit];
}

typedef struct walk {
    const el_space *space;
    const el_facts *facts;
    el_divides_fn divides;
    void *ctx;
    el_run_list runs;
    size_t *load_id; /* of each combination of loads; 0 = none yet */
} walk;

/* Loads are the last three axes: they vary fastest. */
static size_t n_loads(const el_space *s)
{
    return s->axis[EL_AXIS_BATCH].n * s->axis[EL_AXIS_ISL].n *
           s->axis[EL_AXIS_OSL].n;
}

static el_status count_grid(const el_space *s, size_t *out, el_error *err)
{
    double n = (double)s->n_dtype;

    for (el_axis a = 0; a < EL_N_AXES; a++) {
        if (s->axis[a].n == 0)
            return el_fail(err, EL_E_ARG, "space: %s: no value",
                           el_axis_name(a));
        n *= (double)s->axis[a].n;
    }
    if (s->n_dtype == 0)
        return el_fail(err, EL_E_ARG, "space: dtype: no value");
    if (n > EL_SPACE_MAX_GRID)
        return el_fail(err, EL_E_ARG,
                       "space: %.0f runs (the limit is %u): name fewer values",
                       n, EL_SPACE_MAX_GRID);
    *out = (size_t)n;
    return EL_OK;
}

static double gpus_of(const el_point *p)
{
    return p->pp * p->dp * el_point_shards(p);
}

/* EL_N_SPACE_LIMITS: feasible. Unknown memory is no limit. */
static el_space_limit judge(const walk *w, size_t dtype, const el_point *p)
{
    const el_facts *facts = &w->facts[dtype];
    double cap = el_facts_kv_capacity(facts, el_point_shards(p), p->pp);

    if (gpus_of(p) > w->space->max_gpus)
        return EL_SPACE_GPUS;
    if (p->ep > 1.0 && !(facts->experts > 0.0))
        return EL_SPACE_EXPERTS;
    if (w->divides && !w->divides(w->ctx, dtype, p))
        return EL_SPACE_DIVIDES;
    if (cap < p->isl + p->osl)
        return EL_SPACE_MEMORY;
    if (w->space->batch_in_cache && cap < p->batch * (p->isl + p->osl))
        return EL_SPACE_CACHE;
    return EL_N_SPACE_LIMITS;
}

/* Run i of the grid: dtype, then the axes in their order, the last fastest. */
static el_point point_at(const el_space *s, size_t i, size_t *dtype)
{
    double v[EL_N_AXES];

    for (size_t a = EL_N_AXES; a-- > 0;) {
        v[a] = s->axis[a].v[i % s->axis[a].n];
        i /= s->axis[a].n;
    }
    *dtype = i;
    return (el_point){.tp = v[EL_AXIS_TP],
                      .pp = v[EL_AXIS_PP],
                      .ep = v[EL_AXIS_EP],
                      .dp = v[EL_AXIS_DP],
                      .batch = v[EL_AXIS_BATCH],
                      .isl = v[EL_AXIS_ISL],
                      .osl = v[EL_AXIS_OSL],
                      .workload = -1};
}

static void walk_grid(walk *w)
{
    size_t n_load = n_loads(w->space);
    el_run_list *r = &w->runs;

    for (size_t i = 0; i < r->n_grid; i++) {
        size_t dtype, *id = &w->load_id[i % n_load];
        el_point p = point_at(w->space, i, &dtype);
        el_space_limit limit = judge(w, dtype, &p);

        if (limit < EL_N_SPACE_LIMITS) {
            r->ruled_out[limit]++;
            continue;
        }
        if (*id == 0)
            *id = ++r->n_load;
        r->point[r->n] = p;
        r->dtype[r->n] = dtype;
        r->load[r->n++] = *id - 1;
    }
}

/* The largest configuration of the least demanding load is the last resort. */
static void print_room(const walk *w, el_buf *out)
{
    double most = 0.0, tokens = INFINITY;
    el_room room;

    for (size_t i = 0; i < w->runs.n_grid; i++) {
        size_t dtype;
        el_point p = point_at(w->space, i, &dtype);

        if (judge(w, dtype, &p) == EL_SPACE_MEMORY) {
            most = fmax(most, p.pp * el_point_shards(&p));
            tokens = fmin(tokens, p.isl + p.osl);
        }
    }
    room = el_facts_room(&w->facts[0], most, NODE_GPUS, tokens);
    el_room_print(&room, out);
}

static el_status nothing_left(const walk *w, el_error *err)
{
    el_buf why = {0};
    const char *comma = "";
    el_status st;

    for (el_space_limit l = 0; l < EL_N_SPACE_LIMITS; l++) {
        if (w->runs.ruled_out[l] == 0)
            continue;
        el_buf_printf(&why, "%s%s rules out %zu", comma, el_space_limit_name(l),
                      w->runs.ruled_out[l]);
        comma = ", ";
        if (l == EL_SPACE_MEMORY) {
            el_buf_add(&why, " (");
            print_room(w, &why);
            el_buf_add(&why, ")");
        }
    }
    st = el_fail(err, EL_E_DATA, "no run of the %zu is feasible: %s",
                 w->runs.n_grid, el_buf_text(&why));
    el_buf_clear(&why);
    return st;
}

void el_run_list_clear(el_run_list *runs)
{
    el_free(runs->load);
    el_free(runs->dtype);
    el_free(runs->point);
    memset(runs, 0, sizeof *runs);
}

el_status el_space_runs(const el_space *space, const el_facts *facts,
                        el_divides_fn divides, void *ctx, el_run_list *out,
                        el_error *err)
{
    walk w = {space, facts, divides, ctx, {0}, NULL};
    el_run_list *r = &w.runs;
    el_status st = count_grid(space, &r->n_grid, err);

    if (st != EL_OK)
        return st;
    w.load_id = el_array(n_loads(space), sizeof *w.load_id);
    r->point = el_array(r->n_grid, sizeof *r->point);
    r->dtype = el_array(r->n_grid, sizeof *r->dtype);
    r->load = el_array(r->n_grid, sizeof *r->load);
    if (!w.load_id || !r->point || !r->dtype || !r->load)
        st = el_fail(err, EL_E_NOMEM, "space: %zu runs", r->n_grid);
    if (st == EL_OK)
        walk_grid(&w);
    if (st == EL_OK && r->n == 0)
        st = nothing_left(&w, err);
    el_free(w.load_id);
    if (st == EL_OK)
        *out = *r;
    else
        el_run_list_clear(r);
    return st;
}
