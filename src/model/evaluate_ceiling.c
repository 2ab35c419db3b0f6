/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "model/evaluate_work.h"
#include "num/stats.h"

#define DRAWS          100u
#define PSEUDO_REPEATS 4.0

/* Repeats of one session on one node, without what a form misses: floor of
 * long runs and jitter of a 1 s run, argonne_synthetic, A100, 2026-11. */
static const el_noise run_jitter = {0.015, 0.0866};

/* Variance of one row's repeats against the usual jitter, over its median
 * under that jitter (Wilson and Hilferty's, chi-square of n - 1). */
static double repeat_ratio(const el_sample *s)
{
    double sd = el_noise_sd(&run_jitter, s->run_s);
    double df = (double)(s->n_repeats - 1);

    return s->repeat_ss / (sd * sd * df) / pow(1.0 - 2.0 / (9.0 * df), 3.0);
}

el_status el_eval_jitter(el_eval_work *w, el_error *err)
{
    double *ratio = NULL;
    size_t n = 0, room = 0;

    for (size_t g = 0; g < w->n_group; g++)
        room += w->group[g].n;
    ratio = el_array(room, sizeof *ratio);
    if (!ratio)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu rows", room);
    for (size_t g = 0; g < w->n_group; g++) {
        const el_eval_group *group = &w->group[g];
        for (size_t i = 0; i < group->n; i++) {
            const el_sample *s = &group->group->sample[group->sample[i]];
            if (s->n_repeats > 1)
                ratio[n++] = repeat_ratio(s);
        }
    }
    /* Repeats further apart than usual come from other nodes or software
     * (a factor of two was seen): that is no jitter, and calling it so would
     * only lower the bar. */
    w->jitter_s2 = 1.0;
    if (n > 0)
        w->jitter_s2 =
            (PSEUDO_REPEATS + (double)n * fmin(el_median(ratio, n), 1.0)) /
            (PSEUDO_REPEATS + (double)n);
    el_free(ratio);
    return EL_OK;
}

/* Spread of each row's measured value around the truth [ln]. */
static void row_spread(const el_eval_group *g, double s2, double *sd)
{
    for (size_t i = 0; i < g->n; i++) {
        const el_sample *s = &g->group->sample[g->sample[i]];
        sd[i] = el_noise_sd(&run_jitter, s->run_s) *
                sqrt(s2 / (double)s->n_repeats);
    }
}

static double scenario_hits(const double *expected, const double *sd, size_t n,
                            double *noisy, el_rng *rng)
{
    size_t best = el_eval_cheapest(expected, n), hits = 0;

    for (size_t k = 0; k < DRAWS; k++) {
        for (size_t c = 0; c < n; c++)
            noisy[c] = expected[c] * exp(sd[c] * el_rng_normal(rng));
        hits += el_eval_cheapest(noisy, n) == best;
    }
    return (double)hits / DRAWS;
}

el_status el_eval_ceiling(const el_eval_work *w, const el_eval_item *item,
                          el_rng *rng, double *hits, el_error *err)
{
    const el_eval_group *g = &w->group[item->group];
    const double *expected = w->expected + w->expected_at[item->group];
    const uint8_t *role = w->role + item->offset;
    double *row_sd = el_array(g->n, sizeof *row_sd);
    double *scratch = el_array(g->widest, 3 * sizeof *scratch);
    double sum = 0.0;
    el_status st = EL_OK;

    if (!row_sd || !scratch) {
        st = el_fail(err, EL_E_NOMEM, "evaluate: ceiling of %zu rows", g->n);
        goto done;
    }
    row_spread(g, w->jitter_s2, row_sd);
    for (size_t s = 0; s < g->n_scenario; s++) {
        double *energy = scratch, *sd = scratch + g->widest;
        size_t n = el_eval_choices(g, s, role, expected, energy);
        (void)el_eval_choices(g, s, role, row_sd, sd);
        if (n >= 2)
            sum += scenario_hits(energy, sd, n, scratch + 2 * g->widest, rng);
    }
    *hits = sum;
done:
    el_free(scratch);
    el_free(row_sd);
    return st;
}
