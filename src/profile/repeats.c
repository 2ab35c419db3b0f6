/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/repeats.h"

#include <math.h>

#include "num/stats.h"

el_repeats el_repeats_of(const double *v, size_t n, const el_repeats_rule *rule)
{
    el_repeats out = {.mean = 0, .relative = NAN};
    double square = 0;
    size_t known = 0;

    for (size_t i = 0; i < n; i++) {
        double step;

        if (isnan(v[i]))
            continue;
        known++;
        step = v[i] - out.mean;
        out.mean += step / (double)known;
        square += step * (v[i] - out.mean);
    }
    if (known == 0)
        out.mean = NAN;
    if (known > 1) {
        double df = (double)(known - 1);

        out.relative = el_student_t_quantile(0.5 + 0.5 * EL_REPEATS_LEVEL, df) *
                       sqrt(square / df / (double)known) / fabs(out.mean);
    }
    out.converged = known >= rule->min &&
                    (!(rule->target > 0) || out.relative <= rule->target);
    out.enough = out.converged || known >= rule->max;
    return out;
}
