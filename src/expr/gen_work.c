/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of work (el_part): sums c_k x^a, c_k >= 0, less an offset of all of
 * the machine, once, what its meters have not seen. Which exponents a column
 * may have follows from its part. Known signs and few exponents do for few rows
 * what a prior does: exponents that are fitted follow the noise.
 */
#include <math.h>

#include "base/mem.h"
#include "expr/gen.h"
#include "expr/nest.h"

#define POOL_MAX  4000u
#define ROWS_MAX  600u
#define TERMS_MAX EL_SPARSE_MAX_TERMS
#define HALVES    2 /* of exponents: 2 is x */

/* Rows may say that what serves all is not run again, or not as often as the
   column of times claims. */
#define CONTRADICTED 2.0
#define ROWS_A_TERM  8u

typedef struct work {
    el_gen_view root; /* thinned; of the columns' square roots */
    el_poly_term *term;
    size_t n_term, n_again;  /* in the first n_again all is run again */
    bool again;              /* that are being enumerated */
    double *column, *target; /* relative: over y */
} work;

static el_part part_of(const el_gen_view *view, size_t v)
{
    return view->options.part[view->column[v]];
}

/* Sums over columns of a part, in halves. No token costs less than the one
   before: the first power of the work at least. What serves all does not grow
   with how many there are, and it is run again: rows in which it never was
   cannot tell. One size a term. */
static bool is_cost(const el_gen_view *view, const el_poly_term *term,
                    bool again)
{
    int of[EL_N_PARTS] = {0}, times = 0;

    for (size_t v = 0; v < view->n_var; v++) {
        of[part_of(view, v)] += term->exponent[v];
        if (part_of(view, v) == EL_PART_TIMES)
            times = HALVES;
    }
    if (of[EL_PART_WORK] < HALVES || of[EL_PART_WORK] > 2 * HALVES ||
        of[EL_PART_SIZE] > HALVES || of[EL_PART_TIMES] > HALVES)
        return false;
    if (of[EL_PART_BATCH] >= HALVES)
        return again && of[EL_PART_TIMES] == 0 && of[EL_PART_SHARED] == 0;
    return (of[EL_PART_BATCH] > 0 || of[EL_PART_TIMES] == times) == again;
}

/* All terms that start as *term does: exponents of v.. follow. As deep as there
   are columns: NOLINTNEXTLINE(misc-no-recursion) */
static void enumerate(work *w, size_t v, el_poly_term *term)
{
    const bool end = v == w->root.n_var;
    const el_part part = end ? EL_PART_ANY : part_of(&w->root, v);
    const bool halves =
        part == EL_PART_BATCH || part == EL_PART_MACHINE || part == EL_PART_ANY;
    const int most = part == EL_PART_WORK ? 2 * HALVES : HALVES;

    if (w->n_term + 1 >= POOL_MAX) /* the offset is one more */
        return;
    if (end && is_cost(&w->root, term, w->again))
        w->term[w->n_term++] = *term;
    for (int e = 0; !end && e <= most; e += halves ? 1 : HALVES) {
        term->exponent[v] = (int8_t)e;
        enumerate(w, v + 1, term);
    }
    if (!end)
        term->exponent[v] = 0;
}

static el_poly_term offset(const el_gen_view *view)
{
    el_poly_term t = {.coef = -1};

    for (size_t v = 0; v < view->n_var; v++)
        if (part_of(view, v) == EL_PART_MACHINE)
            t.exponent[v] = HALVES;
    return t;
}

static el_status work_init(work *w, const el_gen_view *view, el_error *err)
{
    el_status st = el_gen_thin(view, ROWS_MAX, &w->root, err);
    const size_t n = w->root.n;

    if (st != EL_OK)
        return st;
    w->term = el_array(POOL_MAX, sizeof *w->term);
    w->target = el_array(n, sizeof *w->target);
    if (!w->term || !w->target)
        return el_fail(err, EL_E_NOMEM, "generate: %zu rows", n);
    w->again = true;
    enumerate(w, 0, &(el_poly_term){.coef = 1});
    w->term[w->n_term++] = offset(&w->root);
    w->n_again = w->n_term;
    w->again = false;
    enumerate(w, 0, &(el_poly_term){.coef = 1});
    w->column = el_array(w->n_term * n, sizeof *w->column);
    if (!w->column)
        return el_fail(err, EL_E_NOMEM, "generate: %zu rows", n);
    for (size_t i = 0; i < n * w->root.n_var; i++)
        w->root.x[i] = sqrt(w->root.x[i]);
    for (size_t i = 0; i < n; i++)
        w->target[i] = 1;
    for (size_t j = 0; j < w->n_term; j++) {
        double *column = w->column + j * n;
        const bool finite = el_gen_column(&w->root, &w->term[j], column);

        for (size_t i = 0; i < n; i++) /* a column of zeros is never chosen */
            column[i] = finite ? w->term[j].coef * column[i] / w->root.y[i] : 0;
    }
    return EL_OK;
}

static void work_clear(work *w)
{
    el_free(w->root.x);
    el_free(w->root.y);
    el_free(w->term);
    el_free(w->column);
    el_free(w->target);
}

static void offer(const work *w, const el_gen_view *view,
                  const el_sparse_fit *fit)
{
    el_poly poly = {0};
    el_expr law = {0};

    for (size_t k = 0; k < fit->n_term; k++) {
        el_poly_term t = w->term[fit->index[k]];

        t.coef *= fit->coef[k];
        if (!el_poly_add(&poly, &t))
            return;
    }
    if (el_nest_push(&law, &poly, view->column))
        el_gen_offer(view, &law, false);
}

bool el_gen_is_work(const el_gen_view *view)
{
    bool any = false;

    for (size_t v = 0; view->options.part && v < view->n_var; v++)
        any = any || part_of(view, v) == EL_PART_WORK;
    return any && !view->options.signed_terms && view->x_positive &&
           view->y_one_sign && view->y[0] > 0;
}

typedef struct path {
    el_sparse_fit fit[EL_SPARSE_MAX_TERMS];
    size_t n;
} path;

/* Of the first n_term terms. */
static el_status search(const work *w, size_t n_term, path *out, el_error *err)
{
    const el_sparse_options options = {
        .max_terms = TERMS_MAX, .non_negative = true, .stop = 1e-24};

    return el_sparse_path(&(el_dictionary){w->column, w->root.n, n_term},
                          w->target, &options, out->fit, &out->n, err);
}

/* With a few terms, errors are more than CONTRADICTED times as large. */
static bool is_contradicted(const work *w, const path *again, const path *any)
{
    size_t k = 1 + w->root.n / ROWS_A_TERM;

    k = again->n < k ? again->n : k;
    k = any->n < k ? any->n : k;
    return k > 0 && again->fit[k - 1].rss >
                        CONTRADICTED * CONTRADICTED * any->fit[k - 1].rss;
}

static el_status run(const el_gen_view *view, el_error *err)
{
    work w = {.term = NULL};
    path again = {.n = 0}, any = {.n = 0}, *found = &again;
    el_status st = work_init(&w, view, err);

    if (st == EL_OK)
        st = search(&w, w.n_again, &again, err);
    if (st == EL_OK && w.n_term > w.n_again)
        st = search(&w, w.n_term, &any, err);
    if (is_contradicted(&w, &again, &any))
        found = &any;
    for (size_t k = 0; st == EL_OK && k < found->n && !*view->stop; k++)
        offer(&w, view, &found->fit[k]);
    work_clear(&w);
    return st;
}

const el_generator el_gen_work = {"work", run};
