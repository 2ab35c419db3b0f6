/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/contest.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "num/linalg.h"

void el_contest_clear(el_contest *c)
{
    el_free(c->first);
    el_free(c->order);
    el_free(c->cov);
    el_free(c->grad);
    el_free(c->mean);
    memset(c, 0, sizeof *c);
}

static bool allocate(el_contest *c)
{
    c->mean = el_array(c->n, sizeof *c->mean);
    c->grad = el_array(c->n, c->k * sizeof *c->grad);
    c->cov = el_array(c->k, c->k * sizeof *c->cov);
    c->order = el_array(c->n, sizeof *c->order);
    c->first = el_array(c->n_load + 1, sizeof *c->first);
    return c->mean && c->grad && c->cov && c->order && c->first;
}

/* Runs by load, each load's in the order they have: a counting sort. */
static void sort_runs(const size_t *load, el_contest *c)
{
    for (size_t i = 0; i < c->n; i++)
        c->first[load[i] + 1]++;
    for (size_t s = 0; s < c->n_load; s++)
        c->first[s + 1] += c->first[s];
    for (size_t i = 0; i < c->n; i++)
        c->order[c->first[load[i]]++] = i;
    for (size_t s = c->n_load; s > 0; s--) /* each moved on by its count */
        c->first[s] = c->first[s - 1];
    c->first[0] = 0;
}

el_status el_contest_make(const size_t *load, size_t n, size_t n_load, size_t k,
                          el_contest *out, el_error *err)
{
    el_contest c = {.n = n, .k = k, .n_load = n_load};

    if (n == 0 || n_load == 0 || k == 0)
        return el_fail(err, EL_E_ARG, "contest: %zu runs of %zu loads", n,
                       n_load);
    for (size_t i = 0; i < n; i++)
        if (load[i] >= n_load)
            return el_fail(err, EL_E_ARG, "contest: load %zu of %zu", load[i],
                           n_load);
    if (!allocate(&c)) {
        el_contest_clear(&c);
        return el_fail(err, EL_E_NOMEM, "contest: %zu runs", n);
    }
    sort_runs(load, &c);
    *out = c;
    return EL_OK;
}

void el_contest_believe(el_contest *c, const el_model *model,
                        const el_point *point, size_t from, size_t n)
{
    double *mean = c->mean + from;

    model->form->predict(model, point, n, mean, c->grad + from * c->k);
    for (size_t i = 0; i < n; i++)
        mean[i] = log(mean[i] / point[i].batch);
}

size_t el_contest_winner(const el_contest *c, size_t load)
{
    size_t best = c->order[c->first[load]];

    for (size_t at = c->first[load] + 1; at < c->first[load + 1]; at++)
        if (c->mean[c->order[at]] < c->mean[best])
            best = c->order[at];
    return best;
}

/* --- how sure ------------------------------------------------------------- */

/* Does every rival cost more than the winner where the parameters are off by
 * d? */
static bool still_wins(const el_contest *c, size_t load, size_t winner,
                       const double *d)
{
    double least = c->mean[winner] + el_dot(c->grad + winner * c->k, d, c->k);

    for (size_t at = c->first[load]; at < c->first[load + 1]; at++) {
        size_t i = c->order[at];

        if (c->mean[i] + el_dot(c->grad + i * c->k, d, c->k) < least)
            return false;
    }
    return true;
}

el_status el_contest_settled(const el_contest *c, size_t n_draw, uint64_t seed,
                             double *share, el_error *err)
{
    size_t k = c->k;
    double *root = el_array(k, (k + 2) * sizeof *root);
    size_t *won = el_array(c->n_load, 2 * sizeof *won);
    el_status st = EL_OK;
    double *z, *d;
    el_rng rng;

    if (n_draw == 0)
        st = el_fail(err, EL_E_ARG, "contest: no draw");
    else if (!root || !won)
        st = el_fail(err, EL_E_NOMEM, "contest: %zu loads", c->n_load);
    else
        st = el_cholesky(c->cov, k, root, err);
    if (st != EL_OK)
        goto done;
    z = root + k * k;
    d = z + k;
    for (size_t s = 0; s < c->n_load; s++)
        won[c->n_load + s] = el_contest_winner(c, s);
    el_rng_init(&rng, seed, 0);
    for (size_t t = 0; t < n_draw; t++) {
        for (size_t j = 0; j < k; j++)
            z[j] = el_rng_normal(&rng);
        for (size_t j = 0; j < k; j++)
            d[j] = el_dot(root + j * k, z, j + 1);
        for (size_t s = 0; s < c->n_load; s++)
            won[s] += still_wins(c, s, won[c->n_load + s], d);
    }
    for (size_t s = 0; s < c->n_load; s++)
        share[s] = (double)won[s] / (double)n_draw;
done:
    el_free(won);
    el_free(root);
    return st;
}

