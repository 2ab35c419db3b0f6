/* SPDX-License-Identifier: Apache-2.0 */
/* V10 of the analytic notes on the built-in families and formats. */
#include "el_analytic_sample.h"
#include "el_catalog_sample.h"

#include <stdio.h>
#include <string.h>

#include "energylens/files.h"
#include "io/arch_text.h"

#define N_DRAWS 150
#define SEED    20261122u
#define N_MODEL (sizeof models / sizeof *models)

static const char *const models[] = {
    "llama-3-8b",    "llama-3-70b", "gemma-3-27b",     "mixtral-8x7b",
    "qwen3-30b-a3b", "deepseek-v3", "falcon-mamba-7b", "nemotron-nano-9b-v2"};

/* False: the catalogue has no such model. */
static bool open_model(const char *name, const char *format, const char *gpu,
                       el_arch_desc *arch, el_analytic_sample *out)
{
    const el_llm *llm = el_catalog_find_llm(catalog, name);
    const el_gpu *g = el_catalog_find_gpu(catalog, gpu);
    el_buf text = {0};
    el_error err = {0};

    if (!llm || !g)
        return false;
    assert_int_equal(el_arch_from_llm(llm, arch, &err), EL_OK);
    assert_int_equal(el_arch_quantise(arch, format, NULL, &err), EL_OK);
    assert_int_equal(el_arch_describe(arch, &text, &err), EL_OK);
    *out = el_sample_analytic(el_buf_text(&text), arch, *g, "vLLM");
    el_buf_clear(&text);
    return true;
}

static el_point random_point(uint64_t *s, bool moe)
{
    el_point p =
        el_sample_point((double)(1u << el_test_next(s) % 3),
                        floor(exp(el_test_unif(s, 0, log(256)))),
                        floor(exp(el_test_unif(s, 0, log(8000)))),
                        floor(exp(el_test_unif(s, log(2), log(2000)))));

    if (moe && (el_test_next(s) & 1)) {
        p.ep = p.tp;
        p.tp = 1;
    }
    p.steady = el_test_next(s) & 1;
    return p;
}

static const char *say(const char *model, const el_point *p)
{
    static char text[160];

    (void)snprintf(text, sizeof text,
                   "%s: tp %g ep %g batch %g isl %g osl %g steady %d", model,
                   p->tp, p->ep, p->batch, p->isl, p->osl, p->steady);
    return text;
}

static double term_of(const el_terms *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->term[i].name, name) == 0)
            return t->term[i].value;
    return EL_UNKNOWN;
}

/* One GPU exchanges nothing; power between idle and the limit; all finite. */
static void test_families(void **state)
{
    static const char *const gpus[] = {"h100-sxm5-80gb", "a100-sxm4-80gb",
                                       "mi300x"};
    uint64_t seed = SEED;
    size_t seen = 0;

    (void)state;
    for (size_t m = 0; m < N_MODEL * 3; m++) {
        const char *name = models[m / 3];
        el_arch_desc arch;
        el_analytic_sample s;

        if (!open_model(name, NULL, gpus[m % 3], &arch, &s))
            continue;
        seen++;
        for (int i = 0; i < N_DRAWS; i++) {
            el_point p = random_point(&seed, arch.experts > 0);
            double n = fmax(p.tp, p.ep);
            el_prediction y = el_sample_predict(&s, p);

            if (n <= 1)
                assert_close(term_of(&y.terms, "communication"), 0, 0, 0);
            if (!(isfinite(y.energy_per_request_j) && y.ttft_s > 0 &&
                  y.tpot_s > 0 && y.avg_power_w <= 1.001 * n * s.device.cap_w &&
                  y.avg_power_w >= 0.999 * n * s.device.idle_w))
                fail_msg("seed %u draw %d: %s: %g J, %g s, %g W", SEED, i,
                         say(name, &p), y.energy_per_request_j, y.tpot_s,
                         y.avg_power_w);
        }
        el_sample_close(&s);
    }
    assert_true(seen >= 12);
}

/* Weights of 8 bits are read in half the time: never slower, never dearer. */
static void test_fp8(void **state)
{
    uint64_t seed = SEED + 1;
    double worst_j = 0.0, worst_s = 0.0;

    (void)state;
    for (size_t m = 0; m < N_MODEL; m++) {
        el_arch_desc arch, packed;
        el_analytic_sample wide, narrow;

        if (!open_model(models[m], "bfloat16", "h100-sxm5-80gb", &arch,
                        &wide) ||
            !open_model(models[m], "fp8", "h100-sxm5-80gb", &packed, &narrow))
            continue;
        assert_true(packed.weight_bytes < arch.weight_bytes);
        for (int i = 0; i < N_DRAWS; i++) {
            el_point p = random_point(&seed, arch.experts > 0);
            el_prediction a, b;

            p.steady = true; /* fewer waves would be another gain */
            a = el_sample_predict(&wide, p);
            b = el_sample_predict(&narrow, p);
            worst_j =
                fmax(worst_j, b.energy_per_request_j / a.energy_per_request_j);
            worst_s = fmax(worst_s, b.latency_s / a.latency_s);
            if (!(b.energy_per_request_j <= a.energy_per_request_j &&
                  b.latency_s <= a.latency_s))
                fail_msg("seed %u draw %d: %s: fp8 %g J %g s, bf16 %g J %g s",
                         SEED + 1, i, say(models[m], &p),
                         b.energy_per_request_j, b.latency_s,
                         a.energy_per_request_j, a.latency_s);
        }
        el_sample_close(&wide);
        el_sample_close(&narrow);
    }
    print_message("seed %u: fp8 over bf16, at most %.3f of the joules, %.3f "
                  "of the time\n",
                  SEED + 1, worst_j, worst_s);
}

