/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <string.h>

const char *const el_scope_choices[] = {"gpus", "node", "facility", NULL};

void el_values_from_ints(const el_ints *ints, el_values *out)
{
    out->n = ints->n;
    for (size_t i = 0; i < ints->n; i++)
        out->v[i] = (double)ints->v[i];
}

static el_choices choices(const el_names *names)
{
    el_choices c = {.n = names->n};

    memcpy(c.v, names->v, names->n * sizeof *c.v);
    return c;
}

el_ask el_ask_from_args(const el_cli *cli, const el_ask_args *args)
{
    el_ask ask = {.fit_path = args->fit,
                  .calibrate_path = args->calibrate,
                  .files = el_measured_files_from(&args->measured),
                  .task = &cli->task,
                  .catalog_dir = cli->catalog_dir,
                  .model = args->model,
                  .workload = args->workload};
    el_optimize_query *q = &ask.query;

    ask.axis[EL_SETUP_GPU] = choices(&args->gpu);
    ask.axis[EL_SETUP_PRECISION] =
        choices(args->quantization.n ? &args->quantization : &args->precision);
    ask.axis[EL_SETUP_KV_CACHE] = choices(&args->kv);
    ask.axis[EL_SETUP_ENGINE] = choices(&args->engine);
    ask.axis[EL_SETUP_CLOCK] = choices(&args->clock);
    ask.axis[EL_SETUP_POWER] = choices(&args->power);
    ask.axis[EL_SETUP_OVERLAP] = choices(&args->overlap);
    ask.axis[EL_SETUP_FUSION] = choices(&args->fusion);

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

void el_limits_from_args(const el_limit_args *args, el_optimize_query *query)
{
    query->ttft_s = args->ttft_s;
    query->tpot_s = args->tpot_s;
    query->percentile = args->percentile;
}

void el_load_from_args(const el_load_args *args, el_optimize_query *query)
{
    query->isl = args->isl;
    query->osl = args->osl;
    query->request_rate_hz = args->request_rate_hz;
    query->latency_s = args->latency_s;
    el_limits_from_args(&args->limits, query);
}

el_optimize_context el_ask_context(const el_ask_state *state)
{
    return (el_optimize_context){state->setups.query, state->setups.setup,
                                 state->setups.n};
}
