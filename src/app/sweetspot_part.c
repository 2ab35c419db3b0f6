/* SPDX-License-Identifier: Apache-2.0 */
/* What every source of surfaces needs: its grid, and room for one more. */
#include "app/sweetspot_part.h"

#include <math.h>

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
