/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask_text.h"

#include <string.h>

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

/* "h100-sxm5-80gb fp8 ", the axes that vary; "" for one setup */
static void print_setup(const el_ask_state *state, size_t setup, el_buf *out)
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

void el_ask_print_config(const el_ask_state *state, size_t setup,
                         const el_config *config, el_buf *out)
{
    print_setup(state, setup, out);
    el_config_print(config, out);
}
