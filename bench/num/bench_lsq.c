/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rates of el_lsq_solve on a made-up 50-row, 12-parameter problem with six
 * exponentials a row: ln of a sum of six power laws of four settings, prior,
 * bounds, soft L1. Prints "name value unit"; $1 = seconds a figure (0.5).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "num/lsq.h"

#define ROWS  ((size_t)50)
#define TERMS ((size_t)6)
#define PARAM (2 * TERMS)

typedef struct setup {
    double x[ROWS][TERMS], ln_y[ROWS];
} setup;

/* r = (ln sum_k exp(a_k + b_k x_k) - ln y) / 0.05 */
static bool residual(const double *p, double *r, double *jac, void *ctx)
{
    const setup *s = ctx;

    for (size_t i = 0; i < ROWS; i++) {
        double e[TERMS], sum = 0;

        for (size_t k = 0; k < TERMS; k++) {
            e[k] = exp(p[2 * k] + p[2 * k + 1] * s->x[i][k]);
            sum += e[k];
        }
        r[i] = (log(sum) - s->ln_y[i]) / 0.05;
        for (size_t k = 0; jac && k < TERMS; k++) {
            jac[i * PARAM + 2 * k] = e[k] / sum / 0.05;
            jac[i * PARAM + 2 * k + 1] = e[k] / sum * s->x[i][k] / 0.05;
        }
        if (!isfinite(r[i]))
            return false;
    }
    return true;
}

static void make(setup *s, double *centre, el_rng *rng)
{
    for (size_t j = 0; j < PARAM; j++)
        centre[j] = j % 2 == 0 ? -0.3 * (double)j : 0.8;
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;

        for (size_t k = 0; k < TERMS; k++) {
            double truth = centre[2 * k] + 0.5 * sin((double)(3 * k));

            s->x[i][k] = 6 * el_rng_unit(rng) - 2;
            sum += exp(truth + (0.8 + 0.1 * cos((double)k)) * s->x[i][k]);
        }
        s->ln_y[i] = log(sum) + 0.05 * el_rng_normal(rng);
    }
    s->ln_y[7] += 1; /* one outlier */
}

static double now_s(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct bench {
    el_lsq_problem in;
    const double *start;
    double *cov;
    el_rng *rng;    /* draws row counts when not NULL */
    double *weight; /* ROWS */
} bench;

static size_t solve_once(bench *b)
{
    double p[PARAM];
    el_lsq_result out = {0};

    memcpy(p, b->start, sizeof p);
    if (b->rng) {
        memset(b->weight, 0, ROWS * sizeof *b->weight);
        for (size_t i = 0; i < ROWS; i++)
            b->weight[el_rng_below(b->rng, ROWS)] += 1;
    }
    if (el_lsq_solve(&b->in, p, b->cov, &out, NULL) != EL_OK || !out.converged)
        (void)fprintf(stderr, "bench_lsq: not converged\n");
    return out.iterations;
}

static void rate(const char *name, bench *b, double seconds)
{
    double t0 = now_s(), t = 0;
    size_t n = 0, iterations = 0;

    while (t < seconds) {
        iterations += solve_once(b);
        n++;
        t = now_s() - t0;
    }
    printf("%s %.6g fits/s\n", name, (double)n / t);
    printf("%s_iterations %.3g iterations/fit\n", name,
           (double)iterations / (double)n);
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 0.5;
    double centre[PARAM], sd[PARAM], lo[PARAM], hi[PARAM], best[PARAM];
    double weight[ROWS], cov[PARAM * PARAM];
    el_rng rng;
    setup s;
    bench b = {.start = centre, .cov = cov};

    el_rng_init(&rng, 1, 0);
    make(&s, centre, &rng);
    for (size_t j = 0; j < PARAM; j++) {
        sd[j] = j % 2 == 0 ? 1 : 0.3;
        lo[j] = centre[j] - 6 * sd[j];
        hi[j] = centre[j] + 6 * sd[j];
    }
    b.in = (el_lsq_problem){.n_param = PARAM,
                            .n_resid = ROWS,
                            .residual = residual,
                            .ctx = &s,
                            .lo = lo,
                            .hi = hi,
                            .centre = centre,
                            .sd = sd,
                            .soft_l1 = true};
    rate("lsq_50x12", &b, seconds);
    memcpy(best, centre, sizeof best);
    if (el_lsq_solve(&b.in, best, NULL, NULL, NULL) != EL_OK)
        return 1;
    b.start = best;
    b.cov = NULL;
    b.rng = &rng;
    b.weight = weight;
    b.in.weight = weight;
    rate("lsq_50x12_bootstrap", &b, seconds);
    return 0;
}
