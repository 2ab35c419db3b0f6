/* SPDX-License-Identifier: Apache-2.0 */
/* Monomials: enumerated, and as columns; fewer rows for them. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "expr/gen.h"

typedef struct walk {
    size_t n_var, limit, n;
    int lo, hi;
    el_poly_term *out;
    el_poly_term now;
} walk;

/* All exponents of variables v.. whose |.| add up to exactly `left`; n_var
   bounds the depth: NOLINTNEXTLINE(misc-no-recursion) */
static void visit(walk *w, size_t v, int left)
{
    if (v == w->n_var) {
        if (left != 0)
            return;
        if (w->n < w->limit)
            w->out[w->n] = w->now;
        w->n++;
        return;
    }
    for (int e = w->lo; e <= w->hi && w->n <= w->limit; e++) {
        if (abs(e) > left)
            continue;
        w->now.exponent[v] = (int8_t)e;
        visit(w, v + 1, left - abs(e));
    }
    w->now.exponent[v] = 0;
}

size_t el_gen_pool(size_t n_var, int lo, int hi, int cap, el_poly_term *out,
                   size_t limit)
{
    walk w = {.n_var = n_var,
              .limit = limit,
              .lo = lo,
              .hi = hi,
              .out = out,
              .now = {.coef = 1}};

    for (int sum = 0; sum <= cap && w.n <= limit; sum++)
        visit(&w, 0, sum);
    return w.n;
}

static double power(double x, int e)
{
    double p = 1;

    for (int k = abs(e); k > 0; k--)
        p *= x;
    return e < 0 ? 1 / p : p;
}

bool el_gen_column(const el_gen_view *view, const el_poly_term *term,
                   double *out)
{
    bool finite = true;

    for (size_t i = 0; i < view->n; i++)
        out[i] = 1;
    for (size_t v = 0; v < view->n_var; v++) {
        const double *x = view->x + v * view->n;

        if (term->exponent[v] == 0)
            continue;
        for (size_t i = 0; i < view->n; i++)
            out[i] *= power(x[i], term->exponent[v]);
    }
    for (size_t i = 0; i < view->n; i++)
        finite = finite && isfinite(out[i]);
    return finite;
}

el_status el_gen_thin(const el_gen_view *view, size_t most, el_gen_view *out,
                      el_error *err)
{
    *out = *view;
    out->n = view->n < most ? view->n : most;
    out->log_x = NULL;
    out->x = el_array(out->n * view->n_var, sizeof *out->x);
    out->y = el_array(out->n, sizeof *out->y);
    if (!out->x || !out->y)
        return el_fail(err, EL_E_NOMEM, "generate: rows");
    for (size_t i = 0; i < out->n; i++) {
        const size_t row = i * view->n / out->n;

        out->y[i] = view->y[row];
        for (size_t v = 0; v < view->n_var; v++)
            out->x[v * out->n + i] = view->x[v * view->n + row];
    }
    return EL_OK;
}
