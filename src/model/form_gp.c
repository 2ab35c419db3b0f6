/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gp: a Gaussian process on ln(y / (B O)) over el_load_features, the waves of
 * a full KV cache among them.
 *
 *   k(x, x') = 9 + sum x x' + s^2 exp(-1/2 sum ((x - x') / l)^2) + noise
 *
 * x less its mean over the rows: a power law with exponents of about 1, and
 * what is smooth beside it. Workloads are alike or not. Noise has the shape of
 * el_run_scatter. s, each l and the size of the noise are the most probable
 * under wide log-normal priors, by coordinate search.
 *
 * Cost    50 rows: about 150 likelihoods of n^3 / 2 operations, 15 ms
 * Source  C. Rasmussen, C. Williams, Gaussian Processes for Machine Learning,
 *         2006, ch. 2 and 5.
 */
#include <string.h>

#include "base/mem.h"
#include "model/forms.h"
#include "model/load_features.h"
#include "num/posterior.h"

#define CONSTANT_VARIANCE 9.0
#define MAX_TUNED_ROWS    200u /* rows that the sizes are found on */
#define FIRST_STEP        0.8  /* ln units; halved until LAST_STEP */
#define LAST_STEP         0.15

enum { SIGNAL, NOISE, LENGTH, N_SIZES = LENGTH + EL_N_FEATURES };

/* ln of each size: where it starts and how far it may well be from there. */
static const double usual_ln[] = {-1.2, 0.0, 0.5};
static const double usual_sd[] = {1.0, 0.5, 1.0};

typedef struct process {
    size_t n;
    double *x;    /* n x EL_N_FEATURES, centred */
    double *r;    /* ln(y / (B O)) less its mean */
    double *sd;   /* scatter of each row, before the noise's size */
    double *cov;  /* n x n */
    double *like; /* covariances of one point with the rows */
    double centre[EL_N_FEATURES], mean;
    double ln_size[N_SIZES];
    bool varies[EL_N_FEATURES];
} process;

static void process_clear(process *p)
{
    el_free(p->like);
    el_free(p->cov);
    el_free(p->sd);
    el_free(p->r);
    el_free(p->x);
}

static el_status process_make(const el_fit_data *data, process *p,
                              el_error *err)
{
    size_t n = data->n;

    memset(p, 0, sizeof *p);
    p->n = n;
    p->x = el_array(n, EL_N_FEATURES * sizeof *p->x);
    p->r = el_array(n, sizeof *p->r);
    p->sd = el_array(n, sizeof *p->sd);
    p->like = el_array(n, sizeof *p->like);
    p->cov = n <= (size_t)-1 / n ? el_array(n * n, sizeof *p->cov) : NULL;
    if (p->x && p->r && p->sd && p->like && p->cov)
        return EL_OK;
    process_clear(p);
    return el_fail(err, EL_E_NOMEM, "gp: %zu rows", n);
}

static double ln_value(const el_fit_data *data, size_t i)
{
    return log(data->y[i] / (data->point[i].batch * data->point[i].osl));
}

static void centre_features(process *p)
{
    for (size_t d = 0; d < EL_N_FEATURES; d++) {
        for (size_t i = 0; i < p->n && d != EL_FEATURE_WORKLOAD; i++)
            p->centre[d] += p->x[i * EL_N_FEATURES + d] / (double)p->n;
        for (size_t i = 0; i < p->n; i++) {
            double *x = &p->x[i * EL_N_FEATURES + d];
            *x -= p->centre[d];
            p->varies[d] = p->varies[d] || fabs(*x - p->x[d]) > 1e-9;
        }
    }
}

static void take_rows(const el_fit_data *data, process *p)
{
    for (size_t i = 0; i < p->n; i++) {
        el_load_features(data, &data->point[i], p->x + i * EL_N_FEATURES);
        p->sd[i] = el_run_scatter(data->run_s ? data->run_s[i] : EL_UNKNOWN);
        p->mean += ln_value(data, i) / (double)p->n;
    }
    for (size_t i = 0; i < p->n; i++)
        p->r[i] = ln_value(data, i) - p->mean;
    centre_features(p);
    for (size_t j = 0; j < N_SIZES; j++)
        p->ln_size[j] = usual_ln[j < LENGTH ? j : LENGTH];
}

/* shape: 1 / l of each feature */
static double covariance(const double *a, const double *b, double signal2,
                         const double *shape)
{
    double line = CONSTANT_VARIANCE, away = 0.0;

    for (size_t d = 0; d < EL_FEATURE_WORKLOAD; d++) {
        double z = (a[d] - b[d]) * shape[d];

        line += a[d] * b[d];
        away += z * z;
    }
    if (fabs(a[EL_FEATURE_WORKLOAD] - b[EL_FEATURE_WORKLOAD]) > 0.5)
        away += shape[EL_FEATURE_WORKLOAD] * shape[EL_FEATURE_WORKLOAD];
    return line + signal2 * exp(-0.5 * away);
}

static void fill_shape(const process *p, double shape[EL_N_FEATURES])
{
    for (size_t d = 0; d < EL_N_FEATURES; d++)
        shape[d] = exp(-p->ln_size[LENGTH + d]);
}

/* The process given its first n rows. */
static el_status condition(process *p, size_t n, el_posterior *out,
                           el_error *err)
{
    double shape[EL_N_FEATURES], noise = exp(p->ln_size[NOISE]);
    double signal2 = exp(2.0 * p->ln_size[SIGNAL]);

    fill_shape(p, shape);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++)
            p->cov[i * n + j] = p->cov[j * n + i] =
                covariance(p->x + i * EL_N_FEATURES, p->x + j * EL_N_FEATURES,
                           signal2, shape);
        p->cov[i * n + i] += noise * noise * p->sd[i] * p->sd[i];
    }
    return el_posterior_make(p->cov, p->r, n, out, err);
}

/* -2 ln of the rows' probability and the sizes' own, but for constants;
 * INFINITY where the covariance cannot be inverted. */
static el_status surprise(process *p, size_t n, double *out, el_error *err)
{
    el_posterior posterior = {0};
    el_status st = condition(p, n, &posterior, err);
    double sum = 0.0;

    *out = INFINITY;
    if (st != EL_OK)
        return st == EL_E_NOMEM ? st : EL_OK;
    for (size_t i = 0; i < n; i++)
        sum += p->r[i] * posterior.weight[i] -
               2.0 * log(posterior.inverse[i * n + i]);
    for (size_t j = 0; j < N_SIZES; j++) {
        size_t kind = j < LENGTH ? j : LENGTH;
        double z = (p->ln_size[j] - usual_ln[kind]) / usual_sd[kind];
        sum += z * z;
    }
    *out = sum;
    el_posterior_clear(&posterior);
    return EL_OK;
}

/* Try one size a step away, both ways; keep what is more probable. */
static el_status try_size(process *p, size_t n, size_t j, double step,
                          double *best, bool *moved, el_error *err)
{
    for (int way = 1; way >= -1; way -= 2) {
        double before = p->ln_size[j], now;
        el_status st;

        p->ln_size[j] = before + way * step;
        st = surprise(p, n, &now, err);
        if (st != EL_OK)
            return st;
        if (now < *best) {
            *best = now;
            *moved = true;
            return EL_OK;
        }
        p->ln_size[j] = before;
    }
    return EL_OK;
}

static el_status tune(process *p, el_error *err)
{
    size_t n = p->n < MAX_TUNED_ROWS ? p->n : MAX_TUNED_ROWS;
    double best;
    el_status st = surprise(p, n, &best, err);

    for (double step = FIRST_STEP; st == EL_OK && step > LAST_STEP;) {
        bool moved = false;

        for (size_t j = 0; j < N_SIZES && st == EL_OK; j++)
            if (j < LENGTH || p->varies[j - LENGTH])
                st = try_size(p, n, j, step, &best, &moved, err);
        if (!moved)
            step *= 0.5;
    }
    return st;
}

static void predict(const el_fit_data *data, const process *p,
                    const el_posterior *posterior, const el_points *asked,
                    double *y, double *sd)
{
    double shape[EL_N_FEATURES], noise = exp(p->ln_size[NOISE]);
    double signal2 = exp(2.0 * p->ln_size[SIGNAL]);

    fill_shape(p, shape);
    for (size_t i = 0; i < asked->n; i++) {
        const el_point *point = &asked->point[i];
        double x[EL_N_FEATURES], explained, own, mean;
        double run =
            noise * el_run_scatter(asked->run_s ? asked->run_s[i] : EL_UNKNOWN);

        el_load_features(data, point, x);
        for (size_t d = 0; d < EL_N_FEATURES; d++)
            x[d] -= p->centre[d];
        for (size_t k = 0; k < p->n; k++)
            p->like[k] =
                covariance(x, p->x + k * EL_N_FEATURES, signal2, shape);
        own = covariance(x, x, signal2, shape);
        mean = el_posterior_mean(posterior, p->like, &explained);
        y[i] = exp(p->mean + mean) * point->batch * point->osl;
        sd[i] = sqrt(fmax(own - explained, 0.0) + run * run);
    }
}

static el_status answer(const el_fit_data *data, const el_points *asked,
                        double *y, double *sd, el_error *err)
{
    el_posterior posterior = {0};
    process p;
    el_status st = process_make(data, &p, err);

    if (st != EL_OK)
        return st;
    take_rows(data, &p);
    st = tune(&p, err);
    if (st == EL_OK)
        st = condition(&p, p.n, &posterior, err);
    if (st == EL_OK)
        predict(data, &p, &posterior, asked, y, sd);
    el_posterior_clear(&posterior);
    process_clear(&p);
    return st;
}

const el_form el_form_gp = {
    .name = "gp",
    .title = "Gaussian process, power law and smooth rest",
    .traits = EL_FORM_PREDICTS | EL_FORM_LEARNS,
    .targets = (1u << EL_N_TARGETS) - 1u,
    .answer = answer,
};
