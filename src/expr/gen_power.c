/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power laws: ln|y| (or ln|y^k - 1|) linear in ln x, with monomials of x as
 * further terms: y = c x^a exp(sum_k b_k m_k(x)).
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"

#define POOL_MAX 300u

typedef struct work {
    const el_gen_view *view;
    double *column; /* (1 + n_var + POOL_MAX) * n: 1, ln x, monomials */
    double *target; /* n */
    el_poly_term term[POOL_MAX];
    size_t n_term;
} work;

/* Exponents near a half or a third become it. */
static double snap(double a)
{
    for (int d = 1; d <= 3; d++) {
        const double near = round(a * d) / d;

        if (fabs(a - near) < .02)
            return near;
    }
    return a;
}

/* c prod x^a exp(sum b m) of a fit; as_fitted: exponents left as they are. */
static bool make(const work *w, const el_sparse_fit *fit, bool as_fitted,
                 bool *differs, el_expr *out)
{
    const el_gen_view *v = w->view;
    double exponent[EL_POLY_MAX_VARS];
    size_t column[EL_POLY_MAX_VARS], n = 0;
    el_monomial m = {.factor = 1, .factor_kind = EL_CONST_FREE};
    el_poly inside = {0};

    *differs = false;
    for (size_t k = 0; k < fit->n_term; k++) {
        const size_t j = fit->index[k];
        const double c = fit->coef[k];

        if (j == 0) {
            m.factor = exp(c);
        } else if (j <= v->n_var) {
            exponent[n] = as_fitted ? c : snap(c);
            *differs = *differs || fabs(snap(c) - c) > 1e-9;
            column[n++] = v->column[j - 1];
        } else {
            el_poly_term t = w->term[j - 1 - v->n_var];

            t.coef = c;
            if (!el_poly_add(&inside, &t))
                return false;
        }
    }
    if (v->y[0] < 0)
        m.factor = -m.factor;
    m.n = n;
    m.column = column;
    m.exponent = exponent;
    m.exponent_kind = as_fitted ? EL_CONST_EXPONENT : EL_CONST_FIXED;
    return isfinite(m.factor) && m.factor != 0 &&
           el_expr_push_monomial(out, &m) &&
           (inside.n == 0 || (el_poly_push(out, &inside, v->column) &&
                              el_expr_push_op(out, EL_OP_EXP) &&
                              el_expr_push_op(out, EL_OP_MUL)));
}

static void offer(const work *w, const el_sparse_fit *fit)
{
    bool differs = false;

    for (int as_fitted = 0; as_fitted < 2; as_fitted++) {
        el_expr inner = {0};

        if (as_fitted && !differs)
            break;
        if (make(w, fit, as_fitted == 1, &differs, &inner))
            el_gen_offer(w->view, &inner, false);
    }
}

static void fill_logs(work *w)
{
    const size_t n = w->view->n;

    for (size_t i = 0; i < n; i++) {
        w->column[i] = 1;
        w->target[i] = log(fabs(w->view->y[i]));
    }
    memcpy(w->column + n, w->view->log_x,
           w->view->n_var * n * sizeof *w->column);
}

/* All of 1 and ln x; nothing chosen. */
static bool plain_fit(const work *w, const double *target, el_sparse_fit *fit,
                      double *scratch)
{
    const el_dictionary d = {w->column, w->view->n, 1 + w->view->n_var};

    *fit = (el_sparse_fit){0};
    if (d.n_column > EL_SPARSE_MAX_TERMS)
        return false;
    for (size_t j = 0; j < d.n_column; j++)
        fit->index[fit->n_term++] = j;
    return el_sparse_refit(&d, target, fit, scratch);
}

