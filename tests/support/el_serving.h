#ifndef EL_SERVING_H
#define EL_SERVING_H
/* A fit to search in: closed12's physical prior of Llama-3.1-8B on an H100,
 * bfloat16. Numbers of the catalogue, repeated so that model tests need no io.
 */
#include <string.h>

#include "energylens/fit.h"
#include "energylens/optimize.h"

static inline el_facts el_test_facts(void)
{
    return (el_facts){.arch = EL_ARCH_DENSE,
                      .layers = 32,
                      .hidden = 4096,
                      .params = 8.03e9,
                      .active_params = 8.03e9,
                      .dense_bytes = 16.06e9,
                      .kv_bytes_per_token = 131072,
                      .gpu_memory_bytes = 80.0 * 1073741824.0,
                      .gpu_bw_bytes_s = 3.35e12,
                      .gpu_flop_s = 989e12,
                      .gpu_idle_w = 120,
                      .gpu_tdp_w = 700};
}

/* Exits the test where it cannot be made. */
static inline el_group_fit el_test_fit(const el_facts *facts)
{
    el_group_key key = {"llama-3.1-8b", "llama-3.1-8b", "h100-sxm5-80gb",
                        "bfloat16", "vLLM"};
    el_group_fit fit;

    assert_int_equal(
        el_fit_from_prior(el_form_find("closed12"), &key, facts, &fit, NULL),
        EL_OK);
    return fit;
}

static inline el_optimize_query el_test_query(const el_group_fit *fit)
{
    return (el_optimize_query){.fit = fit,
                               .facts = fit->facts,
                               .match_source = EL_SOURCE_FITTED,
                               .workload = "",
                               .isl = 2000,
                               .osl = 400,
                               .request_rate_hz = NAN,
                               .ttft_s = NAN,
                               .tpot_s = NAN,
                               .latency_s = NAN,
                               .percentile = 95,
                               .gpus = 8,
                               .node_gpus = 8,
                               .pue = 1.2};
}

#endif
