/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for the generators, and the columns that are pure powers. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"
#include "num/qr.h"

void el_gen_view_clear(el_gen_view *view)
{
    el_free(view->x);
    el_free(view->log_x);
    el_free(view->y);
    *view = (el_gen_view){0};
}

static el_status view_alloc(el_gen_view *v, el_error *err)
{
    v->x = el_array(v->n * (v->n_var + 1), sizeof *v->x);
    v->log_x = el_array(v->n * (v->n_var + 1), sizeof *v->log_x);
    v->y = el_array(v->n, sizeof *v->y);
    if (v->x && v->log_x && v->y)
        return EL_OK;
    el_gen_view_clear(v);
    return el_fail(err, EL_E_NOMEM, "generate: rows");
}

/* Flags and logarithms from x and y. */
static void view_finish(el_gen_view *v)
{
    size_t above = 0;

    v->x_positive = true;
    for (size_t i = 0; i < v->n * v->n_var; i++) {
        v->x_positive = v->x_positive && v->x[i] > 0;
        v->log_x[i] = log(fabs(v->x[i]) + 1e-300);
    }
    v->y_one_sign = true;
    for (size_t i = 0; i < v->n; i++) {
        above += v->y[i] > 0;
        v->y_one_sign = v->y_one_sign && v->y[i] != 0;
    }
    v->y_one_sign = v->y_one_sign && (above == 0 || above == v->n);
}

el_status el_gen_view_new(const el_columns *x, const double *y,
                          const el_gen_options *options,
                          const el_gen_sink *sink, bool *stop, el_gen_view *out,
                          el_error *err)
{
    el_gen_view v = {
        .n_var = x->n_col, .options = *options, .sink = sink, .stop = stop};
    el_status st;

    if (x->n_col == 0 || x->n_col > EL_POLY_MAX_VARS || x->n_row == 0)
        return el_fail(err, EL_E_ARG, "generate: %zu columns (1..%u)", x->n_col,
                       EL_POLY_MAX_VARS);
    v.n = x->n_row < EL_GEN_MAX_ROWS ? x->n_row : EL_GEN_MAX_ROWS;
    st = view_alloc(&v, err);
    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < v.n; i++) {
        const size_t row = i * x->n_row / v.n;

        v.y[i] = y[row];
        for (size_t k = 0; k < v.n_var; k++)
            v.x[k * v.n + i] = x->col[k][row];
    }
    for (size_t k = 0; k < v.n_var; k++)
        v.column[k] = k;
    view_finish(&v);
    *out = v;
    return EL_OK;
}

/*
 * Is ln|y| additive in ln x_j? Regress it on ln x and on all products of up to
 * three of the logarithms that name at most two variables; x_j is a pure power
 * when the products with it explain nothing (F < 3).
 */
typedef struct test {
    size_t n, m, width; /* rows, columns, columns + target */
    size_t n_var;
    double *a;           /* n * width row-major; after QR, its R */
    double *sub, *w;     /* m * width; width */
    unsigned char *user; /* per column: two variables + 1, 0 = none */
} test;

static void test_clear(test *t)
{
    el_free(t->a);
    el_free(t->sub);
    el_free(t->w);
    el_free(t->user);
}

static size_t add_column(test *t, size_t j, const double *a, const double *b,
                         const double *c, size_t v, size_t w)
{
    for (size_t i = 0; i < t->n; i++)
        t->a[i * t->width + j] = a[i] * (b ? b[i] : 1) * (c ? c[i] : 1);
    t->user[2 * j] = (unsigned char)v;
    t->user[2 * j + 1] = (unsigned char)w;
    return j + 1;
}

/* Standardised logarithms z, n_var * n. */
static void standardise(const el_gen_view *v, double *z, double *mean,
                        double *sd)
{
    for (size_t k = 0; k < v->n_var; k++) {
        const double *lx = v->log_x + k * v->n;
        double s = 0, s2 = 0;

        for (size_t i = 0; i < v->n; i++)
            s += lx[i];
        mean[k] = s / (double)v->n;
        for (size_t i = 0; i < v->n; i++)
            s2 += (lx[i] - mean[k]) * (lx[i] - mean[k]);
        sd[k] = sqrt(s2 / (double)v->n) + 1e-12;
        for (size_t i = 0; i < v->n; i++)
            z[k * v->n + i] = (lx[i] - mean[k]) / sd[k];
    }
}

