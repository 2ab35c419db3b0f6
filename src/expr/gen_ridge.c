/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laws of the form x^a f(c z)^b [g(c' z')^b'] with z a monomial of x: found in
 * the logarithm. Which z? For the right one the residual of the power law is a
 * smooth function of ln z alone; thousands of z are ranked by how much of the
 * residual such a function explains, and only the best few meet the functions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "expr/build.h"
#include "expr/gen.h"
#include "expr/ridge_rows.h"

#define DIRECTIONS_MAX 40000u
#define SECOND_MAX     4000u /* more directions: no second factor is sought */
#define ROWS_FEW       256u
#define TOP            20u /* directions that meet the functions */
#define SCANNED        40u /* factors that are refined on all rows */
#define KEPT           10u /* of them, offered */
#define STATES         8u  /* of them, first factors of two */
#define SECONDS        4u  /* second factors offered with each */

typedef struct search {
    const el_gen_view *view;
    el_poly_term *direction;
    double *score, *log_y;
    size_t n_direction;
    el_ridge_rows few, all;
    double *design; /* columns of the last fit, and its scratch */
} search;

/* Insert into best[0..*n) by rss; what is worse than `most` others falls out.
 */
static void keep_best(el_ridge_factor *best, size_t *n, size_t most,
                      const el_ridge_factor *f)
{
    size_t k = *n;

    if (k == most && !(f->rss < best[--k].rss))
        return;
    *n = k + 1;
    for (; k > 0 && f->rss < best[k - 1].rss; k--)
        best[k] = best[k - 1];
    best[k] = *f;
}

/* Indices of the lowest scores, at most TOP of them. */
static size_t best_directions(const search *s, size_t *top)
{
    size_t n = 0;

    for (size_t j = 0; j < s->n_direction; j++) {
        size_t k = n;

        if (k == TOP && !(s->score[j] < s->score[top[--k]]))
            continue;
        n = k + 1;
        for (; k > 0 && s->score[j] < s->score[top[k - 1]]; k--)
            top[k] = top[k - 1];
        top[k] = j;
    }
    return n;
}

static el_poly_term inverse(const el_poly_term *z)
{
    el_poly_term i = *z;

    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++)
        i.exponent[v] = (int8_t)-i.exponent[v];
    return i;
}

/* The best factors to add to the basis, refined: best[0..returned). */
static size_t find_factors(search *s, el_ridge_factor *best)
{
    size_t top[TOP], n_top, n = 0, n_kept = 0;
    el_ridge_factor few[SCANNED];

    for (size_t j = 0; j < s->n_direction; j++)
        s->score[j] = el_ridge_smooth(&s->few, &s->direction[j]);
    n_top = best_directions(s, top);
    for (size_t k = 0; k < 2 * n_top; k++) {
        el_ridge_factor f = {.z = s->direction[top[k / 2]]};

        if (k % 2)
            f.z = inverse(&f.z);
        for (unsigned i = 0; i < el_n_ridge_fns; i++) {
            f.fn = &el_ridge_fns[i];
            if ((f.fn->ops & ~s->view->options.ops) != 0)
                continue;
            el_ridge_scan(&s->few, &f);
            keep_best(few, &n, SCANNED, &f);
        }
    }
    for (size_t k = 0; k < n; k++) {
        el_ridge_refine(&s->all, &few[k]);
        keep_best(best, &n_kept, KEPT, &few[k]);
    }
    return n_kept;
}

/* ln|y| on 1, ln x and the factors; coefficients in that order. */
static bool solve(search *s, const el_ridge_factor *f, size_t n_f, double *coef)
{
    const size_t n = s->all.n, p = s->all.n_var, k = 1 + p + n_f;
    el_sparse_fit fit = {.n_term = k};

    if (k > EL_SPARSE_MAX_TERMS)
        return false;
    for (size_t i = 0; i < n; i++)
        s->design[i] = 1;
    memcpy(s->design + n, s->all.log_x, p * n * sizeof *s->design);
    for (size_t j = 0; j < n_f; j++)
        if (!el_ridge_values(&s->all, &f[j], s->design + (1 + p + j) * n))
            return false;
    for (size_t j = 0; j < k; j++)
        fit.index[j] = j;
    if (!el_sparse_refit(&(el_dictionary){s->design, n, k}, s->all.log_y, &fit,
                         s->design + n * k))
        return false;
    memcpy(coef, fit.coef, k * sizeof *coef);
    return true;
}

static double near_half(double a)
{
    const double near = round(2 * a) / 2;
    return fabs(a - near) < .1 ? near : a;
}

/* Join the atom on the stack to the law before it as its power b. */
static bool push_power(el_expr *e, double b)
{
    const double size = fabs(b);
    const el_expr_op join = b < 0 ? EL_OP_DIV : EL_OP_MUL;

    if (size == .5 && !el_expr_push_op(e, EL_OP_SQRT))
        return false;
    if (size != .5 && size != 1 &&
        !(el_expr_push_const(e, size,
                             size == near_half(size) ? EL_CONST_FIXED
                                                     : EL_CONST_EXPONENT) &&
          el_expr_push_op(e, EL_OP_POW)))
        return false;
    return el_expr_push_op(e, join);
}

