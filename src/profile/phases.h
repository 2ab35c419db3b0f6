/* SPDX-License-Identifier: Apache-2.0 */
/* Joules of prefill and of decode by who was in flight. Layer: profile. */
#ifndef EL_PROFILE_PHASES_H
#define EL_PROFILE_PHASES_H
#include <stdbool.h>

#include "energylens/error.h"
#include "meter/curve.h"

/* One request. What had not happened yet is NaN or later than the window. */
typedef struct el_flight {
    double start_s, first_s, end_s; /* sent, first token, last token */
    double input_tokens, output_tokens;
    bool whole; /* it was answered to the end */
} el_flight;

typedef struct el_phases {
    double prefill_j, decode_j;
    double mixed_j;  /* of both: while requests of both phases were in flight */
    double nobody_j; /* of neither: nothing was in flight */
} el_phases;

/*
 * Energy of the window from start_s to end_s, told apart.
 *
 * A request is in prefill until its first token and in decode from then on.
 * Where all requests in flight are of one phase, so is the energy. Where both
 * are there, it is shared by the tokens that they work through in a second:
 * requests in prefill times sum(I) / sum(first - start), requests in decode
 * times sum(O - 1) / sum(end - first), sums over the whole requests.
 * mixed_j says how much energy that rule decided: prefill_j lies between
 * prefill_j less mixed_j and prefill_j plus mixed_j whatever the rule. Time
 * in the engine's queue counts as prefill: keep the batch within what the
 * engine takes at once.
 *
 * energy: cumulative, of el_curve_add_slope(), two points or more; only its
 * shape matters, the parts are scaled to add up to energy_j.
 *
 * Cost    O(n (log n + log points)), 32 n bytes of scratch.
 * EL_E_DATA: no request with both phases, or the curve does not grow in the
 * window. EL_E_NOMEM. *out is written on EL_OK only.
 */
EL_NODISCARD el_status el_phases_split(const el_flight *v, size_t n,
                                       const el_curve *energy, double start_s,
                                       double end_s, double energy_j,
                                       el_phases *out, el_error *err);

#endif
