/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fit_rows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

void el_fit_rows_clear(el_fit_rows *rows)
{
    el_free(rows->time_s);
    el_free(rows->run_s);
    el_free(rows->y);
    el_free(rows->point);
    memset(rows, 0, sizeof *rows);
}

el_status el_fit_rows_make(const el_group *group, el_target target,
                           el_scope scope, el_fit_rows *out, el_error *err)
{
    el_fit_rows r = {.n = 0};

    r.point = el_array(group->n, sizeof *r.point);
    r.y = el_array(group->n, sizeof *r.y);
    r.run_s = el_array(group->n, sizeof *r.run_s);
    r.time_s = el_array(group->n, sizeof *r.time_s);
    if (!r.point || !r.y || !r.run_s || !r.time_s) {
        el_fit_rows_clear(&r);
        return el_fail(err, EL_E_NOMEM, "fit: %zu rows", group->n);
    }
    for (size_t i = 0; i < group->n; i++) {
        const el_sample *s = &group->sample[i];
        bool node = target == EL_TARGET_ENERGY && scope == EL_SCOPE_NODE;
        double y = node ? s->energy_node_j : el_sample_target(s, target);

        if (!(y > 0.0))
            continue;
        r.point[r.n] = s->point;
        r.y[r.n] = y;
        r.run_s[r.n] = s->run_s;
        r.time_s[r.n++] =
            el_is_known(s->latency_s) ? s->latency_s : s->itl_s * s->point.osl;
    }
    *out = r;
    return EL_OK;
}

el_fit_data el_fit_rows_data(const el_fit_rows *rows, const el_group *group,
                             const el_facts *facts, el_target target,
                             el_prior prior)
{
    el_fit_data data = {.target = target,
                        .facts = facts,
                        .point = rows->point,
                        .y = rows->y,
                        .run_s = rows->run_s,
                        .time_s = rows->time_s,
                        .n = rows->n,
                        .prior = prior,
                        .prompts_unknown = group->prompts_unknown,
                        .extras = group->extras,
                        .n_workload = group->n_workload,
                        .workload = group->workload};

    return data;
}

const el_group *el_fit_rows_group(const el_groups *groups,
                                  const el_group_key *key)
{
    for (size_t g = 0; g < groups->n; g++) {
        if (el_group_key_equal(&groups->group[g].key, key))
            return &groups->group[g];
    }
    return NULL;
}

/* Misfit of the second fit: overall, and in the slices of the first. */
static el_status summarise(const el_fit_rows *rows, el_group_fit *fit,
                           el_error *err)
{
    double *e = el_array(rows->n, sizeof *e);
    double sum = 0.0;

    if (!e)
        return el_fail(err, EL_E_NOMEM, "fit: %zu residuals", rows->n);
    el_model_predict(&fit->model[EL_TARGET_ENERGY], rows->point, rows->n, e);
    for (size_t i = 0; i < rows->n; i++) {
        sum += fabs(e[i] / rows->y[i] - 1.0);
        e[i] = log(rows->y[i] / e[i]);
    }
    fit->mape_pct = 100.0 * sum / (double)rows->n;
    for (size_t k = 0; k < fit->n_slice; k++) {
        el_residual_slice *s = &fit->slice[k];
        double total = 0.0, ss = 0.0;

        for (size_t i = 0; i < rows->n; i++) {
            double v = el_point_axis(&rows->point[i], s->axis);

            if (v >= s->lo && v <= s->hi) {
                total += e[i];
                ss += e[i] * e[i];
            }
        }
        s->mean_ln = total / (double)s->n;
        s->rms_ln = sqrt(ss / (double)s->n);
    }
    el_free(e);
    return EL_OK;
}

el_status el_fit_again(const el_fit_rows *rows, const el_fit_data *data,
                       el_group_fit *fit, el_error *err)
{
    el_model *model = &fit->model[data->target];
    el_status st = el_form_fit(model->form, data, model, err);

    if (st == EL_OK && data->target == EL_TARGET_ENERGY)
        st = summarise(rows, fit, err);
    return st;
}
