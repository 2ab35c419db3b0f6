/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load_work.h"

el_load_work el_load_work_of(const el_facts *facts, const el_point *point)
{
    double b = point->batch;
    double isl = el_is_known(point->isl) ? point->isl : 0.0;
    double context = isl + 0.5 * point->osl;
    double token = 2.0 * facts->active_params;
    double pair = facts->kv_bytes_per_token > 0.0
                      ? 4.0 * facts->layers * facts->hidden
                      : 0.0; /* no cache: no attention */

    return (el_load_work){
        .prefill_flop = b * isl * (token + 0.5 * pair * isl),
        .prefill_bytes =
            isl > 0.0 ? el_facts_streamed_bytes(facts, b * isl) : 0.0,
        .step_flop = b * (token + pair * context),
        .step_bytes = el_facts_streamed_bytes(facts, b) +
                      b * el_facts_kv_read_bytes(facts, context),
    };
}