/* A step of dense models reads every weight but the embedding. */
static void test_roofline(void **state)
{
    uint64_t seed = SEED + 2;

    (void)state;
    for (size_t m = 0; m < N_MODEL; m++) {
        el_arch_desc arch;
        el_analytic_sample s;

        if (!open_model(models[m], NULL, "h100-sxm5-80gb", &arch, &s))
            continue;
        for (int i = 0; i < N_DRAWS; i++) {
            el_point p = random_point(&seed, false);
            el_prediction y = el_sample_predict(&s, p);
            double read = arch.experts > 0 ? 0 : 2 * arch.body_params;
            double bytes = read / p.tp / s.device.bw_bytes_s;
            double flop = 2 * arch.body_params / p.tp / s.device.flop_s_16;
            double prompts = p.steady ? 1 : p.batch;

            if (!(y.tpot_s >= fmax(bytes, flop * p.batch) &&
                  y.ttft_s >= flop * prompts * p.isl))
                fail_msg("seed %u draw %d: %s: tpot %g s, bytes %g, flop %g; "
                         "ttft %g, flop %g",
                         SEED + 2, i, say(models[m], &p), y.tpot_s, bytes,
                         flop * p.batch, y.ttft_s, flop * prompts * p.isl);
        }
        el_sample_close(&s);
    }
}

static el_pass pass_of(el_analytic_sample *s, el_shard shard, double b,
                       double query, double context)
{
    el_pass p = {0};

    assert_int_equal(el_analytic_prepare(s->analytic, &shard, NULL), EL_OK);
    el_analytic_pass(s->analytic, el_analytic_plan(s->analytic, &shard), &shard,
                     b, query, context, &p);
    return p;
}

static double joules(const el_pass *p)
{
    return p->weights_j + p->kv_j + p->compute_j + p->comm_j;
}

/* Kernels apart are never faster, never cheaper, and compute the same. */
static void test_fusion(void **state)
{
    uint64_t seed = SEED + 3;

    (void)state;
    for (size_t m = 0; m < N_MODEL; m++) {
        el_arch_desc arch;
        el_analytic_sample s;

        if (!open_model(models[m], NULL, "h100-sxm5-80gb", &arch, &s))
            continue;
        for (int i = 0; i < N_DRAWS; i++) {
            el_shard fused =
                el_sample_shard((double)(1u << el_test_next(&seed) % 3), 1, 1);
            el_shard apart = fused;
            double b = floor(exp(el_test_unif(&seed, 0, log(256))));
            double t = floor(exp(el_test_unif(&seed, log(2), log(8000))));
            double query = el_test_next(&seed) & 1 ? t : 1;
            el_pass x, y;

            apart.unfused = true;
            x = pass_of(&s, fused, b, query, t);
            y = pass_of(&s, apart, b, query, t);
            assert_close(x.flop, y.flop, 1e-3, 0);
            if (!(y.time_s > x.time_s && joules(&y) > joules(&x) &&
                  y.bytes > x.bytes))
                fail_msg("seed %u draw %d: %s tp %g b %g s %g t %g: fused %g s "
                         "%g J, apart %g s %g J",
                         SEED + 3, i, models[m], fused.tp, b, query, t,
                         x.time_s, joules(&x), y.time_s, joules(&y));
        }
        el_sample_close(&s);
    }
}

/* Without attention a step does not know the context; its states are read and
 * written for each request. */
static void test_states(void **state)
{
    el_shard one = el_sample_shard(1, 1, 1);
    el_arch_desc arch;
    el_analytic_sample s = {0};
    el_pass near, far, more;

    (void)state;
    assert_true(
        open_model("falcon-mamba-7b", NULL, "h100-sxm5-80gb", &arch, &s));
    near = pass_of(&s, one, 8, 1, 100);
    far = pass_of(&s, one, 8, 1, 100000);
    more = pass_of(&s, one, 9, 1, 100);
    assert_close(far.time_s, near.time_s, 0, 0);
    assert_close(far.bytes, near.bytes, 0, 0);
    assert_true(more.bytes - near.bytes > 2 * arch.state_bytes);
    assert_close(el_plan_cache_bytes(el_analytic_plan(s.analytic, &one), 10),
                 arch.state_bytes, 1e-12, 0);
    el_sample_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families), cmocka_unit_test(test_fp8),
        cmocka_unit_test(test_roofline), cmocka_unit_test(test_fusion),
        cmocka_unit_test(test_states),
    };
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, el_catalog_setup, el_catalog_teardown);
}
