/* SPDX-License-Identifier: Apache-2.0 */
#include "model/learned.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/nlls.h"

/*
 * Scatter of a form that no row of the group has tuned, beyond its
 * parameters, and how sure that is. One architecture left out at a time: .04
 * on argonne_synthetic, .3 on ML.ENERGY v2 and v3, where prompt lengths are
 * guessed too; one GPU left out: .5 on both (2026-11).
 */
#define UNTUNED_SD         0.04
#define UNTUNED_SD_PROMPTS 0.3
#define UNTUNED_SD_GPU     0.5
#define UNTUNED_DF         10.0

/* Parameters of one group lean on each other (more of one, less of another),
 * so their spreads add up to less than if they were independent. */
#define CORRELATED 0.3

/* SDs that few models show are in doubt themselves: at least this share of the
 * physical prior's. .3 and .6 score alike, 0 a little worse. */
#define LEAST_SD 0.3

/* Fewer sources say too little about how parameters go together. */
#define LEAST_HOME 4u

bool el_learned_other_model(const el_group_key *target,
                            const el_group_key *source)
{
    bool same = *target->model_slug && *source->model_slug
                    ? strcmp(target->model_slug, source->model_slug) == 0
                    : el_str_eq_nocase(target->model, source->model);

    return !same;
}

bool el_learned_same_place(const el_group_key *target,
                           const el_group_key *source)
{
    return el_str_eq_nocase(target->gpu, source->gpu) &&
           el_str_eq_nocase(target->engine, source->engine);
}

bool el_learned_other_gpu(const el_group_key *target,
                          const el_group_key *source)
{
    return !el_str_eq_nocase(target->gpu, source->gpu);
}

size_t el_learned_at_home(const el_group_key *target,
                          const el_lesson *const *lesson, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (el_learned_same_place(target, &lesson[i]->key))
            return n;
    return 0;
}

/* --- lessons -------------------------------------------------------------- */

el_lesson el_lesson_of(const el_model *model, const el_group_key *key)
{
    el_lesson l = {.key = *key,
                   .form = model->form,
                   .target = model->target,
                   .n_rows = model->n_rows};
    el_param_spec spec[EL_MAX_PARAMS];
    size_t k = el_model_specify(model, spec);

    l.n = el_param_core(spec, k);
    for (size_t j = 0; j < l.n; j++) {
        l.deviation[j] = model->param[j] - spec[j].centre;
        l.var[j] = model->cov[j * k + j];
    }
    return l;
}

el_status el_lessons_add(el_lessons *lessons, const el_lesson *lesson,
                         el_error *err)
{
    el_lesson *item =
        el_grow(lessons->item, &lessons->cap, lessons->n + 1, sizeof *item);

    if (!item)
        return el_fail(err, EL_E_NOMEM, "prior: %zu lessons", lessons->n);
    lessons->item = item;
    lessons->item[lessons->n++] = *lesson;
    return EL_OK;
}

void el_lessons_clear(el_lessons *lessons)
{
    el_free(lessons->item);
    memset(lessons, 0, sizeof *lessons);
}

/* --- two levels ----------------------------------------------------------- */

#define MAX_SOURCES 256u /* more would not move a mean */

/* Who teaches from where. */
typedef struct school {
    const el_lesson *const *lesson;
    size_t n, n_place;
    size_t place[MAX_SOURCES]; /* of each lesson */
    size_t home;               /* the target's place; n_place: none */
} school;

/* One parameter at one place. */
typedef struct mean {
    double sum_w, sum_wd; /* precision, and with it the deviation */
} mean;

static void enter(school *s, const el_group_key *target)
{
    s->home = MAX_SOURCES;
    for (size_t i = 0; i < s->n; i++) {
        size_t first = 0;

        while (
            !el_learned_same_place(&s->lesson[first]->key, &s->lesson[i]->key))
            first++;
        s->place[i] = first < i ? s->place[first] : s->n_place++;
        if (el_learned_same_place(target, &s->lesson[i]->key))
            s->home = s->place[i];
    }
}

/* Squares about the mean of one place, and their degrees of freedom. */
static double squares_at(const school *s, size_t p, size_t j, double *freedom)
{
    double n = 0.0, sum = 0.0, sum2 = 0.0;

    for (size_t i = 0; i < s->n; i++) {
        double d = s->lesson[i]->deviation[j];

        if (s->place[i] != p)
            continue;
        n += 1.0;
        sum += d;
        sum2 += d * d;
    }
    *freedom = n - 1.0;
    return fmax(0.0, sum2 - sum * sum / n);
}

/* Variance between models of one place: the target's, with what all places show
 * as one more degree of freedom. */
static double between_models(const school *s, size_t j, double prior_sd)
{
    double ss = 0.0, freedom = 0.0, home = 0.0, home_freedom = 0.0;

    for (size_t p = 0; p < s->n_place; p++) {
        double f, q = squares_at(s, p, j, &f);

        ss += q;
        freedom += f;
        home = p == s->home ? q : home;
        home_freedom = p == s->home ? f : home_freedom;
    }
    if (freedom <= 0.0) /* one source says nothing about the spread */
        return 0.25 * prior_sd * prior_sd;
    return (home + ss / freedom) / (home_freedom + 1.0);
}

static void place_means(const school *s, size_t j, double least_var,
                        double tau2, mean *at)
{
    memset(at, 0, s->n_place * sizeof *at);
    for (size_t i = 0; i < s->n; i++) {
        const el_lesson *l = s->lesson[i];
        double w = 1.0 / (l->var[j] + tau2 + least_var);

        at[s->place[i]].sum_w += w;
        at[s->place[i]].sum_wd += w * l->deviation[j];
    }
}

