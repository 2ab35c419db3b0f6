/* SPDX-License-Identifier: Apache-2.0 */
#include "num/qr.h"

#include <math.h>

/* Reflect column k to a multiple of e_k; the vector itself stays in column k.
 */
static void reflect(double *a, double *b, size_t m, size_t n, size_t k,
                    double *w)
{
    double norm = 0, head, beta, wb = 0;

    for (size_t i = k; i < m; i++)
        norm += a[i * n + k] * a[i * n + k];
    norm = sqrt(norm);
    if (!(norm > 0))
        return;
    head = a[k * n + k];
    beta = 1 / (norm * (norm + fabs(head)));
    a[k * n + k] = head + copysign(norm, head); /* no cancellation */
    for (size_t j = k + 1; j < n; j++)
        w[j] = 0;
    for (size_t i = k; i < m; i++) {
        const double *row = a + i * n;
        double v = row[k];

        for (size_t j = k + 1; j < n; j++)
            w[j] += v * row[j];
        wb += b ? v * b[i] : 0;
    }
    for (size_t j = k + 1; j < n; j++)
        w[j] *= beta;
    wb *= beta;
    for (size_t i = k; i < m; i++) {
        double *row = a + i * n, v = row[k];

        for (size_t j = k + 1; j < n; j++)
            row[j] -= v * w[j];
        if (b)
            b[i] -= v * wb;
    }
    a[k * n + k] = -copysign(norm, head);
}

void el_qr_rows(double *a, double *b, size_t m, size_t n, double *w)
{
    for (size_t k = 0; k < n && k < m; k++)
        reflect(a, b, m, n, k, w);
}

void el_qr_rows_part(double *a, size_t m, size_t n, size_t pivots, double *w)
{
    for (size_t k = 0; k < pivots && k < m; k++)
        reflect(a, NULL, m, n, k, w);
}

bool el_qr_back(const double *r, const double *b, size_t n, double *x)
{
    for (size_t i = n; i-- > 0;) {
        double s = b[i];

        for (size_t j = i + 1; j < n; j++)
            s -= r[i * n + j] * x[j];
        x[i] = s / r[i * n + i];
        if (!isfinite(x[i]))
            return false;
    }
    return true;
}
