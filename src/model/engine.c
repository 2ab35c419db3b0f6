/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "energylens/analytic.h"

/*
 * Steps cost the host time besides kernels: scheduling, sampling, handing
 * tokens out. With graphs the launches themselves are free; without, the
 * device waits for the host (el_eager_floor).
 *
 * Until 2025 the GPU waited for it. Per request: what A100 and H100 runs of
 * LLM-Inference-Bench (2024, batch 1 to 64) take beyond the kernels, 35 to 55
 * us with vLLM, 35 to 40 with TensorRT-LLM. Per step: typical, not fitted.
 *
 * Engines that schedule a step ahead hide it: gpt-oss-120b under vLLM 0.15.1
 * on 2 to 8 H100, 4 to 64 requests, takes 0.85 to 1.04 of the modelled kernel
 * time (InferenceX issue 828, March 2026). What stays between two steps is
 * 0.2 to 0.3 ms (vLLM issue 10634), the scheduler itself takes 13 us a request
 * (profile of vLLM 0.27). SGLang does so since 0.4.
 */
static const el_engine engines[] = {
    {.name = "vLLM (eager)",
     .eager = true,
     .step_s = 2e-3,
     .request_step_s = 40e-6,
     .chunk_tokens = 8192},
    {.name = "HF",
     .eager = true,
     .step_s = 5e-3,
     .request_step_s = 40e-6,
     .chunk_tokens = 1e9},
    {.name = "SGLang",
     .async = true,
     .step_s = 0.2e-3,
     .request_step_s = 13e-6,
     .chunk_tokens = 8192},
    {.name = "TensorRT",
     .step_s = 0.5e-3,
     .request_step_s = 35e-6,
     .chunk_tokens = 8192},
};

static const el_engine vllm = {.name = "vLLM",
                               .async = true,
                               .step_s = 0.2e-3,
                               .request_step_s = 13e-6,
                               .chunk_tokens = 8192};
static const el_engine old_vllm = {.name = "vLLM 0.13",
                                   .step_s = 1.5e-3,
                                   .request_step_s = 40e-6,
                                   .chunk_tokens = 8192};

/*
 * Minor versions of vLLM: the first that schedules ahead unasked; from 0.11 to
 * 0.14 block-scaled experts go through DeepGEMM (its default until 0.15 put
 * FlashInfer and Triton before it; issue 34249, pull requests 29346, 34260).
 */
#define VLLM_ASYNC   14
#define VLLM_ALIGNED 11
#define VLLM_GROUPED 15

static bool has_prefix(const char *name, const char *prefix)
{
    char head[32];

    el_str_copy(head, sizeof head, name);
    if (strlen(head) > strlen(prefix))
        head[strlen(prefix)] = '\0';
    return el_str_eq_nocase(head, prefix);
}

/* "vLLM 0.6.3", "vllm v0.9": 6, 9; "vLLM(2023)": 0; today's: VLLM_GROUPED. */
static long vllm_minor(const char *name)
{
    char *end;
    long major, minor;

    name += strcspn(name, "0123456789");
    major = strtol(name, &end, 10);
    if (end == name)
        return VLLM_GROUPED;
    if (*end != '.')
        return major >= 2023 && major <= 2025 ? 0 : VLLM_GROUPED;
    minor = strtol(end + 1, NULL, 10);
    return major == 0 ? minor : VLLM_GROUPED;
}

static el_engine vllm_of(const char *name)
{
    long minor = vllm_minor(name);
    bool async = minor >= VLLM_ASYNC || el_str_ends_nocase(name, "async");
    el_engine e = async ? vllm : old_vllm;

    e.aligned = minor >= VLLM_ALIGNED && minor < VLLM_GROUPED;
    return e;
}

el_engine el_engine_find(const char *name)
{
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        if (has_prefix(name, engines[i].name))
            return engines[i];
    }
    return has_prefix(name, "vLLM") ? vllm_of(name) : vllm;
}

double el_engine_step_s(const el_engine *engine, double kernels_s,
                        double requests)
{
    double host = requests * engine->request_step_s;

    if (engine->async)
        return fmax(kernels_s, host) + engine->step_s;
    return kernels_s + host + engine->step_s;
}
