/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing: cluster bootstrap and Latin hypercube. */
#include <math.h>
#include <stdint.h>

#include "base/mem.h"
#include "num/stats.h"

/* Rows grouped by cluster; clusters without rows left out. */
typedef struct groups {
    size_t *row;   /* n, by cluster */
    size_t *first; /* n_group + 1, into row */
    size_t n_group, largest;
} groups;

static void group_rows(const size_t *cluster, size_t n, size_t n_cluster,
                       groups *g)
{
    size_t used = 0, sum = 0;

    for (size_t i = 0; i < n; i++)
        g->first[cluster[i] + 1]++;
    for (size_t c = 0; c < n_cluster; c++) {
        size_t size = g->first[c + 1];

        g->largest = size > g->largest ? size : g->largest;
        g->first[c] = sum; /* where the next row of c goes */
        sum += size;
    }
    for (size_t i = 0; i < n; i++)
        g->row[g->first[cluster[i]]++] = i;
    /* first[c] is now the end of c: keep the distinct ones */
    for (size_t c = 0, end = 0; c < n_cluster; c++)
        if (g->first[c] > end) {
            end = g->first[c];
            g->first[used++] = end;
        }
    g->n_group = used;
}

static size_t draw(const groups *g, el_rng *rng, size_t *index)
{
    size_t n = 0;

    for (size_t k = 0; k < g->n_group; k++) {
        size_t c = el_rng_below(rng, g->n_group);

        for (size_t i = c ? g->first[c - 1] : 0; i < g->first[c]; i++)
            index[n++] = g->row[i];
    }
    return n;
}

static el_status check(const size_t *cluster, size_t n, size_t n_cluster,
                       size_t n_draw, double level, el_error *err)
{
    if (n == 0 || n_cluster == 0 || n_draw == 0 || n_cluster > SIZE_MAX / 16)
        return el_fail(err, EL_E_ARG,
                       "bootstrap: %zu rows, %zu clusters, %zu draws", n,
                       n_cluster, n_draw);
    if (!(level > 0 && level < 1))
        return el_fail(err, EL_E_ARG, "bootstrap: level %g (0 to 1)", level);
    for (size_t i = 0; i < n; i++)
        if (cluster[i] >= n_cluster)
            return el_fail(err, EL_E_ARG, "bootstrap: row %zu: cluster %zu", i,
                           cluster[i]);
    return EL_OK;
}

/* One call site each way: a struct of arguments would only rename them.
   NOLINTNEXTLINE(readability-function-size) */
el_status el_bootstrap_clusters(const size_t *cluster, size_t n,
                                size_t n_cluster, el_statistic_fn fn, void *ctx,
                                size_t n_draw, double level, el_rng *rng,
                                double *lo, double *hi, el_error *err)
{
    groups g = {0};
    size_t *index = NULL, kept = 0;
    double *value = NULL;
    el_status st = check(cluster, n, n_cluster, n_draw, level, err);

    if (st != EL_OK)
        return st;
    g.row = el_array(n, sizeof *g.row);
    g.first = el_array(n_cluster + 1, sizeof *g.first);
    value = el_array(n_draw, sizeof *value);
    if (!g.row || !g.first || !value) {
        st = el_fail(err, EL_E_NOMEM, "bootstrap: %zu rows", n);
        goto done;
    }
    group_rows(cluster, n, n_cluster, &g);
    /* largest <= n rows that exist, so only absurd products are left out */
    if (g.n_group > 0 && g.largest <= SIZE_MAX / g.n_group)
        index = el_array(g.n_group * g.largest, sizeof *index);
    if (!index) {
        st = el_fail(err, EL_E_NOMEM, "bootstrap: %zu rows", n);
        goto done;
    }
    for (size_t k = 0; k < n_draw; k++) {
        double v = fn(index, draw(&g, rng, index), ctx);

        if (!isnan(v))
            value[kept++] = v;
    }
    *lo = kept ? el_quantile(value, kept, 0.5 - 0.5 * level) : (double)NAN;
    *hi = kept ? el_quantile(value, kept, 0.5 + 0.5 * level) : (double)NAN;
done:
    el_free(index);
    el_free(value);
    el_free(g.first);
    el_free(g.row);
    return st;
}

el_status el_latin_hypercube(size_t n, size_t d, el_rng *rng, double *out,
                             el_error *err)
{
    size_t *stratum;

    if (n == 0 || d == 0)
        return el_fail(err, EL_E_ARG, "latin hypercube: %zu points, %zu axes",
                       n, d);
    stratum = el_array(n, sizeof *stratum);
    if (!stratum)
        return el_fail(err, EL_E_NOMEM, "latin hypercube: %zu points", n);
    for (size_t k = 0; k < d; k++) {
        for (size_t i = 0; i < n; i++)
            stratum[i] = i;
        el_rng_shuffle(rng, stratum, n);
        for (size_t i = 0; i < n; i++) {
            double x = ((double)stratum[i] + el_rng_unit(rng)) / (double)n;

            out[i * d + k] = fmin(x, 1 - 0x1p-53); /* rounding may reach 1 */
        }
    }
    el_free(stratum);
    return EL_OK;
}
