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
#include "expr/ridge_fn.h"

#define DIRECTIONS_MAX 40000u
#define SECOND_MAX     4000u /* more directions: no second factor is sought */
#define ROWS_FEW       256u
#define TOP            20u /* directions that meet the functions */
#define KEPT           10u /* factors that are refined */
#define STATES         8u  /* of them, first factors of two */
#define BASIS_MAX      (EL_POLY_MAX_VARS + 3u)
#define SMOOTH         5u

/* A factor f(c z)^b; z = x^e. */
typedef struct factor {
    const el_ridge_fn *fn;
    el_poly_term z;
    double log_c, rss;
} factor;

/* Rows with an orthonormal basis of what is fitted anyway. */
typedef struct rows {
    size_t n, n_var, n_basis;
    const double *log_x; /* n_var * n */
    double *basis;       /* BASIS_MAX * n */
    double *r;           /* n: ln|y| less its part in the basis */
    double *z, *f;       /* n each: scratch */
    double rss;
} rows;

typedef struct search {
    const el_gen_view *view;
    el_poly_term *direction;
    double *score;
    size_t n_direction;
    rows few, all;
    double *few_log_x;
} search;

static double dot(const double *a, const double *b, size_t n)
{
    double s[8] = {0}, tail = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            s[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        tail += a[i] * b[i];
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])) +
           tail;
}

/* Take out of v its part in the basis and in q[0..n_q). */
static void project(const rows *w, const double *q, size_t n_q, double *v)
{
    for (size_t k = 0; k < w->n_basis + n_q; k++) {
        const double *b =
            k < w->n_basis ? w->basis + k * w->n : q + (k - w->n_basis) * w->n;
        const double s = dot(b, v, w->n);

        for (size_t i = 0; i < w->n; i++)
            v[i] -= s * b[i];
    }
}

/* Add v to the basis, unless it is in its span already. */
static void extend(rows *w, const double *v)
{
    double *q = w->basis + w->n_basis * w->n, length;
    const double before = sqrt(dot(v, v, w->n));

    if (w->n_basis == BASIS_MAX)
        return;
    memcpy(q, v, w->n * sizeof *q);
    project(w, NULL, 0, q);
    project(w, NULL, 0, q);
    length = sqrt(dot(q, q, w->n));
    if (!(length > 1e-10 * before))
        return;
    for (size_t i = 0; i < w->n; i++)
        q[i] /= length;
    w->n_basis++;
}

/* What is left of v once the basis is out of it. */
static void set_residual(rows *w, const double *v)
{
    memcpy(w->r, v, w->n * sizeof *w->r);
    project(w, NULL, 0, w->r);
    project(w, NULL, 0, w->r);
    w->rss = dot(w->r, w->r, w->n);
}

static void log_z(const rows *w, const el_poly_term *z, double *out)
{
    memset(out, 0, w->n * sizeof *out);
    for (size_t v = 0; v < w->n_var; v++)
        for (size_t i = 0; z->exponent[v] && i < w->n; i++)
            out[i] += z->exponent[v] * w->log_x[v * w->n + i];
}

/* Share of the residual that no smooth function of ln z explains. */
static double smooth_score(const rows *w, const el_poly_term *z, double *q)
{
    double mean, sd, left = w->rss;
    size_t n_q = 0;

    log_z(w, z, w->z);
    mean = 0;
    for (size_t i = 0; i < w->n; i++)
        mean += w->z[i] / (double)w->n;
    for (size_t i = 0; i < w->n; i++)
        w->z[i] -= mean;
    sd = sqrt(dot(w->z, w->z, w->n) / (double)w->n) + 1e-12;
    for (size_t k = 0; k < SMOOTH; k++) {
        double *c = q + n_q * w->n, length, s;

        for (size_t i = 0; i < w->n; i++) {
            const double t = w->z[i] / sd;

            c[i] = k == 0   ? t * t
                   : k == 1 ? t * t * t
                   : k == 2 ? fmax(t - .7, 0)
                   : k == 3 ? fmax(-t - .7, 0)
                            : fabs(t);
        }
        project(w, q, n_q, c);
        length = dot(c, c, w->n);
        if (!(length > 1e-12 * (double)w->n))
            continue;
        s = 1 / sqrt(length);
        for (size_t i = 0; i < w->n; i++)
            c[i] *= s;
        s = dot(c, w->r, w->n);
        left -= s * s;
        n_q++;
    }
    return left / w->rss;
}