/* c x^a f^b g^b' from coefficients in the order of solve() */
static bool write_law(const search *s, const el_ridge_factor *f, size_t n_f,
                      const double *coef, el_expr *e)
{
    const el_gen_view *v = s->view;
    double exponent[EL_POLY_MAX_VARS];
    const el_monomial power = {.factor = copysign(exp(coef[0]), v->y[0]),
                               .factor_kind = EL_CONST_FREE,
                               .n = v->n_var,
                               .column = v->column,
                               .exponent = exponent,
                               .exponent_kind = EL_CONST_FIXED};

    for (size_t k = 0; k < v->n_var; k++)
        exponent[k] = near_half(coef[1 + k]);
    if (!isfinite(power.factor) || !el_expr_push_monomial(e, &power))
        return false;
    for (size_t j = 0; j < n_f; j++) {
        const double b = coef[1 + v->n_var + j];
        el_poly_term cz = f[j].z;

        if (near_half(b) == 0 && f[j].fn->scaled)
            continue;
        cz.coef = f[j].fn->scaled ? exp(f[j].log_c) : b;
        if (!f[j].fn->push(e, &cz, v->column) ||
            !push_power(e, f[j].fn->scaled ? near_half(b) : 1))
            return false;
    }
    return true;
}

static void offer(search *s, const el_ridge_factor *f, size_t n_f)
{
    double coef[EL_SPARSE_MAX_TERMS] = {0};
    el_expr e = {0};

    if (solve(s, f, n_f, coef) && write_law(s, f, n_f, coef, &e))
        el_gen_offer(s->view, &e, false);
}

static void two_factors(search *s, const el_ridge_factor *first, size_t n_first)
{
    for (size_t k = 0; k < n_first && k < STATES && !*s->view->stop; k++) {
        el_ridge_factor second[KEPT], pair[2] = {first[k]};
        size_t n;

        el_ridge_reset(&s->few);
        el_ridge_reset(&s->all);
        el_ridge_fix(&s->few, &first[k]);
        el_ridge_fix(&s->all, &first[k]);
        n = find_factors(s, second);
        for (size_t j = 0; j < n && j < SECONDS; j++) {
            pair[1] = second[j];
            offer(s, pair, 2);
        }
    }
}

static int gcd(int a, int b)
{
    while (b != 0) {
        const int r = a % b;

        a = b;
        b = r;
    }
    return a;
}

/* Primitive exponents, the first one positive: z, 1/z and z^2 are one. */
static bool is_direction(const el_poly_term *t, size_t n_var)
{
    int common = 0, first = 0;

    for (size_t v = 0; v < n_var; v++) {
        first = first ? first : t->exponent[v];
        common = gcd(common, abs(t->exponent[v]));
    }
    return first > 0 && common == 1;
}

static size_t enumerate(search *s)
{
    const size_t p = s->view->n_var;
    const int hi = p <= 4 ? 3 : 2;
    size_t kept = 0, m = 0;

    for (int cap = p <= 3 ? 9 : 8; cap > 0; cap--) {
        m = el_gen_pool(p, -hi, hi, cap, s->direction, DIRECTIONS_MAX);
        if (m <= DIRECTIONS_MAX)
            break;
    }
    for (size_t j = 0; j < m; j++)
        if (is_direction(&s->direction[j], p))
            s->direction[kept++] = s->direction[j];
    return kept;
}

static bool prepare(search *s)
{
    const el_gen_view *v = s->view;
    const size_t few = v->n < ROWS_FEW ? v->n : ROWS_FEW;

    s->direction = el_array(DIRECTIONS_MAX, sizeof *s->direction);
    s->score = el_array(DIRECTIONS_MAX, sizeof *s->score);
    s->log_y = el_array(v->n, sizeof *s->log_y);
    s->design =
        el_array((2 * EL_SPARSE_MAX_TERMS + 2) * v->n, sizeof *s->design);
    if (!s->direction || !s->score || !s->log_y || !s->design)
        return false;
    for (size_t i = 0; i < v->n; i++)
        s->log_y[i] = log(fabs(v->y[i]) + 1e-300);
    return el_ridge_rows_init(&s->few, few, v->n_var, v->n, v->log_x,
                              s->log_y) &&
           el_ridge_rows_init(&s->all, v->n, v->n_var, v->n, v->log_x,
                              s->log_y);
}

static void search_all(search *s)
{
    el_ridge_factor first[KEPT];
    size_t n;

    s->n_direction = enumerate(s);
    el_ridge_reset(&s->few);
    el_ridge_reset(&s->all);
    if (!(s->all.rss > 0) || !(s->few.rss > 0))
        return; /* a power law to the last bit */
    n = find_factors(s, first);
    for (size_t k = 0; k < n && !*s->view->stop; k++)
        offer(s, &first[k], 1);
    if (s->n_direction <= SECOND_MAX)
        two_factors(s, first, n);
}

static el_status run(const el_gen_view *view, el_error *err)
{
    search s = {.view = view};
    el_status st = EL_OK;

    if (view->n_var == 0 || !view->x_positive ||
        view->n < 4 * (view->n_var + 4))
        return EL_OK;
    if (prepare(&s))
        search_all(&s);
    else
        st = el_fail(err, EL_E_NOMEM, "generate: %zu rows", view->n);
    el_ridge_rows_clear(&s.few);
    el_ridge_rows_clear(&s.all);
    el_free(s.direction);
    el_free(s.score);
    el_free(s.log_y);
    el_free(s.design);
    return st;
}

const el_generator el_gen_ridge = {"ridge", run};
