/* SPDX-License-Identifier: Apache-2.0 */
/* Does the fastest configuration cost least? As measured, nothing fitted. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/evaluate_work.h"

static void add_scenario(const double *energy, const double *time, size_t n,
                         el_divergence *sum)
{
    size_t cheapest = el_eval_cheapest(energy, n);
    size_t fastest = el_eval_cheapest(time, n);

    sum->scenarios++;
    sum->differ_pct += cheapest == fastest ? 0.0 : 100.0;
    sum->dearer_pct += 100.0 * (energy[fastest] / energy[cheapest] - 1.0);
    sum->slower_pct += 100.0 * (time[cheapest] / time[fastest] - 1.0);
}

/* timed: room for g->n, value: for 2 x g->widest. */
static void add_group(const el_eval_group *g, uint8_t *timed, double *value,
                      el_divergence *sum)
{
    for (size_t i = 0; i < g->n; i++)
        timed[i] = g->time_s[i] > 0.0 ? EL_ROLE_CHOICE : 0;
    for (size_t s = 0; s < g->n_scenario; s++) {
        double *time = value + g->widest;
        size_t n = el_eval_choices(g, s, timed, g->truth, value);
        (void)el_eval_choices(g, s, timed, g->time_s, time);
        if (n >= 2)
            add_scenario(value, time, n, sum);
    }
}

el_status el_eval_diverge(const el_eval_work *w, el_divergence *out,
                          el_error *err)
{
    el_divergence d = {0};

    for (size_t g = 0; g < w->n_group; g++) {
        const el_eval_group *group = &w->group[g];
        uint8_t *timed = el_array(group->n, sizeof *timed);
        double *value = el_array(group->widest, 2 * sizeof *value);
        bool ok = timed && value;
        if (ok)
            add_group(group, timed, value, &d);
        el_free(value);
        el_free(timed);
        if (!ok)
            return el_fail(err, EL_E_NOMEM, "evaluate: %zu rows", group->n);
    }
    d.differ_pct /= (double)d.scenarios; /* NaN without any */
    d.dearer_pct /= (double)d.scenarios;
    d.slower_pct /= (double)d.scenarios;
    *out = d;
    return EL_OK;
}