static void fill_columns(test *t, const el_gen_view *v, const double *z,
                         const double *one)
{
    const size_t n = v->n;
    size_t j = add_column(t, 0, one, NULL, NULL, 0, 0);

    for (size_t k = 0; k < v->n_var; k++)
        j = add_column(t, j, z + k * n, NULL, NULL, 0, 0);
    for (size_t k = 0; k < v->n_var; k++) {
        const double *a = z + k * n;

        j = add_column(t, j, a, a, NULL, k + 1, 0);
        j = add_column(t, j, a, a, a, k + 1, 0);
        for (size_t l = k + 1; l < v->n_var; l++) {
            const double *b = z + l * n;

            j = add_column(t, j, a, b, NULL, k + 1, l + 1);
            j = add_column(t, j, a, a, b, k + 1, l + 1);
            j = add_column(t, j, a, b, b, k + 1, l + 1);
        }
    }
    for (size_t i = 0; i < n; i++)
        t->a[i * t->width + t->m] = log(fabs(v->y[i]));
}

/* Residual sum of squares with the products of the variables in `keep` only;
   coefficients of the n_var linear columns into slope. */
static double rss_with(test *t, const bool *keep, double rest, double *slope,
                       size_t *n_used)
{
    size_t used = 0, width;

    for (size_t j = 0; j < t->m; j++) {
        const unsigned char *u = t->user + 2 * j;

        used += (u[0] == 0 || keep[u[0] - 1]) && (u[1] == 0 || keep[u[1] - 1]);
    }
    width = used + 1;
    for (size_t i = 0; i < t->m; i++) {
        size_t c = 0;

        for (size_t j = 0; j < t->m; j++) {
            const unsigned char *u = t->user + 2 * j;

            if ((u[0] == 0 || keep[u[0] - 1]) && (u[1] == 0 || keep[u[1] - 1]))
                t->sub[i * width + c++] = i <= j ? t->a[i * t->width + j] : 0;
        }
        t->sub[i * width + used] = t->a[i * t->width + t->m];
    }
    el_qr_rows_part(t->sub, t->m, width, used, t->w);
    for (size_t i = used; i < t->m; i++)
        rest += t->sub[i * width + used] * t->sub[i * width + used];
    for (size_t j = used; slope && j-- > 0;) {
        double b = t->sub[j * width + used];

        for (size_t k = j + 1; k < used; k++)
            b -= t->sub[j * width + k] * t->w[k];
        t->w[j] =
            fabs(t->sub[j * width + j]) > 1e-9 ? b / t->sub[j * width + j] : 0;
        if (j >= 1 && j <= t->n_var)
            slope[j - 1] = t->w[j];
    }
    *n_used = used;
    return rest;
}

/* keep[k] = false for pure powers; slopes against standardised logarithms. */
static void find_powers(test *t, bool *keep, double *slope)
{
    double rest = 0, base;
    size_t used;

    el_qr_rows_part(t->a, t->n, t->width, t->m, t->w);
    for (size_t i = t->m; i < t->n; i++)
        rest += t->a[i * t->width + t->m] * t->a[i * t->width + t->m];
    base = rss_with(t, keep, rest, slope, &used);
    for (;;) {
        size_t best = t->n_var, best_used = 0;
        double best_f = 3, best_rss = 0;

        for (size_t k = 0; k < t->n_var; k++) {
            size_t less;
            double rss, f;

            if (!keep[k])
                continue;
            keep[k] = false;
            rss = rss_with(t, keep, rest, NULL, &less);
            keep[k] = true;
            f = (rss - base) / (double)(used - less) /
                (base / (double)(t->n - used) + 1e-26 * (double)t->n);
            if (f < best_f) {
                best_f = f;
                best = k;
                best_rss = rss;
                best_used = less;
            }
        }
        if (best == t->n_var)
            break;
        keep[best] = false;
        base = best_rss;
        used = best_used;
    }
    (void)rss_with(t, keep, rest, slope, &used);
}

static el_status take_out(const el_gen_view *view, const bool *keep,
                          const double *exponent, el_gen_view *out,
                          el_error *err)
{
    el_gen_view v = *view;
    el_status st;
    const size_t n = view->n;

    v.n_var = 0;
    for (size_t k = 0; k < view->n_var; k++)
        v.n_var += keep[k];
    st = view_alloc(&v, err);
    if (st != EL_OK)
        return st;
    memcpy(v.y, view->y, n * sizeof *v.y);
    v.n_var = 0;
    for (size_t k = 0; k < view->n_var; k++) {
        const double *x = view->x + k * n;

        if (keep[k]) {
            memcpy(v.x + v.n_var * n, x, n * sizeof *v.x);
            v.column[v.n_var++] = view->column[k];
            continue;
        }
        if (exponent[k] == 0)
            continue;
        v.power_column[v.n_power] = view->column[k];
        v.power[v.n_power++] = exponent[k];
        for (size_t i = 0; i < n; i++)
            v.y[i] /= pow(x[i], exponent[k]);
    }
    view_finish(&v);
    *out = v;
    return EL_OK;
}

