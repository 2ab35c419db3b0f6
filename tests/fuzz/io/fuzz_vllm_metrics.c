/* SPDX-License-Identifier: Apache-2.0 */
/* Any pages: each moves on, counts are finite and not below 0, histograms
 * ascend. */

#include "el_fuzz.h"

#include "io/vllm_metrics.h"

static void check_sizes(const el_vllm_sizes *s)
{
    require(s->n_bucket <= EL_VLLM_BUCKETS);
    for (size_t k = 1; k < s->n_bucket; k++)
        require(s->le[k] > s->le[k - 1] && s->upto[k] >= s->upto[k - 1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    el_vllm_growth growth;
    el_vllm vllm;

    el_vllm_init(&vllm);
    while (at < end) {
        const char *before = at;

        if (el_vllm_next(&vllm, &at, end, "x", &growth, NULL) != EL_OK)
            break;
        require(at > before && at <= end);
        for (size_t k = 0; k < EL_VLLM_N_VALUES; k++)
            require(!(growth.value[k] < 0.0) && !isinf(growth.value[k]));
        check_sizes(&growth.prompt);
        check_sizes(&growth.answer);
    }
    el_vllm_clear(&vllm);
    return 0;
}
