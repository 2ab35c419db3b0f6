/* SPDX-License-Identifier: Apache-2.0 */
/* What one change of a deployment would save. Layer: app. */
#ifndef EL_APP_WHAT_IF_H
#define EL_APP_WHAT_IF_H
#include "app/analytic.h"
#include "model/explain.h"

/*
 * Fill answer->what_if, most joules saved first: batch and tp doubled and
 * halved, ep, fp8 weights and cache, a lower clock and power limit, fused
 * kernels taken apart, collectives overlapped with their kernels in 4 stages on
 * 1, 4 and 16 SMs ("overlap 4x16"), of prompts alone and of decoding too.
 * A change that cannot be (or would change nothing) is left out.
 *
 * wish: of the deployment as it is; state: opened from it; answer: key, point
 * and prediction are set. EL_E_NOMEM, EL_E_IO.
 */
EL_NODISCARD el_status el_what_if_rank(const el_analytic_wish *wish,
                                       const el_catalog *catalog,
                                       el_analytic_state *state,
                                       el_explanation *answer, el_error *err);

#endif
