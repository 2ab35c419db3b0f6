/* SPDX-License-Identifier: Apache-2.0 */
#include "model/launch.h"

#include <math.h>
#include <string.h>

const char *el_launcher_name(el_launcher launcher)
{
    static const char *const name[] = {"vllm", "sglang", "trtllm"};

    return name[launcher];
}

el_launch el_launch_of(el_launcher launcher, const el_setup *setup,
                       const el_facts *facts, const el_config *config)
{
    return (el_launch){launcher,
                       setup->hub_id,
                       setup->key.precision,
                       facts->expert_bytes > 0.0,
                       *config,
                       setup->value[EL_SETUP_KV_CACHE]};
}

double el_launch_servers(const el_launch *launch)
{
    bool apart = launch->launcher == EL_LAUNCH_TRTLLM || launch->moe ||
                 launch->config.ep > 1.0;

    return apart ? launch->config.dp : 1.0;
}

/* 'text' for the shell unless it is plain */
static void print_word(const char *text, el_buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+";

    if (*text && *text != '-' && text[strspn(text, plain)] == '\0') {
        el_buf_add(out, text);
        return;
    }
    el_buf_add(out, "'");
    for (; *text; text++)
        el_buf_printf(out, *text == '\'' ? "'\\''" : "%c", *text);
    el_buf_add(out, "'");
}

static void option(el_buf *out, const char *name, double value, double usual)
{
    if (value != usual)
        el_buf_printf(out, " %s %.0f", name, value);
}

/* Attention ranks inside one expert-parallel replica. */
static double attention_ranks(const el_config *config)
{
    return config->ep > config->tp ? ceil(config->ep / config->tp) : 1.0;
}

/* Data-parallel ranks that one server runs. */
static double ranks(const el_launch *launch)
{
    if (launch->config.ep > 1.0)
        return attention_ranks(&launch->config);
    return launch->config.dp / el_launch_servers(launch);
}

static double batch_per_rank(const el_launch *launch)
{
    return ceil(launch->config.batch / attention_ranks(&launch->config));
}

static void print_precision(const char *precision, el_buf *out)
{
    static const struct {
        const char *label, *option;
    } table[] = {{"bfloat16", " --dtype bfloat16"},
                 {"float16", " --dtype float16"},
                 {"fp8", " --quantization fp8"},
                 {"awq", " --quantization awq"},
                 {"gptq", " --quantization gptq"}};

    /* others (mxfp4, nvfp4) are properties of the checkpoint */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (el_str_eq_nocase(precision, table[i].label))
            el_buf_add(out, table[i].option);
}

/* SGLang names the exponent; trtllm-serve takes it from a file alone. */
static void print_kv(const el_launch *launch, const char *fp8, el_buf *out)
{
    if (launch->kv && el_str_eq_nocase(launch->kv, "fp8"))
        el_buf_printf(out, " --kv-cache-dtype %s", fp8);
}

static void print_vllm(const el_launch *launch, el_buf *out)
{
    const el_config *c = &launch->config;

    el_buf_add(out, "vllm serve ");
    print_word(launch->model, out);
    el_buf_printf(out, " --tensor-parallel-size %.0f", c->tp);
    option(out, "--pipeline-parallel-size", c->pp, 1.0);
    option(out, "--data-parallel-size", ranks(launch), 1.0);
    if (c->ep > 1.0)
        el_buf_add(out, " --enable-expert-parallel");
    el_buf_printf(out, " --max-num-seqs %.0f", batch_per_rank(launch));
    print_precision(launch->precision, out);
    print_kv(launch, "fp8", out);
}

static void print_sglang(const el_launch *launch, el_buf *out)
{
    const el_config *c = &launch->config;
    double dp = ranks(launch);
    bool attention = attention_ranks(c) > 1.0;

    el_buf_add(out, "python -m sglang.launch_server --model-path ");
    print_word(launch->model, out);
    /* with DP attention --tp counts all GPUs of the replica, and
     * --max-running-requests is shared by its ranks */
    el_buf_printf(out, " --tp %.0f", attention ? c->tp * dp : c->tp);
    option(out, "--pp-size", c->pp, 1.0);
    option(out, "--dp", dp, 1.0);
    if (attention)
        el_buf_add(out, " --enable-dp-attention");
    option(out, "--ep-size", c->ep, 1.0);
    el_buf_printf(out, " --max-running-requests %.0f", c->batch);
    print_precision(launch->precision, out);
    print_kv(launch, "fp8_e5m2", out);
}

static void print_trtllm(const el_launch *launch, el_buf *out)
{
    const el_config *c = &launch->config;

    el_buf_add(out, "trtllm-serve ");
    print_word(launch->model, out);
    el_buf_printf(out, " --tp_size %.0f", fmax(c->tp, c->ep));
    option(out, "--pp_size", c->pp, 1.0);
    option(out, "--ep_size", c->ep, 1.0);
    el_buf_printf(out, " --max_batch_size %.0f", c->batch);
}

void el_launch_print(const el_launch *launch, el_buf *out)
{
    switch (launch->launcher) {
    case EL_LAUNCH_VLLM:
        print_vllm(launch, out);
        break;
    case EL_LAUNCH_SGLANG:
        print_sglang(launch, out);
        break;
    case EL_LAUNCH_TRTLLM:
    case EL_N_LAUNCHERS:
        print_trtllm(launch, out);
        break;
    }
}

void el_launch_print_pool(const el_launch *launch, el_launch_role role,
                          el_buf *out)
{
    static const char *const sglang[] = {"prefill", "decode"};
    el_launch one = *launch;

    one.config.dp = 1.0;
    el_launch_print(&one, out);
    switch (launch->launcher) {
    case EL_LAUNCH_VLLM: /* both roles: the router tells them apart */
        el_buf_add(out, " --kv-transfer-config '{\"kv_connector\": "
                        "\"NixlConnector\", \"kv_role\": \"kv_both\"}'");
        break;
    case EL_LAUNCH_SGLANG:
        el_buf_printf(out,
                      " --disaggregation-mode %s "
                      "--disaggregation-transfer-backend nixl",
                      sglang[role]);
        break;
    case EL_LAUNCH_TRTLLM:
    case EL_N_LAUNCHERS:
        el_buf_add(out, " --extra_llm_api_options kv.yaml");
        break;
    }
}

const char *el_launch_router(el_launcher launcher)
{
    static const char *const router[] = {
        "# in front: a router that sends each prompt to a prefill server "
        "first (vLLM's toy_proxy_server.py, llm-d)",
        "python -m sglang_router.launch_router --pd-disaggregation --prefill "
        "URL ... --decode URL ...",
        "trtllm-serve disaggregated -c pools.yaml   # kv.yaml: "
        "cache_transceiver_config: {backend: DEFAULT}"};

    return router[launcher];
}
