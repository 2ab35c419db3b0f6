/* SPDX-License-Identifier: Apache-2.0 */
/* How well the rows determine the constants of a law. */
#include <math.h>

#include "expr/assess.h"
#include "num/linalg.h"
#include "num/stats.h"

#define LEVEL 0.95  /* each side of a 90 % interval */
#define FLAT  1e-11 /* eigenvalue of the scaled information, of 1 */
#define PART  0.05  /* of a flat direction: the constant moves along it */

/* Scaled information D^-1/2 A D^-1/2 of the fitted constants; d: its scales. */
static void scale(const double *normal, unsigned p, double *info, double *d)
{
    for (unsigned i = 0; i < p; i++)
        d[i] = sqrt(normal[i * (p + 1) + i]);
    for (unsigned i = 0; i < p; i++)
        for (unsigned j = 0; j < p; j++)
            info[i * p + j] = d[i] > 0 && d[j] > 0
                                  ? normal[i * (p + 1) + j] / (d[i] * d[j])
                                  : 0;
}

/* half[i]: half width of the interval of fitted constant i, INFINITY where a
   flat direction moves it. */
static el_status widths(const double *normal, unsigned p, double n,
                        double *half, el_error *err)
{
    double info[EL_EXPR_MAX_CONSTS * EL_EXPR_MAX_CONSTS];
    double vec[EL_EXPR_MAX_CONSTS * EL_EXPR_MAX_CONSTS];
    double val[EL_EXPR_MAX_CONSTS], d[EL_EXPR_MAX_CONSTS];
    const double rss = normal[p * (p + 1) + p];
    const double t = n > p ? el_student_t_quantile(LEVEL, n - p) : 0;
    el_status st;

    scale(normal, p, info, d);
    st = el_sym_eigen(info, p, val, vec, err);
    for (unsigned i = 0; i < p && st == EL_OK; i++) {
        double variance = 0;

        for (unsigned k = 0; k < p; k++) {
            const double part = vec[k * p + i];

            if (val[k] > FLAT)
                variance += part * part / val[k];
            else if (fabs(part) > PART)
                variance = (double)INFINITY;
        }
        half[i] = d[i] > 0 && n > p ? t * sqrt(variance * rss / (n - p)) / d[i]
                                    : (double)INFINITY;
    }
    return st;
}

el_status el_assess_constants(el_assess *a, el_law *law, el_error *err)
{
    double normal[EL_NORMAL_MAX * EL_NORMAL_MAX], half[EL_EXPR_MAX_CONSTS];
    el_response response;
    uint32_t fitted = 0;
    unsigned p = 0;
    el_status st;

    for (unsigned j = 0; j < law->expr.n_const; j++) {
        law->lo[j] = law->hi[j] = law->expr.value[j];
        if (law->expr.kind[j] == EL_CONST_FIXED)
            continue;
        fitted |= UINT32_C(1) << j;
        p++;
    }
    if (p == 0)
        return EL_OK;
    st = el_response_init(&response, a->y, a->row_weight, a->columns->n_row,
                          a->loss, err);
    if (st != EL_OK)
        return st;
    if (el_tape_normal(&a->tape, &law->expr, fitted, &a->frame, &response,
                       normal))
        st = widths(normal, p, (double)a->columns->n_row, half, err);
    else
        for (unsigned i = 0; i < p; i++)
            half[i] = (double)INFINITY;
    for (unsigned j = 0, i = 0; j < law->expr.n_const && st == EL_OK; j++) {
        if (!(fitted >> j & 1))
            continue;
        law->lo[j] -= half[i];
        law->hi[j] += half[i];
        if (!isfinite(half[i++]))
            law->undetermined |= (uint16_t)(1u << j);
    }
    el_response_clear(&response);
    return st;
}
