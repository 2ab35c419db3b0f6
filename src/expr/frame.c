/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/frame.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "expr/kernel.h"

#define CACHE_LINE 64u

double *el_aligned(size_t n, void **block)
{
    const size_t spare = CACHE_LINE / sizeof(double);
    char *p;

    *block = n > SIZE_MAX - spare ? NULL : el_array(n + spare, sizeof(double));
    if (!*block)
        return NULL;
    p = *block;
    p += (CACHE_LINE - (uintptr_t)p % CACHE_LINE) % CACHE_LINE;
    /* aligned by the line above: NOLINTNEXTLINE(bugprone-casting-through-void)
     */
    return (double *)(void *)p;
}

static size_t padded(size_t n_row)
{
    return (n_row + EL_LANES - 1) / EL_LANES * EL_LANES;
}

static void copy_padded(double *to, const double *from, size_t n, size_t n_pad)
{
    memcpy(to, from, n * sizeof *to);
    for (size_t i = n; i < n_pad; i++)
        to[i] = from[0];
}

static bool is_positive(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(x[i] > 0.0 && x[i] < HUGE_VAL))
            return false;
    return true;
}

uint64_t el_expr_columns(const el_expr *expr)
{
    uint64_t used = 0;
    for (unsigned i = 0; i < expr->n_node; i++)
        if (expr->node[i].op == EL_OP_COL)
            used |= UINT64_C(1) << expr->node[i].arg;
    return used;
}

el_status el_frame_init(el_frame *frame, const el_columns *columns,
                        uint64_t used, el_error *err)
{
    const size_t n = columns->n_row;
    el_frame f = {.n_row = n, .n_col = columns->n_col};
    size_t n_used = 0;
    double *at;

    if (n == 0 || n > SIZE_MAX / 256 || f.n_col > EL_EXPR_MAX_COLS)
        return el_fail(err, EL_E_ARG, "frame: %zu rows, %zu columns (limit %u)",
                       n, f.n_col, EL_EXPR_MAX_COLS);
    f.n_pad = padded(n);
    for (size_t j = 0; j < f.n_col; j++)
        n_used += used >> j & 1u;
    if (n_used > 0 && f.n_pad > SIZE_MAX / 32 / n_used)
        return el_fail(err, EL_E_ARG, "frame: %zu rows", n);
    at = el_aligned(2 * n_used * f.n_pad + EL_LANES, &f.block);
    if (!at)
        return el_fail(err, EL_E_NOMEM, "frame: %zu columns of %zu rows",
                       n_used, n);
    for (size_t j = 0; j < f.n_col; j++) {
        if (!(used >> j & 1u))
            continue;
        copy_padded(at, columns->col[j], n, f.n_pad);
        f.col[j] = at;
        if (is_positive(at, n)) {
            el_kernels_find(NULL)->log(at, at + f.n_pad, f.n_pad);
            f.log[j] = at + f.n_pad;
        }
        at += 2 * f.n_pad;
    }
    *frame = f;
    return EL_OK;
}

void el_frame_clear(el_frame *frame)
{
    el_free(frame->block);
    memset(frame, 0, sizeof *frame);
}

static el_status check_row(size_t i, double y, double w, el_loss loss,
                           el_error *err)
{
    if (!isfinite(y) || (loss == EL_LOSS_LOG && y <= 0.0) ||
        (loss == EL_LOSS_RELATIVE && !(fabs(y) >= DBL_MIN)))
        return el_fail(err, EL_E_DATA, "response: y[%zu] = %g", i, y);
    if (!(w >= 0.0 && w < HUGE_VAL))
        return el_fail(err, EL_E_DATA, "response: weight[%zu] = %g", i, w);
    return EL_OK;
}

el_status el_response_init(el_response *response, const double *y,
                           const double *weight, size_t n_row, el_loss loss,
                           el_error *err)
{
    el_response t = {.n_row = n_row, .loss = loss};
    double *value, *root;

    if (n_row == 0 || n_row > SIZE_MAX / 64)
        return el_fail(err, EL_E_ARG, "response: %zu rows", n_row);
    for (size_t i = 0; i < n_row; i++) {
        const double w = weight ? weight[i] : 1.0;
        el_status st = check_row(i, y[i], w, loss, err);
        if (st != EL_OK)
            return st;
        t.sum_weight += w;
    }
    if (!(t.sum_weight > 0.0 && t.sum_weight < HUGE_VAL))
        return el_fail(err, EL_E_DATA, "response: weights sum to %g",
                       t.sum_weight);
    t.n_pad = padded(n_row);
    value = el_aligned(2 * t.n_pad, &t.block);
    if (!value)
        return el_fail(err, EL_E_NOMEM, "response: %zu rows", n_row);
    root = value + t.n_pad;
    copy_padded(value, y, n_row, t.n_pad);
    if (loss == EL_LOSS_LOG)
        el_kernels_find(NULL)->log(value, value, t.n_pad);
    for (size_t i = 0; i < n_row; i++) {
        root[i] = sqrt(weight ? weight[i] : 1.0);
        root[i] /= loss == EL_LOSS_RELATIVE ? fabs(y[i]) : 1.0;
    }
    for (size_t i = 0; i < n_row; i++)
        t.sum_squares += root[i] * root[i] * value[i] * value[i];
    t.y = value;
    t.root_weight = root;
    *response = t;
    return EL_OK;
}

void el_response_clear(el_response *response)
{
    el_free(response->block);
    memset(response, 0, sizeof *response);
}
