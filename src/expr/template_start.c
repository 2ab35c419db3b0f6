/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first laws of a shape: holes with simple parts, from several starts of
 * the numbers beside them; then, hole by hole, what the generators find for the
 * values it should have where the law is linear in it, all else as in the best
 * law so far.
 */
#include "expr/template_start.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/task.h"
#include "energylens/expr_eval.h"
#include "expr/refit.h"
#include "expr/template.h"

#define STARTS   24u /* of the numbers that are not linear */
#define STEPS    30u
#define FOUND    8u /* steps of a law with a part by a generator */
#define ROUNDS   2u
#define SHARE    .3 /* of the law, from which on a hole shows in the rows */
#define FEW_ROWS 20u
#define LINEAR   1e-6 /* relative: what rounding may do to a straight line */
#define STREAM   UINT64_C(0x7e3b1a7e) /* apart from those of the search */
#define MOST     EL_TEMPLATE_HOLES

typedef struct start {
    const el_columns *x;
    const double *y;
    const el_discover_options *options;
    const el_task *task;
    const el_gen_sink *sink;
    const el_template *shape;
    el_grammar grammar;
    el_rng rng;
    el_expr best;
    double loss; /* of the best; INFINITY: none */
    bool stop;
} start;

static bool fit(const start *s, el_expr *e, unsigned steps, double *loss)
{
    el_refit_result result;

    if (!el_express(&s->grammar, e) ||
        el_expr_fit(e, s->x, s->y, NULL, s->options->loss, steps, &result,
                    NULL) != EL_OK)
        return false;
    *loss = result.loss;
    return true;
}

static void offer(start *s, const el_expr *e, double loss)
{
    if (loss < s->loss) {
        s->best = *e;
        s->loss = loss;
    }
    s->stop = s->sink->take(s->sink->ctx, e) || el_task_is_cancelled(s->task);
}

/* The template with its numbers moved, each by its kind. */
static el_expr moved(start *s)
{
    el_expr e = s->shape->expr;

    for (unsigned j = 0; j < e.n_const; j++) {
        const double scale =
            el_rng_below(&s->rng, 2)
                ? 1
                : s->grammar.typical[el_rng_below(&s->rng, s->grammar.n_col)];

        if (e.kind[j] == EL_CONST_EXPONENT)
            e.value[j] = .5 * ((double)el_rng_below(&s->rng, 9) - 4);
        else if (e.kind[j] != EL_CONST_FIXED)
            e.value[j] *= scale * exp(1.5 * el_rng_normal(&s->rng));
        if (e.kind[j] == EL_CONST_FREE && s->options->signed_terms &&
            el_rng_below(&s->rng, 4) == 0)
            e.value[j] = -e.value[j];
    }
    return e;
}

/* The best of several starts, the first of them as written. */
static void try_parts(start *s, const el_expr part[MOST])
{
    el_expr best = {0};
    double least = (double)INFINITY;

    for (unsigned k = 0; k < STARTS && !s->stop; k++) {
        const el_expr like = k ? moved(s) : s->shape->expr;
        el_expr e;
        double loss;

        if (!el_template_fill(s->shape, &like, part, &e) ||
            !fit(s, &e, STEPS, &loss) || !(loss < least))
            continue;
        best = e;
        least = loss;
    }
    if (isfinite(least))
        offer(s, &best, least);
}

enum part { NUMBER, SUM, PRODUCT, COLUMN };

/* A simple part of hole h; COLUMN + i: its i-th column. */
static bool simple(const start *s, size_t h, unsigned how, el_expr *out)
{
    const uint64_t columns = s->shape->hole[h].columns;
    unsigned n = 0;
    bool done = true;

    *out = (el_expr){0};
    if (how == NUMBER || how == SUM)
        done = el_expr_push_const(out, 1, EL_CONST_FREE);
    for (unsigned c = 0; c < s->x->n_col && done && how != NUMBER; c++) {
        if (!(columns >> c & 1u) || (how >= COLUMN && n++ != how - COLUMN))
            continue;
        if (how == PRODUCT)
            done = el_expr_push_power(out, c, 1, EL_CONST_EXPONENT) &&
                   (n++ == 0 || el_expr_push_op(out, EL_OP_MUL));
        else
            done = el_expr_push_const(out, 1, EL_CONST_FREE) &&
                   el_expr_push_col(out, c) &&
                   el_expr_push_op(out, EL_OP_MUL) &&
                   (how != SUM || el_expr_push_op(out, EL_OP_ADD));
    }
    return done && out->n_node > 0;
}

static void try_simple_parts(start *s)
{
    const unsigned most = COLUMN + (unsigned)s->x->n_col;

    for (unsigned how = NUMBER; how < most && !s->stop; how++) {
        el_expr part[MOST];
        bool done = true;

        for (size_t h = 0; h < s->shape->n_hole && done; h++)
            done = simple(s, h, how, &part[h]) ||
                   simple(s, h, how < COLUMN ? NUMBER : COLUMN, &part[h]);
        if (done)
            try_parts(s, part);
        if (s->shape->n_hole == 0)
            break;
    }
}

/* The generators' search for one hole. */
typedef struct hunt {
    start *start;
    el_expr like, part[MOST]; /* the law it started from */
    size_t hole, column[EL_EXPR_MAX_COLS];
} hunt;

