/* SPDX-License-Identifier: Apache-2.0 */
#include "model/calibrate.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/analytic_terms.h"
#include "model/answer.h"
#include "model/nlls.h"
#include "model/noise.h"
#include "num/posterior.h"
#include "num/stats.h"

#define LEVEL_SD    0.5 /* ln; where these come from: energylens/calibrate.h */
#define LENGTH      3.0 /* ln units over which corrections stay alike */
#define ODD         3.0 /* SDs of a row left out that are worth a word */
#define PSEUDO_ROWS 4.0 /* as el_noise_estimate: scatter is as usual */
#define Z90         1.6448536269514722
#define N_PLACE     6u
#define N_CORRECTED 3u

/* Where a configuration lies, as the covariance sees it. */
typedef struct place {
    double x[N_PLACE]; /* in lengths */
    int workload;      /* whose prompts these are */
} place;

/* How much of one quantity is in doubt there. */
typedef struct doubt {
    double sd;     /* of ln(measured / model), by the model */
    double prompt; /* d ln y / d ln prompt, prompt unknown; 0: known */
} doubt;

/* One corrected quantity, conditioned on its rows. */
typedef struct correction {
    size_t n;
    size_t *at; /* places of its rows */
    doubt *doubt;
    el_posterior posterior;
    double scale; /* of every SD, from the rows left out */
    double quantile;
    double left_out; /* mean |exp(error) - 1| of rows left out */
    size_t odd;      /* row farthest from the others, in SDs */
    double odd_ln, odd_z;
} correction;

struct el_calibration {
    correction of[N_CORRECTED];
    size_t n_workload;
    char (*workload)[EL_LABEL_LEN];
    size_t n_rows;
    place *place;                        /* of the rows */
    double lo[EL_N_AXES], hi[EL_N_AXES]; /* of the rows */
};

static const el_target corrected[N_CORRECTED] = {EL_TARGET_ENERGY,
                                                 EL_TARGET_TTFT, EL_TARGET_ITL};

/* ---- covariance ---- */

static double matern(double distance)
{
    double s = sqrt(3.0) * distance;

    return (1.0 + s) * exp(-s);
}

/* How alike two places are: 1 at the same one, 0 far apart. */
static double alike(const place *a, const place *b)
{
    double d2 = 0.0;

    for (size_t k = 0; k < N_PLACE; k++)
        d2 += (a->x[k] - b->x[k]) * (a->x[k] - b->x[k]);
    return matern(sqrt(d2));
}

