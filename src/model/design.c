/* SPDX-License-Identifier: Apache-2.0 */
/* Runs spread over a space: Latin hypercube and grid. */
#include "energylens/design.h"

#include <math.h>

#include "base/mem.h"
#include "num/stats.h"

#define MAX_DIM (EL_N_AXES + 1u) /* and the dtype */

static double coordinate(const el_run_list *runs, size_t run, size_t axis)
{
    return axis == EL_N_AXES
               ? (double)runs->dtype[run]
               : log(el_point_axis(&runs->point[run], (el_axis)axis));
}

/* Axes that vary, each scaled to [0, 1]: unit[run * MAX_DIM + d]. Returns how
 * many. */
static size_t scale_axes(const el_run_list *runs, double *unit)
{
    size_t dim = 0;

    for (size_t a = 0; a < MAX_DIM; a++) {
        double lo = INFINITY, hi = -INFINITY;

        for (size_t i = 0; i < runs->n; i++) {
            lo = fmin(lo, coordinate(runs, i, a));
            hi = fmax(hi, coordinate(runs, i, a));
        }
        if (!(hi > lo))
            continue;
        for (size_t i = 0; i < runs->n; i++)
            unit[i * MAX_DIM + dim] = (coordinate(runs, i, a) - lo) / (hi - lo);
        dim++;
    }
    return dim;
}

/* runs->n: all are taken. */
static size_t nearest_free(const el_run_list *runs, const double *unit,
                           const uint8_t *taken, const double *at, size_t dim)
{
    size_t best = runs->n;
    double least = INFINITY;

    for (size_t i = 0; i < runs->n; i++) {
        double sum = 0.0;

        for (size_t d = 0; d < dim; d++) {
            double x = unit[i * MAX_DIM + d] - at[d];
            sum += x * x;
        }
        if (!taken[i] && sum < least) {
            least = sum;
            best = i;
        }
    }
    return best;
}

el_status el_design_lhs(const el_run_list *runs, const uint8_t *used,
                        size_t n_want, uint64_t seed, size_t *pick,
                        size_t *n_pick, el_error *err)
{
    double *unit = el_array(runs->n, MAX_DIM * sizeof *unit);
    double *target = el_array(n_want ? n_want : 1, MAX_DIM * sizeof *target);
    uint8_t *taken = el_array(runs->n, 1);
    size_t dim, n = 0, best = 0;
    el_status st = EL_OK;
    el_rng rng;

    if (!unit || !target || !taken) {
        st = el_fail(err, EL_E_NOMEM, "design: %zu of %zu runs", n_want,
                     runs->n);
        goto done;
    }
    for (size_t i = 0; i < runs->n; i++)
        taken[i] = used && used[i];
    dim = scale_axes(runs, unit);
    el_rng_init(&rng, seed, 0);
    if (dim > 0 && n_want > 0)
        st = el_latin_hypercube(n_want, dim, &rng, target, err);
    if (st != EL_OK)
        goto done;
    while (n < n_want && best < runs->n) {
        best = nearest_free(runs, unit, taken, target + n * dim, dim);
        if (best < runs->n) {
            taken[best] = 1;
            pick[n++] = best;
        }
    }
    *n_pick = n;
done:
    el_free(taken);
    el_free(target);
    el_free(unit);
    return st;
}

size_t el_design_grid(const el_run_list *runs, const uint8_t *used,
                      size_t n_want, size_t *pick)
{
    size_t n_free = 0, seen = 0, n = 0;

    for (size_t i = 0; i < runs->n; i++)
        n_free += !used || !used[i];
    for (size_t i = 0; i < runs->n && n < n_want; i++) {
        if (used && used[i])
            continue;
        /* the n-th stands at n (n_free / n_want), rounded down */
        if (n_want >= n_free || seen >= n * n_free / n_want)
            pick[n++] = i;
        seen++;
    }
    return n;
}