/* rss with ln|f(c z)| added to the basis; INFINITY where f is not finite. */
static double rss_with(const rows *w, const el_ridge_fn *fn, double log_c)
{
    double left, s;

    for (size_t i = 0; i < w->n; i++) {
        const double u = exp(fmin(w->z[i] + log_c, 600));

        w->f[i] = log(fabs(fn->value(u)));
        if (!isfinite(w->f[i]))
            return (double)INFINITY;
    }
    left = dot(w->f, w->f, w->n);
    project(w, NULL, 0, w->f);
    s = dot(w->f, w->f, w->n);
    if (!(s > 1e-9 * left))
        return w->rss;
    left = dot(w->f, w->r, w->n);
    return w->rss - left * left / s;
}

/* Best c on a grid of halves of octaves, for few rows. */
static void scan_scale(const rows *w, factor *f)
{
    static const double special[] = {1, .5, .25, 2, 4, 3, 1 / 3.};
    const double pi = 3.14159265358979323846;

    f->rss = (double)INFINITY;
    for (int k = -12; k <= 12 + 11; k++) {
        const double c = k <= 12   ? exp2(.5 * k)
                         : k <= 19 ? special[k - 13] / pi
                                   : special[k - 20] * pi;
        const double log_c = f->fn->scaled ? log(c) : 0;
        const double rss = rss_with(w, f->fn, log_c);

        if (rss < f->rss) {
            f->rss = rss;
            f->log_c = log_c;
        }
        if (!f->fn->scaled)
            break;
    }
}

/* Golden section around log_c, on all rows. */
static void refine_scale(const rows *w, factor *f)
{
    const double g = .61803398874989485;
    double a = f->log_c - .35, b = f->log_c + .35;
    double x[2], v[2];

    log_z(w, &f->z, w->z);
    f->rss = rss_with(w, f->fn, f->log_c);
    if (!f->fn->scaled)
        return;
    x[0] = b - g * (b - a);
    x[1] = a + g * (b - a);
    for (int k = 0; k < 2; k++)
        v[k] = rss_with(w, f->fn, x[k]);
    for (int step = 0; step < 36; step++) {
        const int low = v[0] < v[1] ? 0 : 1;

        if (v[low] < f->rss) {
            f->rss = v[low];
            f->log_c = x[low];
        }
        if (low == 0) {
            b = x[1];
            x[1] = x[0];
            v[1] = v[0];
            x[0] = b - g * (b - a);
            v[0] = rss_with(w, f->fn, x[0]);
        } else {
            a = x[0];
            x[0] = x[1];
            v[0] = v[1];
            x[1] = a + g * (b - a);
            v[1] = rss_with(w, f->fn, x[1]);
        }
    }
}

/* Insert into best[0..n) by rss; the worst falls out. */
static void keep_best(factor *best, size_t *n, size_t most, const factor *f)
{
    size_t k = *n < most ? (*n)++ : most - 1;

    if (k == most - 1 && *n == most && best[k].fn && !(f->rss < best[k].rss))
        return;
    while (k > 0 && f->rss < best[k - 1].rss) {
        best[k] = best[k - 1];
        k--;
    }
    best[k] = *f;
}

static void best_directions(const search *s, size_t *top)
{
    for (size_t k = 0; k < TOP; k++)
        top[k] = SIZE_MAX;
    for (size_t j = 0; j < s->n_direction; j++) {
        size_t k = TOP;

        while (k > 0 &&
               (top[k - 1] == SIZE_MAX || s->score[j] < s->score[top[k - 1]])) {
            if (k < TOP)
                top[k] = top[k - 1];
            k--;
        }
        if (k < TOP)
            top[k] = j;
    }
}

