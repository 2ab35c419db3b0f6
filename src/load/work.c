/* SPDX-License-Identifier: Apache-2.0 */
/* Is a work's every member in its range? */
#include <math.h>

#include "load/client.h"

static el_status check_shapes(const el_load_work *w, el_error *err)
{
    for (size_t i = 0; i < w->n_shape; i++) {
        const el_load_shape *s = &w->shape[i];

        if (s->input_tokens == 0 || s->output_tokens == 0 ||
            s->input_tokens > EL_LOAD_MAX_TOKENS ||
            s->output_tokens > EL_LOAD_MAX_TOKENS)
            return el_fail(err, EL_E_ARG,
                           "load: lengths %zu: %u and %u tokens are not in "
                           "1..%u",
                           i, s->input_tokens, s->output_tokens,
                           EL_LOAD_MAX_TOKENS);
    }
    return w->n_shape > 0
               ? EL_OK
               : el_fail(err, EL_E_ARG, "load: no lengths were given");
}

static el_status check_arrivals(const el_load_work *w, el_error *err)
{
    if (w->arrival == EL_LOAD_POISSON && !(w->rate_hz > 0 && w->rate_hz < 1e6))
        return el_fail(err, EL_E_ARG, "load: a rate of %g requests/s",
                       w->rate_hz);
    for (size_t i = 0; w->arrival == EL_LOAD_TRACE && i < w->n_arrival; i++)
        if (!(w->arrival_s[i] >= (i > 0 ? w->arrival_s[i - 1] : 0)) ||
            isinf(w->arrival_s[i]))
            return el_fail(err, EL_E_ARG,
                           "load: arrival %zu: %g s: not ascending", i,
                           w->arrival_s[i]);
    if (w->streams > EL_LOAD_MAX_STREAMS ||
        (w->arrival == EL_LOAD_CLOSED && w->streams == 0))
        return el_fail(err, EL_E_ARG, "load: %zu streams are not in 1..%u",
                       w->streams, EL_LOAD_MAX_STREAMS);
    if (!(w->duration_s >= 0))
        return el_fail(err, EL_E_ARG, "load: a duration of %g s",
                       w->duration_s);
    return EL_OK;
}

el_status el_client_check_work(const el_load_work *work, el_error *err)
{
    el_status st = check_shapes(work, err);

    return st == EL_OK ? check_arrivals(work, err) : st;
}
