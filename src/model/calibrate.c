/* SPDX-License-Identifier: Apache-2.0 */
/* From measured rows to a correction. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/calibration.h"
#include "model/noise.h"
#include "num/stats.h"

#define ODD         3.0 /* SDs of a row left out that are worth a word */
#define PSEUDO_ROWS 4.0 /* as el_noise_estimate: scatter is as usual */

/* ---- conditioning on rows ---- */

/* How far each row is from what the others say of it. */
static void leave_out(el_correction *c)
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
                           const el_site *sites, el_correction *c,
                           el_error *err)
{
    size_t n = c->n;
    double *cov = el_array(n * n, sizeof *cov);
    el_status st;

    if (!cov)
        return el_fail(err, EL_E_NOMEM, "calibrate: %zu rows", n);
    for (size_t i = 0; i < n; i++) {
        const el_site *a = &sites[c->at[i]];

        for (size_t j = 0; j < n; j++) {
            const el_site *b = &sites[c->at[j]];

            cov[i * n + j] =
                el_doubt_covariance(el_site_alike(a, b), &c->doubt[i],
                                    &c->doubt[j], a->workload == b->workload);
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
                                el_target target, el_correction *c,
                                el_error *err)
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
        noise[c->n] = el_calibration_noise(&s[i].point, s[i].row->latency_s);
        c->at[c->n] = i;
        c->doubt[c->n++] =
            el_doubt_of(&s[i].point, s[i].row->workload, target, &s[i].p);
    }
    if (c->n > 0)
        st = condition(r, noise, all->site, c, err);
    el_free(r);
    return st;
}

static void take_ranges(const sample *s, size_t n, el_calibration *c)
{
    for (el_axis a = 0; a < EL_N_AXES; a++) {
        c->lo[a] = c->hi[a] = EL_UNKNOWN; /* until a row knows */
        for (size_t i = 0; i < n && a != EL_AXIS_DP; i++) {
            el_point as_run = el_point_as_run(&s[i].point);
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
        workload = el_calibration_workload(c, row[i]->workload);
        if (workload < 0) {
            workload = (int)c->n_workload++;
            el_str_copy(c->workload[workload], EL_LABEL_LEN, row[i]->workload);
        }
        c->site[c->n_rows] =
            el_site_of(&next->point, row[i]->workload, workload);
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
    const el_correction *energy = &c->of[0];

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
    c->site = el_array(n, sizeof *c->site);
    if (!s || !c->workload || !c->site) {
        el_free(s);
        return el_fail(err, EL_E_NOMEM, "calibrate: %zu rows", n);
    }
    st = take_samples(analytic, row, n, c, s, err);
    for (size_t k = 0; k < EL_N_CORRECTED && st == EL_OK; k++)
        st = correct_target(s, c, el_corrected[k], &c->of[k], err);
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
