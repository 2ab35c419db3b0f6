/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to choose in a scenario, and what choosing led to. */
#include <math.h>

#include "model/evaluate_work.h"

#define NEARLY_CHEAPEST 1.03

size_t el_eval_choices(const el_eval_group *g, size_t scenario,
                       const uint8_t *role, const double *value, double *out)
{
    size_t n = 0, repeats = 0, last = (size_t)-1;

    for (size_t k = g->first[scenario]; k < g->first[scenario + 1]; k++) {
        size_t i = g->order[k];
        if (!(role[i] & EL_ROLE_CHOICE))
            continue;
        if (g->config[i] == last) {
            repeats++; /* running geometric mean */
            out[n - 1] *= pow(value[i] / out[n - 1], 1.0 / (double)repeats);
        } else {
            out[n++] = value[i];
            repeats = 1;
            last = g->config[i];
        }
    }
    return n;
}

size_t el_eval_cheapest(const double *value, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++) {
        if (value[i] < value[best])
            best = i;
    }
    return best;
}

void el_eval_choose(const double *truth, const double *pred, size_t n,
                    el_eval_choice *sum)
{
    double chosen = truth[el_eval_cheapest(pred, n)];
    double best = truth[el_eval_cheapest(truth, n)];

    sum->scenarios += 1.0;
    sum->top1 += chosen <= best ? 1.0 : 0.0;
    sum->within3 += chosen <= NEARLY_CHEAPEST * best ? 1.0 : 0.0;
    sum->regret += chosen / best - 1.0;
}