/* --- what a run would tell ------------------------------------------------ */

/* x_j, w_j of the mean of f(N(0, 1)); Abramowitz & Stegun 25.4.46, n = 7. */
#define N_NODE 7u
static const double node[N_NODE] = {
    -3.7504397177257425, -2.366759410734541, -1.1544053947399682, 0.0,
    1.1544053947399682,  2.366759410734541,  3.7504397177257425};
static const double node_weight[N_NODE] = {
    5.482688559722187e-4, 0.03075712396758646, 0.24012317860501272,
    0.45714285714285713,  0.24012317860501272, 0.03075712396758646,
    5.482688559722187e-4};

#define SURE 4.5 /* SDs: P < 4e-6, whose entropy no run changes */

static double entropy(double z)
{
    double p = 0.5 * erfc(fabs(z) * 0.70710678118654752);

    return p > 0.0 ? -p * log(p) - (1.0 - p) * log1p(-p) : 0.0;
}

/* A rival that may yet beat its load's winner. */
typedef struct rival {
    double lead, var; /* of v_rival - v_winner */
    double doubt;     /* entropy of who is cheaper */
} rival;

/* difference[k]: gradient of the lead. */
static rival make_rival(const el_contest *c, size_t winner, size_t i,
                        double *difference)
{
    rival r = {.lead = c->mean[i] - c->mean[winner]};

    for (size_t j = 0; j < c->k; j++)
        difference[j] = c->grad[i * c->k + j] - c->grad[winner * c->k + j];
    r.var = el_quadratic_form(difference, c->cov, c->k);
    r.doubt = r.var > 0.0 ? entropy(r.lead / sqrt(r.var)) : 0.0;
    return r;
}

/* Expected entropy that a reading leaves; shift: what one SD of the reading
 * moves the lead by. */
static double doubt_left(const rival *r, double shift)
{
    double left = 0.0, sd = sqrt(fmax(r->var - shift * shift, 1e-9 * r->var));

    for (size_t q = 0; q < N_NODE; q++)
        left += node_weight[q] * entropy((r->lead + shift * node[q]) / sd);
    return left;
}

/* share[n * k] = grad cov / SD of a reading: a lead's gradient times it is the
 * shift. */
static void make_shares(const el_contest *c, const double *scatter,
                        double *share)
{
    size_t k = c->k;

    for (size_t i = 0; i < c->n; i++) {
        const double *g = c->grad + i * k;
        double sd =
            sqrt(el_quadratic_form(g, c->cov, k) + scatter[i] * scatter[i]);

        for (size_t j = 0; j < k; j++)
            share[i * k + j] = el_dot(c->cov + j * k, g, k) / sd;
    }
}

el_status el_contest_gain(const el_contest *c, const double *scatter,
                          const uint8_t *may, double *gain, el_error *err)
{
    size_t k = c->k;
    double *share = el_array(c->n + 1, k * sizeof *share), *difference;

    if (!share)
        return el_fail(err, EL_E_NOMEM, "contest: %zu runs", c->n);
    difference = share + c->n * k;
    make_shares(c, scatter, share);
    memset(gain, 0, c->n * sizeof *gain);
    for (size_t s = 0; s < c->n_load; s++) {
        size_t winner = el_contest_winner(c, s);

        for (size_t at = c->first[s]; at < c->first[s + 1]; at++) {
            rival r = make_rival(c, winner, c->order[at], difference);

            if (c->order[at] == winner || r.lead * r.lead > SURE * SURE * r.var)
                continue;
            for (size_t i = 0; i < c->n; i++)
                if (!may || may[i])
                    gain[i] +=
                        r.doubt -
                        doubt_left(&r, el_dot(difference, share + i * k, k));
        }
    }
    el_free(share);
    return EL_OK;
}

el_status el_contest_observe(el_contest *c, size_t run, double value,
                             double scatter, el_error *err)
{
    size_t k = c->k;
    double *share = el_array(k, sizeof *share), *g = c->grad + run * k;
    double var, miss = el_is_known(value) ? value - c->mean[run] : 0.0;

    if (!share)
        return el_fail(err, EL_E_NOMEM, "contest: out of memory");
    var = el_quadratic_form(g, c->cov, k) + scatter * scatter;
    for (size_t j = 0; j < k; j++)
        share[j] = el_dot(c->cov + j * k, g, k);
    for (size_t i = 0; i < c->n; i++)
        c->mean[i] += el_dot(c->grad + i * k, share, k) * miss / var;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            c->cov[i * k + j] -= share[i] * share[j] / var;
    el_free(share);
    return EL_OK;
}