static el_poly_term inverse(const el_poly_term *z)
{
    el_poly_term i = *z;

    for (size_t v = 0; v < EL_POLY_MAX_VARS; v++)
        i.exponent[v] = (int8_t)-i.exponent[v];
    return i;
}

/* The best factors to add to the basis, refined, into best[0..returned). */
static size_t find_factors(search *s, factor *best, double *q)
{
    size_t top[TOP], n = 0, n_kept = 0;
    factor few[4 * KEPT] = {0};

    for (size_t j = 0; j < s->n_direction; j++)
        s->score[j] = smooth_score(&s->few, &s->direction[j], q);
    best_directions(s, top);
    for (size_t k = 0; k < TOP && top[k] != SIZE_MAX; k++)
        for (int sign = 0; sign < 2; sign++) {
            factor f = {.z = s->direction[top[k]]};

            if (sign)
                f.z = inverse(&f.z);
            log_z(&s->few, &f.z, s->few.z);
            for (unsigned i = 0; i < el_n_ridge_fns; i++) {
                f.fn = &el_ridge_fns[i];
                if ((f.fn->ops & ~s->view->options.ops) != 0)
                    continue;
                scan_scale(&s->few, &f);
                keep_best(few, &n, 4 * KEPT, &f);
            }
        }
    for (size_t k = 0; k < n; k++) {
        refine_scale(&s->all, &few[k]);
        keep_best(best, &n_kept, KEPT, &few[k]);
    }
    return n_kept;
}

/* Basis 1, ln x; and the residual of ln|y|. */
static void reset(rows *w, const double *log_y, double *one)
{
    w->n_basis = 0;
    for (size_t i = 0; i < w->n; i++)
        one[i] = 1;
    extend(w, one);
    for (size_t v = 0; v < w->n_var; v++)
        extend(w, w->log_x + v * w->n);
    set_residual(w, log_y);
}

/* Add a factor to the basis, and how it changes with c. */
static void fix_factor(rows *w, const factor *f, const double *log_y)
{
    const double h = 1e-4;

    for (int k = 0; k < 2; k++) {
        log_z(w, &f->z, w->z);
        for (size_t i = 0; i < w->n; i++) {
            const double u = fmin(w->z[i] + f->log_c, 600);

            w->f[i] = log(fabs(f->fn->value(exp(u))));
            if (k == 1)
                w->f[i] = (log(fabs(f->fn->value(exp(u + h)))) - w->f[i]) / h;
            if (!isfinite(w->f[i]))
                return;
        }
        extend(w, w->f);
    }
    set_residual(w, log_y);
}

/* ln|y| on 1, ln x and the factors; coefficients in that order. */
static bool solve(search *s, const factor *const *f, size_t n_f,
                  const double *log_y, double *coef)
{
    const size_t n = s->all.n, p = s->all.n_var, k = 1 + p + n_f;
    double *a = el_array(n * (k + 1) + (k + 1) * n, sizeof *a);
    el_sparse_fit fit = {.n_term = k};
    bool ok = a != NULL && k <= EL_SPARSE_MAX_TERMS;

    for (size_t i = 0; ok && i < n; i++)
        a[i] = 1;
    if (ok)
        memcpy(a + n, s->all.log_x, p * n * sizeof *a);
    for (size_t j = 0; ok && j < n_f; j++) {
        double *column = a + (1 + p + j) * n;

        log_z(&s->all, &f[j]->z, column);
        for (size_t i = 0; i < n; i++)
            column[i] = log(
                fabs(f[j]->fn->value(exp(fmin(column[i] + f[j]->log_c, 600)))));
    }
    for (size_t j = 0; j < k && ok; j++)
        fit.index[j] = j;
    ok = ok &&
         el_sparse_refit(&(el_dictionary){a, n, k}, log_y, &fit, a + n * k);
    if (ok)
        memcpy(coef, fit.coef, k * sizeof *coef);
    el_free(a);
    return ok;
}

