/* SPDX-License-Identifier: Apache-2.0 */
#include "model/evaluate_rows.h"

#include <string.h>

#include "base/mem.h"

void el_eval_rows_clear(el_eval_rows *s)
{
    el_free(s->sd);
    el_free(s->latency);
    el_free(s->time_s);
    el_free(s->run_s);
    el_free(s->y);
    el_free(s->point);
}

el_status el_eval_rows_make(el_eval_rows *s, size_t n, el_error *err)
{
    memset(s, 0, sizeof *s);
    s->point = el_array(n, sizeof *s->point);
    s->y = el_array(n, sizeof *s->y);
    s->run_s = el_array(n, sizeof *s->run_s);
    s->time_s = el_array(n, sizeof *s->time_s);
    s->latency = el_array(n, sizeof *s->latency);
    s->sd = el_array(n, sizeof *s->sd);
    if (s->point && s->y && s->run_s && s->time_s && s->latency && s->sd)
        return EL_OK;
    el_eval_rows_clear(s);
    return el_fail(err, EL_E_NOMEM, "evaluate: %zu rows", n);
}

el_fit_data el_eval_gather(const el_eval_group *g, const uint8_t *role,
                           el_target target, el_prior prior, el_eval_rows *s)
{
    const el_group *group = g->group;
    el_fit_data data = {.target = target,
                        .facts = &group->facts,
                        .point = s->point,
                        .y = s->y,
                        .run_s = s->run_s,
                        .time_s = s->time_s,
                        .prior = prior,
                        .prompts_unknown = group->prompts_unknown,
                        .extras = group->extras,
                        .n_workload = group->n_workload,
                        .workload = group->workload};

    s->n = 0;
    for (size_t i = 0; i < g->n; i++) {
        const el_sample *row = &group->sample[g->sample[i]];
        double y = target == EL_TARGET_ENERGY ? g->fit_y[i] : row->latency_s;
        if ((role && !(role[i] & EL_ROLE_TRAIN)) || !(y > 0.0))
            continue;
        s->point[s->n] = g->point[i];
        s->y[s->n] = y;
        s->run_s[s->n] = g->run_s[i];
        s->time_s[s->n++] = g->time_s[i];
    }
    data.n = s->n;
    return data;
}
