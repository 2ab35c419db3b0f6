/* SPDX-License-Identifier: Apache-2.0 */
#include "model/law_score.h"

#include "energylens/known.h"

el_law_score el_law_score_make(const double *f, const double *y, size_t n)
{
    el_law_score s = {0, 0, 0, 0};
    const double rows = (double)n;
    double mean = 0, total = 0;

    for (size_t i = 0; i < n; i++)
        mean += y[i] / rows;
    for (size_t i = 0; i < n; i++) {
        const double e = y[i] != 0 ? fabs(f[i] / y[i] - 1) : EL_UNKNOWN;
        const double l = f[i] > 0 && y[i] > 0 ? log(f[i] / y[i]) : EL_UNKNOWN;

        s.mean_error += e / rows;
        s.worst_error = fmax(s.worst_error, e); /* skips NaN */
        s.log_rmse += l * l / rows;
        s.unexplained += (f[i] - y[i]) * (f[i] - y[i]);
        total += (y[i] - mean) * (y[i] - mean);
    }
    s.log_rmse = sqrt(s.log_rmse);
    s.unexplained /= total;
    if (!el_is_known(s.mean_error))
        s.worst_error = EL_UNKNOWN;
    return s;
}
