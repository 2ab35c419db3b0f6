/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <math.h>

const char *const el_scope_choices[] = {"gpus", "node", "facility", NULL};

void el_values_from_ints(const el_ints *ints, el_values *out)
{
    out->n = ints->n;
    for (size_t i = 0; i < ints->n; i++)
        out->v[i] = (double)ints->v[i];
}

el_ask el_ask_from_args(const el_cli *cli, const el_ask_args *args)
{
    el_ask ask = {
        .fit_path = args->fit,
        .catalog_dir = cli->catalog_dir,
        .wish = {args->model, args->gpu,
                 args->quantization ? args->quantization : args->precision,
                 args->engine},
        .workload = args->workload};
    el_optimize_query *q = &ask.query;

    q->isl = q->osl = q->request_rate_hz = EL_UNKNOWN;
    q->ttft_s = q->tpot_s = q->latency_s = EL_UNKNOWN;
    q->percentile = 95.0;
    q->gpus = args->gpus;
    q->scope = (el_scope)args->scope;
    q->node_gpus = args->node_gpus;
    q->pue = args->pue;
    q->ep_is_tp = args->ep_is_tp;
    el_values_from_ints(&args->tp, &q->tp);
    el_values_from_ints(&args->pp, &q->pp);
    el_values_from_ints(&args->ep, &q->ep);
    el_values_from_ints(&args->dp, &q->dp);
    el_values_from_ints(&args->batch, &q->batch);
    return ask;
}

el_optimize_context el_ask_context(const el_ask_state *state)
{
    return (el_optimize_context){&state->query, &state->pick.key,
                                 state->pick.hub_id, state->pick.note};
}

void el_ask_print_subject(const el_ask_state *state, el_buf *out)
{
    const el_group_key *key = &state->pick.key;

    el_buf_printf(out, "%s on %s", key->model, key->gpu);
    if (*key->precision)
        el_buf_printf(out, ", %s", key->precision);
    if (*key->engine)
        el_buf_printf(out, ", %s", key->engine);
}

void el_ask_print_scope(const el_optimize_query *query, el_buf *out)
{
    switch (query->scope) {
    case EL_SCOPE_GPUS:
        el_buf_add(out, "GPUs in use");
        break;
    case EL_SCOPE_NODE:
        el_buf_printf(out, "all GPUs of nodes of %g", query->node_gpus);
        break;
    case EL_SCOPE_FACILITY:
        el_buf_printf(out, "all GPUs of nodes of %g, times PUE %g",
                      query->node_gpus, query->pue);
        break;
    }
}

void el_config_print(const el_config *config, el_buf *out)
{
    el_buf_printf(out, "tp=%g", config->tp);
    if (config->pp != 1.0)
        el_buf_printf(out, " pp=%g", config->pp);
    if (config->ep != 1.0)
        el_buf_printf(out, " ep=%g", config->ep);
    if (config->dp != 1.0)
        el_buf_printf(out, " dp=%g", config->dp);
    el_buf_printf(out, " batch=%g", config->batch);
}
