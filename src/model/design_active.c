/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that settle the winners, one after another. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/task.h"
#include "energylens/design.h"

#define N_DRAW      1000u
#define MAX_TRIED   512u /* candidates a step: thousands tell much the same */
#define LEAST_GAIN  1e-9 /* ln: rounding */
#define THIN_STREAM 1u

double el_contest_agreement(const el_contest *c, const double *share)
{
    double sum = 0.0;
    size_t n = 0;

    for (size_t s = 0; s < c->n_load; s++) {
        if (c->first[s + 1] - c->first[s] < 2)
            continue;
        sum += share[s];
        n++;
    }
    return n ? sum / (double)n : EL_UNKNOWN;
}

typedef struct search {
    el_contest *contest;
    const double *scatter;
    uint8_t *taken, *may;
    double *share, *gain;
    size_t *shuffled;
    uint64_t seed;
    el_rng rng;
} search;

static el_status agreement(const search *s, double *out, el_error *err)
{
    el_status st =
        el_contest_settled(s->contest, N_DRAW, s->seed, s->share, err);

    if (st == EL_OK)
        *out = el_contest_agreement(s->contest, s->share);
    return st;
}

/* Which runs are tried in this step; false: none is left. */
static bool choose_tried(search *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->contest->n; i++)
        if (!s->taken[i])
            s->shuffled[n++] = i;
    if (n > MAX_TRIED) {
        el_rng_shuffle(&s->rng, s->shuffled, n);
        n = MAX_TRIED;
    }
    memset(s->may, 0, s->contest->n);
    for (size_t i = 0; i < n; i++)
        s->may[s->shuffled[i]] = 1;
    return n > 0;
}

/* The run that tells most; gain 0: none tells anything. */
static el_status one_step(search *s, el_design_step *out, el_error *err)
{
    el_design_step step = {0, 0.0, EL_UNKNOWN};
    el_status st = EL_OK;

    if (choose_tried(s))
        st = el_contest_gain(s->contest, s->scatter, s->may, s->gain, err);
    else
        memset(s->gain, 0, s->contest->n * sizeof *s->gain);
    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < s->contest->n; i++) {
        if (s->gain[i] > step.gain) {
            step.gain = s->gain[i];
            step.run = i;
        }
    }
    *out = step;
    if (step.gain < LEAST_GAIN)
        return EL_OK;
    s->taken[step.run] = 1;
    st = el_contest_observe(s->contest, step.run, EL_UNKNOWN,
                            s->scatter[step.run], err);
    return st == EL_OK ? agreement(s, &out->settled, err) : st;
}

static el_status all_steps(search *s, const el_task *task, size_t n_want,
                           el_design_steps *out, el_error *err)
{
    double now = 0.0;
    el_status st = agreement(s, &now, err);
    size_t n = 0;

    if (st == EL_OK && !el_is_known(now))
        st = el_fail(err, EL_E_DATA,
                     "design: no load has two configurations to choose from");
    if (st != EL_OK)
        return st;
    out->settled = now;
    while (n < n_want && now < EL_CONTEST_SETTLED) {
        if (el_task_is_cancelled(task))
            return el_fail(err, EL_E_CANCELLED, "design: %zu of %zu runs", n,
                           n_want);
        st = one_step(s, &out->step[n], err);
        if (st != EL_OK || out->step[n].gain < LEAST_GAIN)
            break;
        now = out->step[n++].settled;
        el_task_report(task, n, n_want);
    }
    out->n = n;
    return st;
}

el_status el_design_active(el_contest *contest, const double *scatter,
                           const uint8_t *used, size_t n_want,
                           const el_task *task, el_design_steps *out,
                           el_error *err)
{
    size_t n = contest->n;
    search s = {.contest = contest, .scatter = scatter};
    el_status st;

    if (n > EL_DESIGN_MAX_ACTIVE)
        return el_fail(err, EL_E_ARG,
                       "active design: %zu feasible runs (the limit is %u): "
                       "name fewer values",
                       n, EL_DESIGN_MAX_ACTIVE);
    s.taken = el_array(n, 1);
    s.may = el_array(n, 1);
    s.gain = el_array(n, sizeof *s.gain);
    s.shuffled = el_array(n, sizeof *s.shuffled);
    s.share = el_array(contest->n_load, sizeof *s.share);
    s.seed = task ? task->seed : 0;
    el_rng_init(&s.rng, s.seed, THIN_STREAM);
    if (s.taken && s.may && s.gain && s.shuffled && s.share) {
        for (size_t i = 0; i < n; i++)
            s.taken[i] = used && used[i];
        st = all_steps(&s, task, n_want, out, err);
    } else {
        st = el_fail(err, EL_E_NOMEM, "design: %zu runs", n);
    }
    el_free(s.share);
    el_free(s.shuffled);
    el_free(s.gain);
    el_free(s.may);
    el_free(s.taken);
    return st;
}
