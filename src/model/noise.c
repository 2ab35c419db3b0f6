/* SPDX-License-Identifier: Apache-2.0 */
#include "model/noise.h"

#include "base/mem.h"
#include "num/linalg.h"
#include "num/stats.h"

#define PSEUDO_ROWS 4.0
#define CLIP        9.0    /* (3 sigma)^2: outliers are the robust loss's */
#define MEDIAN_Z2   0.4549 /* of the square of a normal deviate */

/* Scatter of long runs and of a 1 s run: argonne_synthetic, A100, 2026-11
 * (repeats of one session: 6.7 % at 2 s, 4.2 % at 4.5 s, 1.25 % above 15 s;
 * .03 includes what the form misses). */
const el_noise el_noise_usual = {0.03, 0.0866};

double el_noise_sd(const el_noise *noise, double run_s)
{
    double jitter = el_is_known(run_s) ? noise->jitter_sd / sqrt(run_s) : 0.0;

    return sqrt(noise->floor_sd * noise->floor_sd + jitter * jitter);
}

double el_run_scatter(double run_s)
{
    static const el_noise loose = {0.04, 0.0866};

    return el_noise_sd(&loose, run_s);
}

/* Scatter of the bulk against the usual, at least 1: where the form misses
 * every row by 10 %, such a row is no outlier. Sorts z2. */
static double bulk(double *z2, size_t n, double freedom)
{
    return fmax(1.0, el_median(z2, n) / MEDIAN_Z2 * (double)n / freedom);
}

el_status el_noise_estimate(const el_fit_data *data, el_model *model,
                            el_error *err)
{
    size_t n = data->n, k = model->n_param;
    double *grad = el_array(n * (k + 2), sizeof *grad), *z2;
    double ss = 0.0, p_eff = 0.0, s2, shrink, freedom, clip;

    if (!grad)
        return el_fail(err, EL_E_NOMEM, "noise: scratch for %zu rows", n);
    z2 = grad + n * (k + 1);
    model->form->predict(model, data->point, n, grad + n * k, grad);
    for (size_t i = 0; i < n; i++) {
        double run_s = data->run_s ? data->run_s[i] : EL_UNKNOWN;
        double e = log(data->y[i] / grad[n * k + i]);
        double sd = el_noise_sd(&el_noise_usual, run_s),
               scale = el_run_scatter(run_s);
        double leverage = el_quadratic_form(grad + i * k, model->cov, k);
        z2[i] = e * e / (sd * sd);
        p_eff += fmin(leverage / (scale * scale), 1.0);
    }
    freedom = fmax((double)n - p_eff, 1.0);
    clip = CLIP * bulk(z2, n, freedom);
    for (size_t i = 0; i < n; i++)
        ss += fmin(z2[i], clip);
    el_free(grad);
    model->noise_df = PSEUDO_ROWS + freedom;
    s2 = (PSEUDO_ROWS + ss) / model->noise_df;
    model->noise.floor_sd = sqrt(s2) * el_noise_usual.floor_sd;
    model->noise.jitter_sd = sqrt(s2) * el_noise_usual.jitter_sd;
    shrink = el_noise_usual.floor_sd / el_run_scatter(EL_UNKNOWN);
    for (size_t j = 0; j < k * k; j++)
        model->cov[j] *= shrink * shrink * fmax(s2, 1.0);
    return EL_OK;
}
