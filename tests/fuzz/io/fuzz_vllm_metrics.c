/* SPDX-License-Identifier: Apache-2.0 */
/* Any pages: each moves on, counts are finite and not below 0, histograms
 * ascend. */

#include "el_fuzz.h"

#include "io/prom_range.h"
#include "io/vllm_metrics.h"

static void check_sizes(const el_vllm_sizes *s)
{
    require(s->n_bucket <= EL_VLLM_BUCKETS);
    for (size_t k = 1; k < s->n_bucket; k++)
        require(s->le[k] > s->le[k - 1] && s->upto[k] >= s->upto[k - 1]);
}

static void read_pages(el_vllm *vllm, const char *at, size_t size)
{
    const char *end = at + size;
    el_vllm_growth growth;

    while (at < end) {
        const char *before = at;

        if (el_vllm_next(vllm, &at, end, "x", &growth, NULL) != EL_OK)
            break;
        require(at > before && at <= end);
        for (size_t k = 0; k < EL_VLLM_N_VALUES; k++)
            require(!(growth.value[k] < 0.0) && !isinf(growth.value[k]));
        check_sizes(&growth.prompt);
        check_sizes(&growth.answer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    el_prom_range range;
    el_buf page = {0};
    el_vllm vllm;

    el_vllm_init(&vllm);
    if (!el_prom_range_is(text, size)) {
        read_pages(&vllm, text, size);
    } else if (el_prom_range_open(text, size, "x", &range, NULL) == EL_OK) {
        while (el_prom_range_next(&range, &page)) {
            require(page.len > 0);
            read_pages(&vllm, page.text, page.len);
        }
        el_prom_range_close(&range);
    }
    el_buf_clear(&page);
    el_vllm_clear(&vllm);
    return 0;
}