/* Exponents to the nearest half; what is far from one stays a variable. */
static size_t round_powers(size_t n_var, const double *slope, const double *sd,
                           bool *keep, double *exponent)
{
    size_t taken = 0;

    for (size_t k = 0; k < n_var; k++) {
        const double a = slope[k] / sd[k];

        exponent[k] = round(2 * a) / 2;
        keep[k] = keep[k] || fabs(a - exponent[k]) > .12;
        taken += !keep[k];
    }
    return taken;
}

el_status el_gen_separate(const el_gen_view *view, el_gen_view *out, bool *any,
                          el_error *err)
{
    const size_t n = view->n, p = view->n_var;
    test t = {.n = n, .n_var = p, .m = 1 + 3 * p + 3 * p * (p - 1) / 2};
    double mean[EL_POLY_MAX_VARS], sd[EL_POLY_MAX_VARS];
    double slope[EL_POLY_MAX_VARS], exponent[EL_POLY_MAX_VARS];
    bool keep[EL_POLY_MAX_VARS] = {false};
    double *z = NULL, *one = NULL;
    el_status st = EL_OK;

    *any = false;
    t.width = t.m + 1;
    if (!view->x_positive || !view->y_one_sign || n < 2 * t.m)
        return EL_OK;
    t.a = el_array(n * t.width, sizeof *t.a);
    t.sub = el_array(t.m * t.width, sizeof *t.sub);
    t.w = el_array(t.width, sizeof *t.w);
    t.user = el_array(2 * t.m, 1);
    z = el_array(n * p, sizeof *z);
    one = el_array(n, sizeof *one);
    if (!t.a || !t.sub || !t.w || !t.user || !z || !one) {
        st = el_fail(err, EL_E_NOMEM, "generate: separation");
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        one[i] = 1;
    for (size_t k = 0; k < p; k++)
        keep[k] = true;
    standardise(view, z, mean, sd);
    fill_columns(&t, view, z, one);
    find_powers(&t, keep, slope);
    if (round_powers(p, slope, sd, keep, exponent) > 0) {
        st = take_out(view, keep, exponent, out, err);
        *any = st == EL_OK;
    }
done:
    test_clear(&t);
    el_free(z);
    el_free(one);
    return st;
}

/* Columns that are derived replaced by what they are made of. */
static bool write_out(const el_gen_view *view, const el_expr *from,
                      el_expr *out)
{
    *out = (el_expr){0};
    for (unsigned i = 0; i < from->n_node; i++) {
        const el_expr_node node = from->node[i];
        bool ok;

        if (node.op == EL_OP_COL)
            ok = node.arg < view->n_real
                     ? el_expr_push_col(out, node.arg)
                     : el_expr_push(
                           out, &view->derived->expr[node.arg - view->n_real]);
        else if (node.op == EL_OP_CONST)
            ok = el_expr_push_const(out, from->value[node.arg],
                                    (el_const_kind)from->kind[node.arg]);
        else
            ok = el_expr_push_op(out, (el_expr_op)node.op);
        if (!ok)
            return false;
    }
    return true;
}

void el_gen_offer(const el_gen_view *view, const el_expr *inner, bool over)
{
    el_expr whole = {0}, plain;
    const el_monomial powers = {.factor = 1,
                                .factor_kind = EL_CONST_FIXED,
                                .n = view->n_power,
                                .column = view->power_column,
                                .exponent = view->power,
                                .exponent_kind = EL_CONST_FIXED};
    bool made;

    if (*view->stop)
        return;
    if (view->n_power == 0)
        made = el_expr_push(&whole, inner) &&
               (!over || el_expr_push_op(&whole, EL_OP_INV));
    else
        made = el_expr_push_monomial(&whole, &powers) &&
               el_expr_push(&whole, inner) &&
               el_expr_push_op(&whole, over ? EL_OP_DIV : EL_OP_MUL);
    if (made && view->derived)
        made = write_out(view, &whole, &plain);
    if (made &&
        view->sink->take(view->sink->ctx, view->derived ? &plain : &whole))
        *view->stop = true;
}
