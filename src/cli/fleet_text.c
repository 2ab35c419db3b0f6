/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fleet_text.h"

#include <math.h>

#include "cli/ask_text.h"
#include "cli/format.h"
#include "cli/optimize_text.h"

static void print_share(el_cli *cli, const el_ask_state *state, size_t t,
                        const el_fleet_share *share)
{
    size_t first = el_fleet_setup(state, t);
    const el_candidate *c = &share->candidate;
    el_buf *out = &cli->out;

    el_buf_printf(out, "          %3.0f %%  ", 100.0 * share->share);
    if (share->share <= 0.0) {
        el_buf_printf(out, "%s stands by\n",
                      state->setups.setup[first].key.gpu);
        return;
    }
    el_ask_print_config(state, c->setup, &c->config, out);
    el_buf_printf(out, " on %g of %g GPUs (%s J/token, %s)\n", c->gpus,
                  state->setups.query[first].gpus,
                  el_fmt_number(c->energy_per_output_token_j, 3).s,
                  el_source_name(c->source));
}

void el_fleet_text(el_cli *cli, const el_ask_state *state,
                   const el_optimize_result *result, const el_fleet *fleet)
{
    double rate_hz = state->query.request_rate_hz;
    el_buf *out = &cli->out;

    el_buf_add(out, "\nTogether  ");
    if (fleet->served < 1.0)
        el_buf_printf(out, "at most %s of %s requests/s (%.0f %%)",
                      el_fmt_number(fleet->served * rate_hz, 3).s,
                      el_fmt_number(rate_hz, 3).s, 100.0 * fleet->served);
    else
        el_buf_printf(out, "%s requests/s", el_fmt_number(rate_hz, 3).s);
    if (el_is_known(fleet->energy_per_request_j))
        el_buf_printf(out, " at %s a request",
                      el_fmt_wh(fleet->energy_per_request_j).s);
    if (fleet->served >= 1.0 && result->n_feasible)
        el_buf_printf(
            out, ", %s against the best type alone",
            el_fmt_change(fleet->energy_per_request_j /
                              result->candidate->energy_per_request_j -
                          1.0)
                .s);
    el_buf_add(out, ":\n");
    for (size_t t = 0; t < fleet->n; t++)
        print_share(cli, state, t, &fleet->share[t]);
}
