/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FLOP and bytes of one token, counted by hand from what config.json says:
 * latent attention, windows, shared and routed experts, states, tied
 * embeddings, logits of the last token only. And for every config at hand:
 * decoding costs 2 FLOP an active parameter, plus attention and scans.
 */
#include "el_hf_samples.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/graph.h"
#include "io/arch_text.h"
#include "io/hf_config.h"
#include "io/json.h"

#define HF      EL_HF_SAMPLES "/"
#define CONTEXT 4096.0

/* Of one pass. */
typedef struct work {
    double product;         /* FLOP of GEMMs and experts */
    double attention, scan; /* FLOP */
    double cache, state;    /* bytes read; read and written */
    double head;            /* FLOP of the logits */
} work;

static work work_of(const el_plan *plan, double b, double s, double t)
{
    work w = {0};

    for (size_t i = 0; i < el_plan_n_ops(plan); i++) {
        el_op op;

        el_plan_op(plan, i, b, s, t, &op);
        if (op.kind == EL_OP_GEMM || op.kind == EL_OP_MOE)
            w.product += op.count * op.flop;
        if (op.kind == EL_OP_ATTENTION)
            w.attention += op.count * op.flop;
        if (op.kind == EL_OP_SCAN)
            w.scan += op.count * op.flop;
        if (op.kind == EL_OP_SCAN)
            w.state += op.count * op.kv_bytes;
        else
            w.cache += op.count * op.kv_bytes;
        if (strcmp(op.label, "Head") == 0)
            w.head += op.count * op.flop;
    }
    return w;
}

/* By hand, for one request with a context of 4,096. */
static const struct {
    const char *file;
    double active;    /* parameters that a token meets, logits among them */
    double attention; /* FLOP of QK and AV */
    double cache;     /* bytes of keys and values read */
    double state;     /* bytes of states, read and written */
    double head;      /* FLOP of the logits */
    double stored;    /* parameters in memory */
} table[] = {
    /* 61 layers, 128 heads over a latent of 512 + 64; 8 of 256 experts and a
       shared one of 2,048 in 58 layers, 18,432 in 3 */
    {HF "deepseek-ai__DeepSeek-V3.json",
     61.0 * (7168 * 1536 + 1536 * 128 * 192 + 7168 * 576 + 512 * 128 * 256 +
             128 * 128 * 7168) +
         3.0 * 3 * 7168 * 18432 + 58.0 * 3 * 7168 * 2048 * 9 +
         58.0 * 7168 * 256 + 7168.0 * 129280,
     61.0 * 2 * 128 * (576 + 512) * CONTEXT, 61.0 * 576 * 2 * CONTEXT, 0,
     2.0 * 7168 * 129280, 671.03e9},
    /* 62 layers, every sixth sees all, others 1,024; one embedding matrix */
    {HF "google__gemma-3-27b-it.json",
     62.0 * (5376 * 128 * (32 + 2 * 16) + 32 * 128 * 5376 +
             3.0 * 5376 * 21504) +
         5376.0 * 262208,
     4.0 * 32 * 128 * (10 * CONTEXT + 52 * 1024.0),
     2.0 * 16 * 128 * 2 * (10 * CONTEXT + 52 * 1024.0), 0, 2.0 * 5376 * 262208,
     27.01e9},
    /* 36 layers, every second sees 128 tokens; 4 of 128 experts of 2,880 */
    {HF "openai__gpt-oss-120b.json",
     36.0 * (2880 * 64 * (64 + 2 * 8) + 64 * 64 * 2880 + 2880 * 128 +
             4.0 * 3 * 2880 * 2880) +
         2880.0 * 201088,
     4.0 * 64 * 64 * (18 * CONTEXT + 18 * 128.0),
     2.0 * 8 * 64 * 2 * (18 * CONTEXT + 18 * 128.0), 0, 2.0 * 2880 * 201088,
     116.83e9},
    /* 4 of 32 layers attend, 28 scan 8,192 channels of 16 states; every second
       has 2 of 16 experts */
    {HF "ai21labs__AI21-Jamba-1.5-Mini.json",
     4.0 * (4096 * 128 * (32 + 2 * 8) + 32 * 128 * 4096) +
         28.0 * (4096 * 8192 * 3.0 + 8192 * (256 + 32) + 256 * 8192) +
         16.0 * 3 * 4096 * 14336 + 16.0 * 2 * 3 * 4096 * 14336 +
         16.0 * 4096 * 16 + 4096.0 * 65536,
     4 * 4.0 * 32 * 128 * CONTEXT, 4 * 2.0 * 8 * 128 * 2 * CONTEXT,
     28 * 2 * (8192 * 16 * 4.0 + 8192 * 4 * 2.0), 2.0 * 4096 * 65536, 51.57e9},
    /* 10 attend, 54 scan 16,384 channels of 256 states in 8 groups, 54 are MLPs
       of two matrices */
    {HF "nvidia__Nemotron-H-56B-Base-8K.json",
     10.0 * (8192 * 128 * (64 + 2 * 8) + 64 * 128 * 8192) +
         54.0 * (8192 * (2 * 16384 + 2 * 8 * 256 + 256.0) + 16384 * 8192.0) +
         54.0 * 2 * 8192 * 32768 + 8192.0 * 131072,
     10 * 4.0 * 64 * 128 * CONTEXT, 10 * 2.0 * 8 * 128 * 2 * CONTEXT,
     54 * 2 * (16384 * 256 * 4.0 + (16384 + 2 * 8 * 256) * 4 * 2.0),
     2.0 * 8192 * 131072, 56.3e9},
};

