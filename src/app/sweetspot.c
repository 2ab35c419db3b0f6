/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sweetspot.h"

#include <string.h>

#include "app/sweetspot_part.h"
#include "io/trace.h"

static el_status make_surfaces(const el_sweetspot_ask *ask, const el_task *task,
                               el_sweetspot_answer *out, el_error *err)
{
    if (ask->table && ask->fit_path)
        return el_fail(err, EL_E_ARG, "a table or --fit, not both");
    if (ask->table)
        return el_sweetspot_from_table(ask, task, out, err);
    if (ask->fit_path || ask->gpu)
        return el_sweetspot_from_predictor(ask, task, out, err);
    if (ask->model)
        return el_sweetspot_from_shape(ask, out, err);
    return el_fail(err, EL_E_ARG,
                   "name a table, --fit, or --model (with --gpu for the "
                   "analytic model)");
}

/* The first surface of which anything is known is the one in use. */
static el_status choose_now(el_sweetspot_answer *out, el_error *err)
{
    for (size_t s = 0; s < out->n; s++)
        if (out->surface[s].n_known > 0) {
            out->now = s;
            return EL_OK;
        }
    return el_fail(err, EL_E_DATA, "nothing could be predicted: %s", out->note);
}

el_status el_app_sweetspot(const el_sweetspot_ask *ask, const el_task *task,
                           el_sweetspot_answer *out, el_error *err)
{
    el_status st = EL_OK;

    memset(out, 0, sizeof *out);
    if (ask->trace) {
        st = el_trace_read(ask->trace, false, &out->lengths, err);
        out->has_trace = st == EL_OK;
    }
    if (st == EL_OK)
        st = make_surfaces(ask, task, out, err);
    if (st == EL_OK)
        st = choose_now(out, err);
    if (st == EL_OK && out->has_trace)
        st = el_moves_make(out->surface, out->n, out->now, &out->lengths,
                           &out->moves, err);
    if (st != EL_OK)
        el_sweetspot_answer_clear(out);
    return st;
}