static double near_half(double a)
{
    return fabs(a - round(2 * a) / 2) < .1 ? round(2 * a) / 2 : a;
}

/* Append op f(c z)^b to the formula so far. */
static bool push_factor(el_expr *e, const factor *f, double b,
                        const size_t *column)
{
    el_poly_term cz = f->z;
    const double size = fabs(b);

    cz.coef = f->fn->scaled ? exp(f->log_c) : b;
    if (fabs(cz.coef - 1) < 1e-7)
        cz.coef = 1;
    if (!f->fn->push(e, &cz, column))
        return false;
    if (!f->fn->scaled)
        return el_expr_push_op(e, EL_OP_MUL);
    if (size == .5)
        return el_expr_push_op(e, EL_OP_SQRT) &&
               el_expr_push_op(e, b < 0 ? EL_OP_DIV : EL_OP_MUL);
    if (size == 2 && !el_expr_push_op(e, EL_OP_SQUARE))
        return false;
    if (size != 1 && size != 2 &&
        !(el_expr_push_const(e, size,
                             size == round(2 * size) / 2 ? EL_CONST_FIXED
                                                         : EL_CONST_EXPONENT) &&
          el_expr_push_op(e, EL_OP_POW)))
        return false;
    return el_expr_push_op(e, b < 0 ? EL_OP_DIV : EL_OP_MUL);
}

/*
 * c x^a f^b g^b'. With `clear`, a sum 1 + u is written (D + N) / D for u = N/D
 * and D joins x^a.
 */
static bool write_law(const search *s, const factor *const *f, size_t n_f,
                      const double *coef, bool clear, el_expr *e)
{
    const el_gen_view *v = s->view;
    double exponent[EL_POLY_MAX_VARS];
    factor now[2];
    double b[2];
    el_monomial m = {.factor = exp(coef[0]),
                     .factor_kind = EL_CONST_FREE,
                     .n = v->n_var,
                     .column = v->column,
                     .exponent = exponent,
                     .exponent_kind = EL_CONST_FIXED};

    for (size_t k = 0; k < v->n_var; k++)
        exponent[k] = near_half(coef[1 + k]);
    (void)now;
    for (size_t j = 0; j < n_f; j++)
        b[j] = f[j]->fn->scaled ? near_half(coef[1 + v->n_var + j])
                                : coef[1 + v->n_var + j];
    (void)clear;
    if (v->y[0] < 0)
        m.factor = -m.factor;
    if (!isfinite(m.factor) || !el_expr_push_monomial(e, &m))
        return false;
    for (size_t j = 0; j < n_f; j++)
        if (!push_factor(e, f[j], b[j], v->column))
            return false;
    return true;
}

static void offer(search *s, const factor *const *f, size_t n_f,
                  const double *log_y)
{
    double coef[BASIS_MAX + 2];
    el_expr e = {0};

    if (solve(s, f, n_f, log_y, coef) && write_law(s, f, n_f, coef, false, &e))
        el_gen_offer(s->view, &e, false);
}

static void two_factors(search *s, const factor *first, size_t n_first,
                        const double *few_y, const double *all_y, double *q)
{
    for (size_t k = 0; k < n_first && k < STATES && !*s->view->stop; k++) {
        factor second[KEPT] = {0};
        size_t n;

        reset(&s->few, few_y, s->few.f);
        reset(&s->all, all_y, s->all.f);
        fix_factor(&s->few, &first[k], few_y);
        fix_factor(&s->all, &first[k], all_y);
        n = find_factors(s, second, q);
        for (size_t j = 0; j < n && j < 4; j++)
            offer(s, (const factor *[]){&first[k], &second[j]}, 2, all_y);
    }
}

static int gcd_of(const el_poly_term *t, size_t n_var)
{
    int g = 0;

    for (size_t v = 0; v < n_var; v++)
        for (int a = abs(t->exponent[v]), b = g;; g = b) {
            if (a == 0)
                break;
            if (b == 0) {
                g = a;
                break;
            }
            while (a != 0) {
                const int r = b % a;

                b = a;
                a = r;
            }
            g = b;
            break;
        }
    return g;
}

