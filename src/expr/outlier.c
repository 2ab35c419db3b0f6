/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/outlier.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/expr_eval.h"
#include "num/stats.h"

#define MOST 0.1 /* share of the rows: more are no outliers but a misfit */

/* The rows that stay: copies. */
typedef struct rest {
    const double *col[EL_EXPR_MAX_COLS];
    double *value, *y; /* n_col * n_row; n_row */
    size_t *group;     /* NULL: none were given */
    size_t n_row;
} rest;

static void rest_clear(rest *r)
{
    el_free(r->value);
    el_free(r->y);
    el_free(r->group);
}

/* What the loss squares, on a scale where noise is even. */
static double residual(el_loss loss, double f, double y)
{
    if (loss == EL_LOSS_PLAIN)
        return f - y;
    return f / y > 0 ? log(f / y) : -100;
}

/* away[i]: farther than `sd` robust SDs from the law. How many. */
static el_status mark(const el_expr *law, const el_columns *x, const double *y,
                      const el_discover_options *options, bool *away,
                      size_t *n_away, el_error *err)
{
    const size_t n = x->n_row;
    double *r = el_array(n, sizeof *r), *sorted = el_array(n, sizeof *sorted);
    double sd = 0, middle = 0;
    el_status st = EL_OK;

    *n_away = 0;
    if (!r || !sorted)
        st = el_fail(err, EL_E_NOMEM, "discover: %zu rows", n);
    if (st == EL_OK)
        st = el_expr_eval(law, x, r, err);
    if (st == EL_OK) {
        for (size_t i = 0; i < n; i++)
            sorted[i] = r[i] = residual(options->loss, r[i], y[i]);
        middle = el_median(sorted, n);
        sd = el_mad_sd(sorted, n);
    }
    for (size_t i = 0; i < n && st == EL_OK; i++) {
        away[i] = sd > 0 && fabs(r[i] - middle) > options->outlier_sd * sd;
        *n_away += away[i];
    }
    el_free(r);
    el_free(sorted);
    return st;
}

static el_status keep(rest *r, const el_columns *x, const double *y,
                      const size_t *group, const bool *away, el_error *err)
{
    size_t to = 0;

    r->value = el_array(x->n_col * r->n_row, sizeof *r->value);
    r->y = el_array(r->n_row, sizeof *r->y);
    r->group = group ? el_array(r->n_row, sizeof *r->group) : NULL;
    if (!r->value || !r->y || (group && !r->group))
        return el_fail(err, EL_E_NOMEM, "discover: %zu rows", r->n_row);
    for (size_t i = 0; i < x->n_row; i++) {
        if (away[i])
            continue;
        r->y[to] = y[i];
        if (group)
            r->group[to] = group[i];
        for (size_t k = 0; k < x->n_col; k++)
            r->value[k * r->n_row + to] = x->col[k][i];
        to++;
    }
    for (size_t k = 0; k < x->n_col; k++)
        r->col[k] = r->value + k * r->n_row;
    return EL_OK;
}

el_status el_discover_without_outliers(const el_columns *columns,
                                       const double *y,
                                       const el_discover_options *options,
                                       const el_task *task, el_front *out,
                                       el_error *err)
{
    const size_t n = columns->n_row;
    el_discover_options first = *options, then = *options;
    el_front *front = el_array(1, sizeof *front);
    bool *away = el_array(n, sizeof *away);
    size_t n_away = 0;
    rest r = {.value = NULL};
    el_status st = EL_OK;

    first.outlier_sd = then.outlier_sd = 0;
    first.evaluations = 0;
    first.resume = NULL;
    first.save = NULL;
    if (!front || !away)
        st = el_fail(err, EL_E_NOMEM, "discover: %zu rows", n);
    if (st == EL_OK)
        st = el_discover(columns, y, &first, task, front, err);
    if (st == EL_OK && front->n > 0)
        st = mark(&front->law[front->pick].expr, columns, y, options, away,
                  &n_away, err);
    if (st == EL_OK && (double)n_away > MOST * (double)n) {
        memset(away, 0, n * sizeof *away);
        n_away = 0;
    }
    r.n_row = n - n_away;
    if (st == EL_OK)
        st = keep(&r, columns, y, options->group, away, err);
    then.group = r.group;
    if (st == EL_OK)
        st = el_discover(&(el_columns){r.col, columns->n_col, r.n_row}, r.y,
                         &then, task, out, err);
    if (st == EL_OK)
        out->n_outlier = n_away;
    rest_clear(&r);
    el_free(away);
    el_free(front);
    return st;
}
