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

/* What the readings that may be taken would each take off the SD of one lead,
 * whose gradient is `difference`. */
static void add_gains(const el_contest *c, const double *difference,
                      const double *share, const uint8_t *may, double *gain)
{
    double var = el_quadratic_form(difference, c->cov, c->k);
    double sd = sqrt(fmax(var, 0.0));

    for (size_t i = 0; i < c->n; i++) {
        double shift;

        if (may && !may[i])
            continue;
        shift = el_dot(difference, share + i * c->k, c->k);
        gain[i] += sd - sqrt(fmax(var - shift * shift, 0.0));
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
            size_t rival = c->order[at];

            if (rival == winner)
                continue;
            for (size_t j = 0; j < k; j++)
                difference[j] =
                    c->grad[rival * k + j] - c->grad[winner * k + j];
            add_gains(c, difference, share, may, gain);
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