/* y^k = offset + power law, for offset 1 and -1 */
static void offer_shifted(const work *w, int k, double offset, double *target,
                          double *scratch)
{
    const el_gen_view *v = w->view;
    el_sparse_fit fit;
    el_expr law = {0};
    bool differs;
    double tss = 0;

    for (size_t i = 0; i < v->n; i++) {
        const double left = (k == 2 ? v->y[i] * v->y[i] : v->y[i]) - offset;

        if (!(left > 0))
            return;
        target[i] = log(left);
        tss += target[i] * target[i];
    }
    /* with noise, an offset that happens to fit is no finding */
    if (!plain_fit(w, target, &fit, scratch) || fit.rss > 1e-16 * tss)
        return;
    if (make(w, &fit, false, &differs, &law) &&
        el_expr_push_const(&law, offset, EL_CONST_FREE) &&
        el_expr_push_op(&law, EL_OP_ADD) &&
        (k == 1 || el_expr_push_op(&law, EL_OP_SQRT)))
        el_gen_offer(v, &law, false);
}

/* Values of a pool after the logarithms; 0 when it does not fit. */
static size_t fill_pool(work *w, int lo, int hi, int cap)
{
    const el_gen_view *v = w->view;
    const size_t first = 1 + v->n_var;
    const size_t limit = v->n / 2 < POOL_MAX ? v->n / 2 : POOL_MAX;
    size_t m = el_gen_pool(v->n_var, lo, hi, cap, w->term, limit), kept = 0;

    if (m > limit)
        return 0;
    for (size_t j = 1; j < m; j++) { /* 0 is the constant */
        if (!el_gen_column(v, &w->term[j], w->column + (first + kept) * v->n))
            return 0;
        w->term[kept++] = w->term[j];
    }
    return kept;
}

static el_status with_monomials(work *w, el_error *err)
{
    static const int pools[][3] = {
        {0, 2, 2}, {-1, 1, 3}, {-2, 2, 3}, {-1, 1, 5}, {-2, 2, 4}};
    const el_gen_view *v = w->view;
    const size_t always = 1 + v->n_var;
    const el_sparse_options options = {
        .max_terms = always + 3, .n_always = always, .stop = 1e-24};

    for (size_t i = 0; i < sizeof pools / sizeof *pools && !*v->stop; i++) {
        el_dictionary d = {w->column, v->n, always};
        el_sparse_fit path[EL_SPARSE_MAX_TERMS], fit;
        size_t n_path = 0;
        el_status st;

        w->n_term = fill_pool(w, pools[i][0], pools[i][1], pools[i][2]);
        d.n_column += w->n_term;
        if (w->n_term == 0)
            continue;
        st = el_sparse_exact(&d, w->target, 1, 1e-22, 10, &fit, err);
        if (st == EL_OK && fit.n_term > 0)
            offer(w, &fit);
        if (st == EL_OK && !*v->stop && options.max_terms <= 12)
            st = el_sparse_path(&d, w->target, &options, path, &n_path, err);
        for (size_t k = 0; st == EL_OK && k < n_path; k++)
            offer(w, &path[k]);
        if (st != EL_OK)
            return st;
    }
    return EL_OK;
}

static el_status run(const el_gen_view *view, el_error *err)
{
    const size_t n = view->n;
    work w = {.view = view};
    double *scratch = NULL, *shifted = NULL;
    el_sparse_fit fit;
    el_status st = EL_OK;

    if (!view->y_one_sign)
        return EL_OK;
    w.column = el_array((1 + view->n_var + POOL_MAX) * n, sizeof *w.column);
    w.target = el_array(n, sizeof *w.target);
    shifted = el_array(n, sizeof *shifted);
    scratch = el_array((EL_SPARSE_MAX_TERMS + 1) * n, sizeof *scratch);
    if (!w.column || !w.target || !scratch || !shifted) {
        st = el_fail(err, EL_E_NOMEM, "generate: %zu rows", n);
        goto done;
    }
    fill_logs(&w);
    if (plain_fit(&w, w.target, &fit, scratch))
        offer(&w, &fit);
    for (int k = 1; k <= 2 && view->y[0] > 0; k++)
        for (int sign = -1; sign <= 1 && !*view->stop; sign += 2)
            offer_shifted(&w, k, sign, shifted, scratch);
    if (!*view->stop)
        st = with_monomials(&w, err);
done:
    el_free(w.column);
    el_free(w.target);
    el_free(shifted);
    el_free(scratch);
    return st;
}

const el_generator el_gen_power = {"power", run};
