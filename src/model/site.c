/* SPDX-License-Identifier: Apache-2.0 */
#include "model/site.h"

#include <math.h>
#include <string.h>

#include "model/nlls.h"
#include "model/shard.h"

#define LEVEL_SD 0.5 /* ln; where these come from: energylens/calibrate.h */
#define LENGTH   3.0 /* ln units over which corrections stay alike */
#define Z90      1.6448536269514722

static double matern(double distance)
{
    double s = sqrt(3.0) * distance;

    return (1.0 + s) * exp(-s);
}

double el_site_alike(const el_site *a, const el_site *b)
{
    double d2 = 0.0;

    for (size_t k = 0; k < EL_SITE_AXES; k++)
        d2 += (a->x[k] - b->x[k]) * (a->x[k] - b->x[k]);
    return matern(sqrt(d2));
}

double el_doubt_covariance(double alike, const el_doubt *a, const el_doubt *b,
                           bool same_workload)
{
    double sum = LEVEL_SD * LEVEL_SD + a->sd * b->sd * alike;

    if (same_workload)
        sum += EL_PROMPT_LN_SD * EL_PROMPT_LN_SD * a->prompt * b->prompt;
    return sum;
}

static double term_of(const el_terms *terms, const char *name)
{
    for (size_t i = 0; i < terms->n; i++)
        if (strcmp(terms->term[i].name, name) == 0)
            return terms->term[i].value;
    return 0.0;
}

/* How much of a prediction grows with a prompt that nobody wrote down. */
static double prompt_share(const el_point *q, const char *workload,
                           el_target target, const el_prediction *p)
{
    double isl = el_workload_prompt(workload), busy, grows;

    if (el_is_known(q->isl))
        return 0.0;
    if (target == EL_TARGET_TTFT)
        return 1.0;
    if (target == EL_TARGET_ITL) /* others' prompts, between the tokens */
        return fmin((q->batch - 1.0) / q->osl * p->ttft_s / p->tpot_s, 1.0);
    busy = p->energy_per_request_j - term_of(&p->terms, "idle_power");
    grows = term_of(&p->terms, "prefill") + term_of(&p->terms, "vision") +
            term_of(&p->terms, "kv_read") * isl / (isl + 0.5 * q->osl);
    return grows / busy;
}

/* SD of a time or an energy by its printed band. */
static double band_sd(el_target target, const el_prediction *p)
{
    switch (target) {
    case EL_TARGET_TTFT:
        return log(p->ttft_hi_s / p->ttft_s) / Z90;
    case EL_TARGET_ITL:
        return log(p->tpot_hi_s / p->tpot_s) / Z90;
    default:
        return p->spread_ln;
    }
}

el_point el_point_as_run(const el_point *point)
{
    el_shard shard = el_point_shard(point);
    el_point run = *point;

    run.tp = shard.tp;
    return run;
}

el_site el_site_of(const el_point *point, const char *workload, int index)
{
    el_point run = el_point_as_run(point);
    double isl =
        el_is_known(point->isl) ? point->isl : el_workload_prompt(workload);
    const double half = sqrt(0.5);
    el_site at = {.x = {log(run.batch), log(run.tp), log(run.pp), log(run.ep),
                        half * log(isl), half * log(run.osl)},
                  .workload = index};

    for (size_t k = 0; k < EL_SITE_AXES; k++)
        at.x[k] /= LENGTH;
    return at;
}

el_doubt el_doubt_of(const el_point *point, const char *workload,
                     el_target target, const el_prediction *p)
{
    return (el_doubt){band_sd(target, p),
                      prompt_share(point, workload, target, p)};
}