/* Of the places' means; a single place says nothing, then the prior's. */
static double between_places(const school *s, const mean *at, double prior_sd)
{
    double n = (double)s->n_place, sum = 0.0, ss = 0.0;

    if (s->n_place < 2)
        return prior_sd * prior_sd;
    for (size_t p = 0; p < s->n_place; p++)
        sum += at[p].sum_wd / at[p].sum_w;
    for (size_t p = 0; p < s->n_place; p++) {
        double d = at[p].sum_wd / at[p].sum_w - sum / n;
        ss += d * d;
    }
    return ss / (n - 1.0);
}

static void pool(const school *s, size_t j, double prior_sd, double *shift,
                 double *sd)
{
    mean at[MAX_SOURCES], others = {1.0 / (prior_sd * prior_sd), 0.0}, all;
    double least_var = 1e-6 * prior_sd * prior_sd;
    double tau2 = between_models(s, j, prior_sd), apart, doubt;

    place_means(s, j, least_var, tau2, at);
    apart = between_places(s, at, prior_sd);
    for (size_t p = 0; p < s->n_place; p++) {
        double w = 1.0 / (apart + 1.0 / at[p].sum_w);

        if (p == s->home)
            continue;
        others.sum_w += w;
        others.sum_wd += w * at[p].sum_wd / at[p].sum_w;
    }
    doubt = fmin(apart + 1.0 / others.sum_w, prior_sd * prior_sd);
    all = (mean){1.0 / doubt, others.sum_wd / others.sum_w / doubt};
    if (s->home < s->n_place) {
        all.sum_w += at[s->home].sum_w;
        all.sum_wd += at[s->home].sum_wd;
    }
    *shift = all.sum_wd / all.sum_w;
    *sd =
        fmin(prior_sd, fmax(LEAST_SD * prior_sd, sqrt(tau2 + 1.0 / all.sum_w)));
}

/* How the sources at home differ, parameters together: more of one with less
 * of another is no doubt of a prediction. */
static void differ_at_home(const school *s, size_t core, el_learned *out)
{
    double n = 0.0, centre[EL_MAX_PARAMS] = {0};

    for (size_t i = 0; i < s->n; i++) {
        if (s->place[i] != s->home)
            continue;
        n += 1.0;
        for (size_t j = 0; j < core; j++)
            centre[j] += s->lesson[i]->deviation[j];
    }
    out->n_home = (size_t)n;
    for (size_t i = 0; i < s->n && n > 1.0; i++) {
        const double *d = s->lesson[i]->deviation;

        if (s->place[i] != s->home)
            continue;
        for (size_t j = 0; j < core; j++)
            for (size_t k = 0; k < core; k++)
                out->apart[j * EL_MAX_PARAMS + k] +=
                    (d[j] - centre[j] / n) * (d[k] - centre[k] / n) *
                    (1.0 + 1.0 / n) / (n - 1.0);
    }
}

void el_learned_shift(const el_form *form, const el_fit_data *data,
                      const el_group_key *target,
                      const el_lesson *const *lesson, size_t n, el_learned *out)
{
    el_param_spec spec[EL_MAX_PARAMS];
    school s = {.lesson = lesson, .n = n < MAX_SOURCES ? n : MAX_SOURCES};
    size_t k = form->specify(data, spec);
    size_t core = el_param_core(spec, k);

    memset(out, 0, sizeof *out);
    for (size_t j = 0; j < k; j++)
        out->sd[j] = spec[j].sd;
    for (size_t i = 0; i < s.n; i++)
        if (lesson[i]->n != core)
            return;
    out->n_source = s.n;
    if (s.n == 0)
        return;
    enter(&s, target);
    out->other_gpu = s.home >= s.n_place;
    for (size_t j = 0; j < core; j++)
        pool(&s, j, spec[j].sd, &out->shift[j], &out->sd[j]);
    differ_at_home(&s, core, out);
}

bool el_form_has_prior(const el_form *form, const el_fit_data *data)
{
    el_param_spec spec[EL_MAX_PARAMS];
    size_t k = form->specify(data, spec);

    for (size_t j = 0; j < k; j++) {
        if (!isfinite(spec[j].sd))
            return false;
    }
    return true;
}

void el_learned_model(const el_form *form, const el_fit_data *data,
                      const el_learned *learned, el_model *out)
{
    el_param_spec spec[EL_MAX_PARAMS];
    el_model m = {0};
    size_t k = form->specify(data, spec);

    m.form = form;
    m.target = data->target;
    m.facts = *data->facts;
    m.n_param = k;
    for (size_t j = 0; j < k; j++) {
        m.param[j] = spec[j].centre + learned->shift[j];
        m.cov[j * k + j] = learned->sd[j] * learned->sd[j];
        if (learned->n_source > 1)
            m.cov[j * k + j] *= CORRELATED;
    }
    for (size_t j = 0; learned->n_home >= LEAST_HOME && j < k; j++)
        for (size_t l = 0; l < k; l++)
            m.cov[j * k + l] += learned->apart[j * EL_MAX_PARAMS + l];
    m.prompts_unknown = data->prompts_unknown;
    m.extras = data->extras;
    if (data->prompts_unknown) {
        m.n_workload = data->n_workload;
        memcpy(m.workload, data->workload,
               data->n_workload * sizeof m.workload[0]);
    }
    m.noise.floor_sd = data->prompts_unknown ? UNTUNED_SD_PROMPTS : UNTUNED_SD;
    if (learned->other_gpu)
        m.noise.floor_sd = UNTUNED_SD_GPU;
    m.noise.jitter_sd = 0.0866;
    m.noise_df = UNTUNED_DF;
    m.converged = true;
    for (el_axis a = 0; a < EL_N_AXES; a++)
        m.lo[a] = m.hi[a] = EL_UNKNOWN;
    *out = m;
}
