/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <math.h>
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

void el_load_from_args(const el_load_args *args, el_optimize_query *query)
{
    query->isl = args->isl;
    query->osl = args->osl;
    query->request_rate_hz = args->request_rate_hz;
    query->ttft_s = args->ttft_s;
    query->tpot_s = args->tpot_s;
    query->latency_s = args->latency_s;
    query->percentile = args->percentile;
}

el_optimize_context el_ask_context(const el_ask_state *state)
{
    return (el_optimize_context){state->setups.query, state->setups.setup,
                                 state->setups.n};
}

bool el_ask_varies(const el_ask_state *state, el_setup_axis axis)
{
    const el_setups *all = &state->setups;

    for (size_t i = 1; i < all->n; i++)
        if (strcmp(all->setup[i].value[axis], all->setup[0].value[axis]) != 0)
            return true;
    return false;
}

/* Numbers, switches and a second format need a name. */
static void print_value(el_setup_axis axis, const char *text, el_buf *out)
{
    bool bare = axis == EL_SETUP_GPU || axis == EL_SETUP_PRECISION ||
                axis == EL_SETUP_ENGINE;

    if (!bare)
        el_buf_printf(out, "%s=", el_setup_heading(axis));
    el_buf_add(out, text);
}

void el_ask_print_setup(const el_ask_state *state, size_t setup, el_buf *out)
{
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++) {
        const char *text = state->setups.setup[setup].value[a];
        if (!el_ask_varies(state, a))
            continue;
        print_value(a, *text ? text : "auto", out);
        el_buf_add(out, " ");
    }
}

void el_ask_print_subject(const el_ask_state *state, el_buf *out)
{
    const el_setup *first = state->setups.setup;
    const char *gap = el_ask_varies(state, EL_SETUP_GPU) ? ", " : " on ";

    el_buf_add(out, first->key.model);
    for (el_setup_axis a = 0; a < EL_N_SETUP_AXES; a++) {
        if (!*first->value[a] || el_ask_varies(state, a))
            continue;
        el_buf_add(out, gap);
        print_value(a, first->value[a], out);
        gap = ", ";
    }
    if (state->setups.n > 1)
        el_buf_printf(out, "; %zu setups", state->setups.n);
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