/* Primitive exponents with the first one positive: z and 1/z, z and z^2 are
   one direction. */
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
    for (size_t j = 0; j < m; j++) {
        const el_poly_term t = s->direction[j];
        size_t v = 0;

        while (v < p && t.exponent[v] == 0)
            v++;
        if (v < p && t.exponent[v] > 0 && gcd_of(&t, p) == 1)
            s->direction[kept++] = t;
    }
    return kept;
}

static bool rows_alloc(rows *w, size_t n, size_t n_var, const double *log_x)
{
    w->n = n;
    w->n_var = n_var;
    w->log_x = log_x;
    w->basis = el_array(BASIS_MAX * n, sizeof *w->basis);
    w->r = el_array(n, sizeof *w->r);
    w->z = el_array(n, sizeof *w->z);
    w->f = el_array(n, sizeof *w->f);
    return w->basis && w->r && w->z && w->f;
}

static void rows_clear(rows *w)
{
    el_free(w->basis);
    el_free(w->r);
    el_free(w->z);
    el_free(w->f);
}

static bool prepare(search *s, double **few_y, double **all_y, double **q)
{
    const el_gen_view *v = s->view;
    const size_t few = v->n < ROWS_FEW ? v->n : ROWS_FEW;

    s->direction = el_array(DIRECTIONS_MAX, sizeof *s->direction);
    s->score = el_array(DIRECTIONS_MAX, sizeof *s->score);
    s->few_log_x = el_array(few * v->n_var, sizeof *s->few_log_x);
    *few_y = el_array(few, sizeof **few_y);
    *all_y = el_array(v->n, sizeof **all_y);
    *q = el_array(SMOOTH * few, sizeof **q);
    if (!s->direction || !s->score || !s->few_log_x || !*few_y || !*all_y ||
        !*q || !rows_alloc(&s->few, few, v->n_var, s->few_log_x) ||
        !rows_alloc(&s->all, v->n, v->n_var, v->log_x))
        return false;
    for (size_t i = 0; i < v->n; i++)
        (*all_y)[i] = log(fabs(v->y[i]) + 1e-300);
    for (size_t i = 0; i < few; i++) {
        const size_t row = i * v->n / few;

        (*few_y)[i] = (*all_y)[row];
        for (size_t k = 0; k < v->n_var; k++)
            s->few_log_x[k * few + i] = v->log_x[k * v->n + row];
    }
    return true;
}

static el_status run(const el_gen_view *view, el_error *err)
{
    search s = {.view = view};
    double *few_y = NULL, *all_y = NULL, *q = NULL;
    factor first[KEPT] = {0};
    el_status st = EL_OK;
    size_t n;

    if (view->n_var == 0 || !view->x_positive ||
        view->n < 4 * (view->n_var + 4))
        return EL_OK;
    if (!prepare(&s, &few_y, &all_y, &q)) {
        st = el_fail(err, EL_E_NOMEM, "generate: %zu rows", view->n);
        goto done;
    }
    s.n_direction = enumerate(&s);
    reset(&s.few, few_y, s.few.f);
    reset(&s.all, all_y, s.all.f);
    if (!(s.all.rss > 0) || !(s.few.rss > 0))
        goto done;
    n = find_factors(&s, first, q);
    for (size_t k = 0; k < n && !*view->stop; k++)
        offer(&s, (const factor *[]){&first[k]}, 1, all_y);
    if (s.n_direction <= SECOND_MAX && !*view->stop)
        two_factors(&s, first, n, few_y, all_y, q);
done:
    rows_clear(&s.few);
    rows_clear(&s.all);
    el_free(s.direction);
    el_free(s.score);
    el_free(s.few_log_x);
    el_free(few_y);
    el_free(all_y);
    el_free(q);
    return st;
}

const el_generator el_gen_ridge = {"ridge", run};
