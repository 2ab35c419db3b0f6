/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/steady.h"

#include <math.h>
#include <stdlib.h>

#include "num/stats.h"

#define N_PAIR (EL_STEADY_BATCH * (EL_STEADY_BATCH - 1) / 2)

static size_t first_steady(const double *v, size_t n)
{
    double sum = 0, square = 0, shift, best = HUGE_VAL;
    size_t at = n;

    if (n < EL_STEADY_MIN)
        return n;
    shift = v[n - 1]; /* keeps the squares small beside their difference */
    for (size_t i = n; i-- > 0;) {
        double left = (double)(n - i), x = v[i] - shift, score;

        sum += x;
        square += x * x;
        if (n - i < EL_STEADY_MIN)
            continue;
        score = fmax(0, square - sum * sum / left) / (left * left);
        if (score <= best) { /* of two equal ones the longer part */
            best = score;
            at = i;
        }
    }
    return 2 * at > n ? n : at;
}

static void batch_means(const double *v, size_t n, double mean[EL_STEADY_BATCH])
{
    for (size_t b = 0; b < EL_STEADY_BATCH; b++) {
        size_t begin = n * b / EL_STEADY_BATCH;
        size_t end = n * (b + 1) / EL_STEADY_BATCH;

        mean[b] = 0;
        for (size_t i = begin; i < end; i++)
            mean[b] += v[i] / (double)(end - begin);
    }
}

/*
 * Share of the orders of EL_STEADY_BATCH values whose |S| is at least s.
 * S = pairs - 2 inversions; count[k] orders have k inversions.
 */
static double order_by_chance(int s)
{
    double count[N_PAIR + 1] = {1}, all = 0, beyond = 0;
    size_t top = 0;

    for (size_t m = 2; m <= EL_STEADY_BATCH; m++) {
        double next[N_PAIR + 1] = {0};

        for (size_t k = 0; k <= top; k++)
            for (size_t j = 0; j < m; j++)
                next[k + j] += count[k];
        top += m - 1;
        for (size_t k = 0; k <= top; k++)
            count[k] = next[k];
    }
    for (size_t k = 0; k <= N_PAIR; k++) {
        all += count[k];
        if (abs((int)N_PAIR - 2 * (int)k) >= abs(s))
            beyond += count[k];
    }
    return beyond / all;
}

static double median_of_pairs(double slope[N_PAIR])
{
    el_sort(slope, N_PAIR);
    return 0.5 * (slope[(N_PAIR - 1) / 2] + slope[N_PAIR / 2]);
}

static void look_for_trend(const double mean[EL_STEADY_BATCH], el_steady *out)
{
    double slope[N_PAIR];
    size_t n = 0;
    int s = 0;

    for (size_t i = 0; i < EL_STEADY_BATCH; i++)
        for (size_t j = i + 1; j < EL_STEADY_BATCH; j++) {
            slope[n++] = (mean[j] - mean[i]) / (double)(j - i);
            s += (mean[j] > mean[i]) - (mean[j] < mean[i]);
        }
    out->p = order_by_chance(s);
    out->drift = median_of_pairs(slope) * (EL_STEADY_BATCH - 1) /
                 fmax(fabs(out->mean), 1e-300);
}

el_steady el_steady_find(const double *v, size_t n)
{
    el_steady out = {.from = first_steady(v, n)};
    double mean[EL_STEADY_BATCH];

    out.mean = out.drift = out.p = NAN;
    if (out.from >= n)
        return out;
    out.mean = 0;
    for (size_t i = out.from; i < n; i++)
        out.mean += v[i] / (double)(n - out.from);
    batch_means(v + out.from, n - out.from, mean);
    look_for_trend(mean, &out);
    out.is_steady = !(out.p < EL_STEADY_P && fabs(out.drift) > EL_STEADY_DRIFT);
    return out;
}
