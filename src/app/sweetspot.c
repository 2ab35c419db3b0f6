/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sweetspot.h"

#include <math.h>
#include <string.h>

#include "app/sweetspot_part.h"
#include "io/trace.h"

static void stretch(const double *v, size_t n, double *lo, double *hi)
{
    *lo = *hi = v[0];
    for (size_t i = 1; i < n; i++) {
        *lo = fmin(*lo, v[i]);
        *hi = fmax(*hi, v[i]);
    }
}

static double given(double asked, double other)
{
    return el_is_known(asked) ? asked : other;
}

el_status el_sweetspot_grid(const el_sweetspot_ask *ask,
                            const el_length_range *suggested,
                            el_sweetspot_answer *out, el_error *err)
{
    el_length_range r = *suggested;

    if (out->has_trace) {
        stretch(out->lengths.isl, out->lengths.n, &r.isl_lo, &r.isl_hi);
        stretch(out->lengths.osl, out->lengths.n, &r.osl_lo, &r.osl_hi);
        r.isl_hi *= 2.0; /* room for two calls in one */
        r.osl_hi *= 2.0;
    }
    return el_length_grid_make(given(ask->isl_lo, r.isl_lo),
                               given(ask->isl_hi, r.isl_hi),
                               given(ask->osl_lo, r.osl_lo),
                               given(ask->osl_hi, r.osl_hi), &out->grid, err);
}

el_status el_sweetspot_add(el_sweetspot_answer *out, double tp, double batch,
                           el_surface **surface, el_error *err)
{
    el_status st;

    if (out->n == EL_MAX_SURFACES)
        return el_fail(err, EL_E_ARG,
                       "more than %u pairs of batch and degree: name fewer "
                       "with --batch and --tp",
                       EL_MAX_SURFACES);
    st = el_surface_make(&out->grid, tp, batch, &out->surface[out->n], err);
    if (st == EL_OK)
        *surface = &out->surface[out->n++];
    return st;
}

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
