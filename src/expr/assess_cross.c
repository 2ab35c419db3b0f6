/* SPDX-License-Identifier: Apache-2.0 */
/* Laws on rows that their constants have not seen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "expr/assess.h"
#include "expr/refit.h"

#define ROW_FOLDS   5u
#define GROUP_FOLDS 10u
#define ITERATIONS  10u

static int by_label(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

/* Groups by label, one fold after the other. label: n values of scratch. */
static unsigned deal_groups(const size_t *group, size_t n, size_t *label,
                            size_t *fold)
{
    size_t n_label = 1;

    memcpy(label, group, n * sizeof *label);
    qsort(label, n, sizeof *label, by_label);
    for (size_t i = 1; i < n; i++)
        if (label[i] != label[i - 1])
            label[n_label++] = label[i];
    for (size_t i = 0; i < n; i++) {
        const size_t *at =
            bsearch(&group[i], label, n_label, sizeof *label, by_label);

        fold[i] = (size_t)(at - label) % GROUP_FOLDS;
    }
    return (unsigned)(n_label < GROUP_FOLDS ? n_label : GROUP_FOLDS);
}

/* Rows, shuffled. */
static unsigned deal_rows(uint64_t seed, size_t n, size_t *fold)
{
    const size_t folds = n < ROW_FOLDS ? n : ROW_FOLDS;
    el_rng rng;

    for (size_t i = 0; i < n; i++)
        fold[i] = i % folds;
    el_rng_init(&rng, seed, 0xf01d);
    el_rng_shuffle(&rng, fold, n);
    return (unsigned)folds;
}

static double row_loss(const el_assess *a, size_t i)
{
    const double f = a->f[i], y = a->y[i];
    const double r = a->loss == EL_LOSS_PLAIN ? f - y
                     : a->loss == EL_LOSS_LOG ? log(f / y)
                                              : f / y - 1;

    return r * r;
}

/* One law refitted without fold k; its mean loss on it, NaN if it has none. */
static double left_out(el_assess *a, const el_law *law,
                       const el_response *response, const size_t *fold,
                       unsigned k)
{
    const size_t n = a->columns->n_row;
    el_expr e = law->expr;
    el_refit_result result;
    double sum = 0, m = 0;

    if (!el_refit(&a->tape, &e, &a->frame, response, ITERATIONS, &result))
        return (double)NAN;
    el_tape_values(&a->tape, &e, &a->frame, a->f);
    for (size_t i = 0; i < n; i++)
        if (fold[i] == k) {
            sum += el_assess_row(a, i) * row_loss(a, i);
            m += el_assess_row(a, i);
        }
    return sum / m;
}

static el_status one_fold(el_assess *a, el_front *front, const size_t *fold,
                          unsigned k, double *loss, el_error *err)
{
    el_response response;
    el_status st;

    for (size_t i = 0; i < a->columns->n_row; i++)
        a->weight[i] = fold[i] != k ? el_assess_row(a, i) : 0;
    st = el_response_init(&response, a->y, a->weight, a->columns->n_row,
                          a->loss, err);
    if (st != EL_OK)
        return st;
    for (size_t l = 0; l < front->n; l++)
        loss[l] = left_out(a, &front->law[l], &response, fold, k);
    el_response_clear(&response);
    return EL_OK;
}

el_status el_assess_cross(el_assess *a, const size_t *group, el_front *front,
                          el_error *err)
{
    const size_t n = a->columns->n_row;
    size_t *fold = el_array(2 * n, sizeof *fold);
    double *loss = el_array(front->n * GROUP_FOLDS, sizeof *loss);
    unsigned folds = 0;
    el_status st = EL_OK;

    if (!fold || !loss)
        st = el_fail(err, EL_E_NOMEM, "discover: folds of %zu rows", n);
    else
        folds = group ? deal_groups(group, n, fold + n, fold)
                      : deal_rows(a->seed, n, fold);
    for (unsigned k = 0; k < folds && folds > 1 && st == EL_OK; k++)
        st = one_fold(a, front, fold, k, loss + k * front->n, err);
    for (size_t l = 0; l < front->n && st == EL_OK; l++) {
        double sum = 0, square = 0;

        for (unsigned k = 0; k < folds; k++)
            sum += loss[k * front->n + l];
        sum = folds > 1 ? sum / folds : (double)NAN;
        for (unsigned k = 0; k < folds; k++)
            square += pow(loss[k * front->n + l] - sum, 2);
        front->law[l].cv_loss = sum;
        front->law[l].cv_se = sqrt(square / (folds - 1.) / folds);
    }
    el_free(fold);
    el_free(loss);
    return st;
}