static void by_hand(void **state)
{
    el_arch_desc a;

    (void)state;
    if (el_hf_config_read(table[0].file, &a, NULL) == EL_E_IO) {
        skip();
        return;
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        el_plan *plan;
        work one, prompt;

        assert_int_equal(el_hf_config_read(table[i].file, &a, NULL), EL_OK);
        plan = el_hf_plan(&a, 1);
        one = work_of(plan, 1, 1, CONTEXT);
        prompt = work_of(plan, 3, 512, 512);
        assert_close(one.product, 2 * table[i].active, 1e-3, 0);
        assert_close(a.active_params, table[i].active, 2e-3, 0);
        /* softmax and rope are a few FLOP more */
        assert_close(one.attention, table[i].attention, 0.03, 0);
        assert_true(one.attention > table[i].attention);
        assert_close(one.cache, table[i].cache, 1e-12, 0);
        assert_close(one.state, table[i].state, 1e-12, 0);
        assert_close(one.head, table[i].head, 1e-12, 0);
        /* one token of each of three prompts, not 512 */
        assert_close(prompt.head, 3 * table[i].head, 1e-12, 0);
        /* states once a pass, whatever the prompt's length */
        assert_close(prompt.state, 3 * table[i].state, 1e-12, 0);
        assert_close(a.params, table[i].stored, 0.01, 0);
        el_plan_free(plan);
    }
}

/* Prefill of MLA expands the latent to heads of 192 and 128. */
static void latent_prefill(void **state)
{
    const double n = 1000, seen = 500.5; /* mean of 1 ... n */
    el_arch_desc a;
    el_plan *plan;
    work w;

    (void)state;
    if (el_hf_config_read(table[0].file, &a, NULL) == EL_E_IO) {
        skip();
        return;
    }
    plan = el_hf_plan(&a, 1);
    w = work_of(plan, 1, n, n);
    assert_close(
        w.product,
        2 * (n * (table[0].active - 7168.0 * 129280) + 7168.0 * 129280), 1e-3,
        0);
    assert_close(w.attention, 61.0 * 2 * 128 * (192 + 128) * n * seen, 0.03, 0);
    el_plan_free(plan);
}

/* FLOP of mixing tokens in one layer, for one token. */
static double mixing(const el_arch_desc *a, const el_arch_block *b)
{
    double seen = b->window > 0 ? fmin(b->window, CONTEXT) : CONTEXT;
    double latent = 2 * a->kv_lora_rank + a->qk_rope_dim;

    switch (b->mixer) {
    case EL_MIXER_GQA:
        return 4 * b->heads * b->head_dim * seen;
    case EL_MIXER_MLA:
        if (a->index_topk > 0)
            seen = fmin(seen, a->index_topk);
        return 2 * b->heads * latent * seen +
               2 * a->index_heads * a->index_dim * CONTEXT;
    case EL_MIXER_SSM:
        return 9 * a->ssm_inner * a->ssm_state;
    case EL_MIXER_SSM2:
        return 6 * a->ssm_inner * a->ssm_state;
    case EL_MIXER_LINEAR:
        return 8 * a->linear_value_heads * a->linear_value_dim *
               a->linear_key_dim;
    case EL_MIXER_CROSS: /* four tiles of 1,601 */
        return 4 * b->heads * b->head_dim * 4 * 1601;
    case EL_MIXER_NONE:
        break;
    }
    return 0;
}

static void check_config(const char *name)
{
    const double b = 64;
    char path[512];
    el_arch_desc a = {.hidden = 0};
    el_plan *plan;
    double want;
    work w;

    (void)snprintf(path, sizeof path, HF "%s", name);
    if (el_hf_config_read(path, &a, NULL) != EL_OK)
        return; /* what cannot be read is another test's */
    want = 2 * a.active_params;
    for (size_t i = 0; i < a.n_block; i++)
        want += a.block[i].count * mixing(&a, &a.block[i]);
    plan = el_hf_plan(&a, 1);
    w = work_of(plan, b, 1, CONTEXT);
    want *= b;
    if (fabs((w.product + w.attention + w.scan) / want - 1) > 0.03)
        fail_msg("%s: %.6g FLOP, by hand %.6g", name,
                 w.product + w.attention + w.scan, want);
    el_plan_free(plan);
    assert_int_equal(el_mem_live(), 0);
}

static void every_config(void **state)
{
    (void)state;
    el_each_hf_sample(check_config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(latent_prefill),
        cmocka_unit_test(every_config),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
