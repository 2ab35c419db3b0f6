/* SPDX-License-Identifier: Apache-2.0 */
/* Limits that a candidate breaks, and ratios, in words. */
#include <math.h>
#include <stdio.h>

#include "cli/optimize_text.h"

/* "+12.3 %", "25 times": percentages above 100 are hard to read */
el_text el_ratio_text(double ratio)
{
    el_text text;

    if (ratio < 2.0)
        return el_fmt_change(ratio - 1.0);
    (void)snprintf(text.s, sizeof text.s, "%.40s times",
                   el_fmt_number(ratio, 2).s);
    return text;
}

void el_reason_print(el_cli *cli, const el_reason *r)
{
    el_buf *out = &cli->out;
    double over = r->value / r->allowed;

    switch (r->limit) {
    case EL_LIMIT_GPUS:
        el_buf_printf(out, "needs %g GPUs of %g", r->value, r->allowed);
        return;
    case EL_LIMIT_WEIGHTS:
        el_buf_printf(out, "weights %s per GPU, room for %s",
                      el_fmt_bytes(r->value).s, el_fmt_bytes(r->allowed).s);
        break;
    case EL_LIMIT_KV_CACHE:
        el_buf_printf(out, "KV cache of %s tokens, room for %s",
                      el_fmt_count((uint64_t)r->value).s,
                      el_fmt_count((uint64_t)r->allowed).s);
        break;
    case EL_LIMIT_RATE:
        el_buf_printf(out, "serves %s requests/s of %s with the 5 %% margin",
                      el_fmt_number(r->allowed, 3).s,
                      el_fmt_number(r->value, 3).s);
        break;
    case EL_LIMIT_TTFT:
    case EL_LIMIT_TPOT:
    case EL_LIMIT_LATENCY:
    case EL_N_LIMITS:
        el_buf_printf(out, "%s %s, limit %s",
                      r->limit == EL_LIMIT_TTFT   ? "TTFT"
                      : r->limit == EL_LIMIT_TPOT ? "TPOT"
                                                  : "request",
                      el_fmt_time(r->value).s, el_fmt_time(r->allowed).s);
        break;
    }
    if (isfinite(over))
        el_buf_printf(out, " (%s)", el_ratio_text(over).s);
}

void el_reasons_print(el_cli *cli, const el_candidate *c)
{
    if (!el_is_known(c->energy_per_request_j)) {
        el_buf_add(&cli->out, *c->prediction.note ? c->prediction.note
                                                  : "cannot be predicted");
        return;
    }
    for (size_t i = 0; i < c->n_reason; i++) {
        el_buf_add(&cli->out, i ? "; " : "");
        el_reason_print(cli, &c->reason[i]);
    }
}