static bool take(void *ctx, const el_expr *found)
{
    hunt *h = ctx;
    start *s = h->start;
    el_expr part[MOST], e;
    double loss;

    memcpy(part, h->part, sizeof part);
    part[h->hole] = *found;
    for (unsigned i = 0; i < found->n_node; i++)
        if (found->node[i].op == EL_OP_COL)
            part[h->hole].node[i].arg = (uint16_t)h->column[found->node[i].arg];
    if (el_template_fill(s->shape, &h->like, part, &e) &&
        fit(s, &e, FOUND, &loss))
        offer(s, &e, loss);
    return s->stop || el_task_is_cancelled(s->task);
}

/* out = the law with the number `value` in the hole. */
static bool at_value(const hunt *h, double value, double *out)
{
    const start *s = h->start;
    el_expr part[MOST], e;

    memcpy(part, h->part, sizeof part);
    part[h->hole] = (el_expr){0};
    return el_expr_push_const(&part[h->hole], value, EL_CONST_FIXED) &&
           el_template_fill(s->shape, &h->like, part, &e) &&
           el_expr_eval(&e, s->x, out, NULL) == EL_OK;
}

/* The law at every row: with 1, 2 and 3 in the hole, and as it is. */
typedef struct probe {
    double *at[4];
} probe;

/* a + b hole is what the law is there; false: not linear in the hole. */
static bool line_at(const probe *p, size_t i, double *a, double *b)
{
    *b = p->at[1][i] - p->at[0][i];
    *a = p->at[0][i] - *b;
    return fabs(*b) > 0 && isfinite(p->at[2][i]) &&
           fabs(p->at[2][i] - p->at[1][i] - *b) <= LINEAR * fabs(*b);
}

static bool look(const hunt *h, const probe *p)
{
    double a, b;

    for (int k = 0; k < 3; k++)
        if (!at_value(h, k + 1, p->at[k]))
            return false;
    for (size_t i = 0; i < h->start->x->n_row; i++)
        if (!line_at(p, i, &a, &b))
            return false;
    return el_expr_eval(&h->like, h->start->x, p->at[3], NULL) == EL_OK;
}

/* What the hole should be, (y - a) / b, and the columns, on rows where it makes
   up at least `share` of the law: elsewhere noise on the rest hides it. False
   where these are too few or say nothing. */
static bool gather(const hunt *h, const probe *p, double share, double *value,
                   size_t *n)
{
    const start *s = h->start;
    const size_t n_row = s->x->n_row;
    bool same = true;

    *n = 0;
    for (size_t i = 0; i < n_row; i++) {
        const double law = p->at[3][i];
        double a, b, want;

        (void)line_at(p, i, &a, &b);
        want = (s->y[i] - a) / b;
        if (!(fabs(law - a) >= share * fabs(law)) || !isfinite(want) ||
            want == 0)
            continue;
        value[*n] = want;
        same = same && want == value[0];
        for (size_t c = 0; c < s->x->n_col; c++)
            value[(c + 1) * n_row + *n] = s->x->col[c][i];
        (*n)++;
    }
    return !same && *n >= (share > 0 ? FEW_ROWS + n_row / 10 : 2);
}

static el_status generate(hunt *h, const double *value, size_t n, el_error *err)
{
    const start *s = h->start;
    const el_gen_options gen = {s->options->signed_terms, s->grammar.ops, NULL};
    const el_gen_sink sink = {take, h};
    const double *col[EL_EXPR_MAX_COLS];
    el_columns x = {col, 0, n};

    for (size_t c = 0; c < s->x->n_col; c++)
        if (s->shape->hole[h->hole].columns >> c & 1u) {
            h->column[x.n_col] = c;
            col[x.n_col++] = value + (c + 1) * s->x->n_row;
        }
    return el_generate(&x, value, &gen, &sink, err);
}

static el_status hunt_for(start *s, size_t hole, el_error *err)
{
    const size_t n_row = s->x->n_row;
    hunt h = {.start = s, .like = s->best, .hole = hole};
    double *value = el_array((5 + s->x->n_col) * n_row, sizeof *value);
    probe p;
    el_template_match m;
    size_t n = 0;
    el_status st = EL_OK;
    bool done;

    if (!value)
        return el_fail(err, EL_E_NOMEM, "discover: %zu rows", n_row);
    for (size_t k = 0; k < 4; k++)
        p.at[k] = value + (s->x->n_col + 1 + k) * n_row;
    done = el_template_fits(s->shape, &s->best, &m);
    for (size_t k = 0; k < s->shape->n_hole && done; k++)
        done = el_expr_push_part(&h.part[k], &s->best, m.end[k]);
    if (done && look(&h, &p) &&
        (gather(&h, &p, SHARE, value, &n) || gather(&h, &p, 0, value, &n)))
        st = generate(&h, value, n, err);
    el_free(value);
    return st;
}

el_status el_template_start(const el_columns *x, const double *y,
                            const el_discover_options *options,
                            unsigned max_complexity, const el_task *task,
                            const el_gen_sink *sink, el_error *err)
{
    start s = {.x = x,
               .y = y,
               .options = options,
               .task = task,
               .sink = sink,
               .shape = options->shape,
               .loss = (double)INFINITY};
    el_status st = EL_OK;

    el_grammar_init(&s.grammar, x,
                    options->ops ? options->ops : EL_DISCOVER_OPS,
                    options->signed_terms, max_complexity);
    s.grammar.shape = options->shape;
    el_rng_init(&s.rng, task ? task->seed : 0, STREAM);
    try_simple_parts(&s);
    for (unsigned round = 0; round < ROUNDS; round++)
        for (size_t h = 0; h < s.shape->n_hole; h++)
            if (st == EL_OK && !s.stop && isfinite(s.loss))
                st = hunt_for(&s, h, err);
    return st;
}
