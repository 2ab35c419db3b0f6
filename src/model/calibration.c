/* SPDX-License-Identifier: Apache-2.0 */
#include "model/calibration.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/answer.h"
#include "model/noise.h"

#define Z90 1.6448536269514722

const el_target el_corrected[EL_N_CORRECTED] = {EL_TARGET_ENERGY,
                                                EL_TARGET_TTFT, EL_TARGET_ITL};

static void correction_clear(el_correction *c)
{
    el_posterior_clear(&c->posterior);
    el_free(c->doubt);
    el_free(c->at);
    memset(c, 0, sizeof *c);
}

void el_calibration_free(el_calibration *calibration)
{
    if (!calibration)
        return;
    for (size_t k = 0; k < EL_N_CORRECTED; k++)
        correction_clear(&calibration->of[k]);
    el_free(calibration->site);
    el_free(calibration->workload);
    el_free(calibration);
}

int el_calibration_workload(const el_calibration *c, const char *label)
{
    for (size_t i = 0; i < c->n_workload; i++)
        if (strncmp(c->workload[i], label, EL_LABEL_LEN - 1) == 0)
            return (int)i;
    return -1;
}

double el_calibration_noise(const el_point *point, double latency_s)
{
    double sd =
        el_noise_sd(&el_noise_usual, point->steady ? EL_UNKNOWN : latency_s);

    return sd * sd;
}

/* A configuration beside the rows. */
typedef struct asked {
    double alike[EL_CALIBRATE_MAX];
    bool same_workload[EL_CALIBRATE_MAX];
    double noise;
} asked;

/* Posterior mean of ln(measured / model), and half its band. */
static void correct(const el_correction *c, const asked *q, const el_doubt *d,
                    double *mean, double *half)
{
    double k[EL_CALIBRATE_MAX];
    double variance = el_doubt_covariance(1.0, d, d, true) + q->noise,
           explained;

    for (size_t i = 0; i < c->n; i++) {
        size_t at = c->at[i];

        k[i] = el_doubt_covariance(q->alike[at], d, &c->doubt[i],
                                   q->same_workload[at]);
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
    int index = el_calibration_workload(calibration, workload);
    el_site at = el_site_of(point, workload, index);
    el_point run = el_point_as_run(point);
    double before_s = p->latency_s;
    el_doubt doubts[EL_N_CORRECTED];
    asked q;

    q.noise = el_calibration_noise(point, p->latency_s);
    for (size_t i = 0; i < calibration->n_rows; i++) {
        q.alike[i] = el_site_alike(&at, &calibration->site[i]);
        q.same_workload[i] = calibration->site[i].workload == index;
    }
    for (size_t k = 0; k < EL_N_CORRECTED; k++) /* before anything moves */
        doubts[k] = el_doubt_of(point, workload, el_corrected[k], p);
    for (size_t k = 0; k < EL_N_CORRECTED; k++) {
        double mean, half;

        if (calibration->of[k].n == 0)
            continue;
        correct(&calibration->of[k], &q, &doubts[k], &mean, &half);
        set_target(el_corrected[k], mean, half, p);
    }
    p->latency_s = p->ttft_s + fmax(point->osl - 1.0, 0.0) * p->tpot_s;
    p->avg_power_w *= before_s / p->latency_s;
    p->source = EL_SOURCE_CALIBRATED;
    el_prediction_note_range(calibration->lo, calibration->hi, &run, p);
}