static double covariance(double alike_ab, const doubt *a, const doubt *b,
                         bool same_workload)
{
    double sum = LEVEL_SD * LEVEL_SD + a->sd * b->sd * alike_ab;

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

/* tp 1, ep 4 and tp 4, ep 4 of one replica are one configuration. */
static el_point run_point(const el_point *point)
{
    el_shard shard = el_point_shard(point);
    el_point run = *point;

    run.tp = shard.tp;
    return run;
}

static place place_of(const el_point *point, const char *workload, int index)
{
    el_point run = run_point(point);
    double isl =
        el_is_known(point->isl) ? point->isl : el_workload_prompt(workload);
    const double half = sqrt(0.5);
    place at = {.x = {log(run.batch), log(run.tp), log(run.pp), log(run.ep),
                      half * log(isl), half * log(run.osl)},
                .workload = index};

    for (size_t k = 0; k < N_PLACE; k++)
        at.x[k] /= LENGTH;
    return at;
}

static doubt doubt_of(const el_point *point, const char *workload,
                      el_target target, const el_prediction *p)
{
    return (doubt){band_sd(target, p),
                   prompt_share(point, workload, target, p)};
}

/* ---- conditioning on rows ---- */

static void correction_clear(correction *c)
{
    el_posterior_clear(&c->posterior);
    el_free(c->doubt);
    el_free(c->at);
    memset(c, 0, sizeof *c);
}

/* How far each row is from what the others say of it. */
static void leave_out(correction *c)
{
    double z2 = 0.0, df = PSEUDO_ROWS + (double)c->n;

    c->left_out = 0.0;
    for (size_t i = 0; i < c->n; i++) {
        double sd;
        double error = el_posterior_left_out(&c->posterior, i, &sd);

        z2 += error * error / (sd * sd);
        if (fabs(error) / sd > c->odd_z) {
            c->odd = i;
            c->odd_ln = error;
            c->odd_z = fabs(error) / sd;
        }
        c->left_out += fabs(exp(-error) - 1.0) / (double)c->n;
    }
    c->scale = sqrt((PSEUDO_ROWS + z2) / df);
    c->quantile = el_student_t_quantile(0.5 * (1.0 + EL_LEVEL), df);
}

/* c->at and doubt are set; r and the noise variances of its rows. */
static el_status condition(const double *r, const double *noise,
                           const place *places, correction *c, el_error *err)
{
    size_t n = c->n;
    double *cov = el_array(n * n, sizeof *cov);
    el_status st;

    if (!cov)
        return el_fail(err, EL_E_NOMEM, "calibrate: %zu rows", n);
    for (size_t i = 0; i < n; i++) {
        const place *a = &places[c->at[i]];

        for (size_t j = 0; j < n; j++) {
            const place *b = &places[c->at[j]];

            cov[i * n + j] = covariance(alike(a, b), &c->doubt[i], &c->doubt[j],
                                        a->workload == b->workload);
        }
        cov[i * n + i] += noise[i];
    }
    st = el_posterior_make(cov, r, n, &c->posterior, err);
    if (st == EL_OK)
        leave_out(c);
    el_free(cov);
    return st;
}

/* ---- rows ---- */

/* One usable row beside what the model says of it. */
typedef struct sample {
    const el_row *row;
    el_point point;
    el_prediction p;
} sample;

static double noise_of(const el_point *point, double latency_s)
{
    double sd =
        el_noise_sd(&el_noise_usual, point->steady ? EL_UNKNOWN : latency_s);

    return sd * sd;
}

/* ln(measured / model); NaN where nobody measured it. */
static double residual_of(const sample *s, el_target target)
{
    switch (target) {
    case EL_TARGET_TTFT:
        return log(s->row->ttft_s / s->p.ttft_s);
    case EL_TARGET_ITL:
        if (!el_is_known(s->row->itl_s) && !s->point.steady)
            return log(s->row->latency_s / s->p.latency_s);
        return log(s->row->itl_s / s->p.tpot_s);
    default:
        return log(s->row->energy_per_request_j / s->p.energy_per_request_j);
    }
}

static el_status correct_target(const sample *s, const el_calibration *all,
                                el_target target, correction *c, el_error *err)
{
    size_t n = all->n_rows;
    double *r = el_array(2 * n, sizeof *r), *noise = r ? r + n : NULL;
    el_status st = EL_OK;

    c->at = el_array(n, sizeof *c->at);
    c->doubt = el_array(n, sizeof *c->doubt);
    if (!r || !c->at || !c->doubt) {
        el_free(r);
        return el_fail(err, EL_E_NOMEM, "calibrate: %zu rows", n);
    }
    for (size_t i = 0; i < n; i++) {
        r[c->n] = residual_of(&s[i], target);
        if (!isfinite(r[c->n]))
            continue;
        noise[c->n] = noise_of(&s[i].point, s[i].row->latency_s);
        c->at[c->n] = i;
        c->doubt[c->n++] =
            doubt_of(&s[i].point, s[i].row->workload, target, &s[i].p);
    }
    if (c->n > 0)
        st = condition(r, noise, all->place, c, err);
    el_free(r);
    return st;
}

static int workload_index(const el_calibration *c, const char *label)
{
    for (size_t i = 0; i < c->n_workload; i++)
        if (strncmp(c->workload[i], label, EL_LABEL_LEN - 1) == 0)
            return (int)i;
    return -1;
}

static void take_ranges(const sample *s, size_t n, el_calibration *c)
{
    for (el_axis a = 0; a < EL_N_AXES; a++) {
        c->lo[a] = c->hi[a] = EL_UNKNOWN; /* until a row knows */
        for (size_t i = 0; i < n && a != EL_AXIS_DP; i++) {
            el_point as_run = run_point(&s[i].point);
            double v = el_point_axis(&as_run, a);

            c->lo[a] = fmin(c->lo[a], v);
            c->hi[a] = fmax(c->hi[a], v);
        }
    }
}

/* Rows that the model can be asked about, with its answers. */
static el_status take_samples(const el_analytic *analytic,
                              const el_row *const *row, size_t n,
                              el_calibration *c, sample *s, el_error *err)
{
    for (size_t i = 0; i < n; i++) {
        sample *next = &s[c->n_rows];
        int workload;
        el_error why;
        el_status st;

        next->row = row[i];
        next->point = el_row_point(row[i]);
        st = el_analytic_predict(analytic, &next->point, row[i]->workload,
                                 row[i]->batch_size, &next->p, &why);
        if (st != EL_OK && st != EL_E_DATA)
            return el_fail(err, st, "%s", why.message);
        if (st != EL_OK || !isfinite(residual_of(next, EL_TARGET_ENERGY)))
            continue;
        workload = workload_index(c, row[i]->workload);
        if (workload < 0) {
            workload = (int)c->n_workload++;
            el_str_copy(c->workload[workload], EL_LABEL_LEN, row[i]->workload);
        }
        c->place[c->n_rows] =
            place_of(&next->point, row[i]->workload, workload);
        c->n_rows++;
    }
    if (c->n_rows == 0)
        return el_fail(err, EL_E_DATA,
                       "calibrate: the model does not divide by the degrees of "
                       "any of the %zu rows",
                       n);
    return EL_OK;
}

/* How good the model was on its rows, and is on each without that row. */
static void describe(const sample *s, const el_calibration *c, size_t refused,
                     el_calibrated *out)
{
    const correction *energy = &c->of[0];

    *out = (el_calibrated){
        .n_rows = c->n_rows, .n_refused = refused, .left_out_pct = EL_UNKNOWN};
    for (size_t i = 0; i < c->n_rows; i++)
        out->before_pct +=
            100.0 * fabs(exp(-residual_of(&s[i], EL_TARGET_ENERGY)) - 1.0) /
            (double)c->n_rows;
    if (c->n_rows > 1)
        out->left_out_pct = 100.0 * energy->left_out;
    if (c->n_rows > 2 && energy->odd_z > ODD) {
        out->odd = s[energy->at[energy->odd]].row;
        out->odd_pct = 100.0 * (exp(energy->odd_ln) - 1.0);
    }
}

static el_status make(const el_analytic *analytic, const el_row *const *row,
                      size_t n, el_calibration *c, el_calibrated *out,
                      el_error *err)
{
    sample *s = el_array(n, sizeof *s);
    el_status st;

    c->workload = el_array(n, sizeof *c->workload);
    c->place = el_array(n, sizeof *c->place);
    if (!s || !c->workload || !c->place) {
        el_free(s);
        return el_fail(err, EL_E_NOMEM, "calibrate: %zu rows", n);
    }
    st = take_samples(analytic, row, n, c, s, err);
    for (size_t k = 0; k < N_CORRECTED && st == EL_OK; k++)
        st = correct_target(s, c, corrected[k], &c->of[k], err);
    if (st == EL_OK) {
        take_ranges(s, c->n_rows, c);
        describe(s, c, n - c->n_rows, out);
    }
    el_free(s);
    return st;
}

el_status el_analytic_calibrate(el_analytic *analytic, const el_row *const *row,
                                size_t n, el_calibrated *out, el_error *err)
{
    el_calibration *c, *before;
    el_calibrated done;
    el_status st;

    if (!analytic || !out || (n > 0 && !row))
        return el_fail(err, EL_E_ARG, "calibrate: NULL argument");
    if (n == 0 || n > EL_CALIBRATE_MAX)
        return el_fail(err, EL_E_DATA, "calibrate: %zu rows (limit 1 to %u)%s",
                       n, EL_CALIBRATE_MAX,
                       n ? "; so many are better fitted" : "");
    c = el_array(1, sizeof *c);
    if (!c)
        return el_fail(err, EL_E_NOMEM, "calibrate: out of memory");
    before = el_analytic_swap_calibration(analytic, NULL);
    st = make(analytic, row, n, c, &done, err);
    if (st == EL_OK) {
        (void)el_analytic_swap_calibration(analytic, c);
        el_calibration_free(before);
        *out = done;
    } else {
        (void)el_analytic_swap_calibration(analytic, before);
        el_calibration_free(c);
    }
    return st;
}

void el_calibration_free(el_calibration *calibration)
{
    if (!calibration)
        return;
    for (size_t k = 0; k < N_CORRECTED; k++)
        correction_clear(&calibration->of[k]);
    el_free(calibration->place);
    el_free(calibration->workload);
    el_free(calibration);
}

/* ---- predictions ---- */

/* A configuration beside the rows. */
typedef struct asked {
    double alike[EL_CALIBRATE_MAX];
    bool same_workload[EL_CALIBRATE_MAX];
    double noise;
} asked;

/* Posterior mean of ln(measured / model), and half its band. */
static void correct(const correction *c, const asked *q, const doubt *d,
                    double *mean, double *half)
{
    double k[EL_CALIBRATE_MAX];
    double variance = covariance(1.0, d, d, true) + q->noise, explained;

    for (size_t i = 0; i < c->n; i++) {
        size_t at = c->at[i];

        k[i] = covariance(q->alike[at], d, &c->doubt[i], q->same_workload[at]);
    }
    *mean = el_posterior_mean(&c->posterior, k, &explained);
    variance = fmax(variance - explained, q->noise);
    *half = c->quantile * c->scale * sqrt(variance);
}

static void set_time(double factor, double wide, double *time_s, double *lo_s,
                     double *hi_s)
{
    *time_s *= factor;
    *lo_s = *time_s / wide;
    *hi_s = *time_s * wide;
}

static void set_energy(double factor, double wide, el_prediction *p)
{
    double *const joules[] = {&p->energy_per_request_j,
                              &p->energy_per_output_token_j,
                              &p->prefill_energy_j,
                              &p->decode_energy_j,
                              &p->energy_j,
                              &p->avg_power_w,
                              &p->terms.prefill,
                              &p->terms.decode};

    for (size_t i = 0; i < sizeof joules / sizeof *joules; i++)
        *joules[i] *= factor;
    for (size_t i = 0; i < p->terms.n; i++)
        p->terms.term[i].value *= factor;
    p->energy_per_request_lo_j = p->energy_per_request_j / wide;
    p->energy_per_request_hi_j = p->energy_per_request_j * wide;
}

static void set_target(el_target target, double mean, double half,
                       el_prediction *p)
{
    double factor = exp(mean), wide = exp(half);

    if (target == EL_TARGET_TTFT) {
        set_time(factor, wide, &p->ttft_s, &p->ttft_lo_s, &p->ttft_hi_s);
    } else if (target == EL_TARGET_ITL) {
        set_time(factor, wide, &p->tpot_s, &p->tpot_lo_s, &p->tpot_hi_s);
    } else {
        set_energy(factor, wide, p);
        p->spread_ln = half / Z90;
    }
}

void el_calibration_apply(const el_calibration *calibration,
                          const el_point *point, const char *workload,
                          el_prediction *p)
{
    int index = workload_index(calibration, workload);
    place at = place_of(point, workload, index);
    el_point run = run_point(point);
    double before_s = p->latency_s;
    doubt doubts[N_CORRECTED];
    asked q;

    q.noise = noise_of(point, p->latency_s);
    for (size_t i = 0; i < calibration->n_rows; i++) {
        q.alike[i] = alike(&at, &calibration->place[i]);
        q.same_workload[i] = calibration->place[i].workload == index;
    }
    for (size_t k = 0; k < N_CORRECTED; k++) /* before anything moves */
        doubts[k] = doubt_of(point, workload, corrected[k], p);
    for (size_t k = 0; k < N_CORRECTED; k++) {
        double mean, half;

        if (calibration->of[k].n == 0)
            continue;
        correct(&calibration->of[k], &q, &doubts[k], &mean, &half);
        set_target(corrected[k], mean, half, p);
    }
    p->latency_s = p->ttft_s + fmax(point->osl - 1.0, 0.0) * p->tpot_s;
    p->avg_power_w *= before_s / p->latency_s;
    p->source = EL_SOURCE_CALIBRATED;
    el_prediction_note_range(calibration->lo, calibration->hi, &run, p);
}
