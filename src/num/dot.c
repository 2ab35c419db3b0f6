/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clones.h"
#include "num/linalg.h"

EL_CLONES double el_dot(const double *a, const double *b, size_t n)
{
    double s[8] = {0}, tail = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            s[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        tail += a[i] * b[i];
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])) +
           tail;
}

EL_CLONES void el_subtract(double *v, double s, const double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] -= s * a[i];
}
