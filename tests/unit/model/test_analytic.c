/* SPDX-License-Identifier: Apache-2.0 */
/* The analytic model: engines, shardings, both phases, what they add up to. */
#include "el_analytic_sample.h"

#include <string.h>

#include "base/mem.h"
#include "model/analytic_terms.h"
#include "model/waves.h"

static void test_engines(void **state)
{
    static const struct {
        const char *name, *is;
        bool eager, aligned;
    } cases[] = {
        {"vLLM (eager)", "vLLM (eager)", true, false},
        {"VLLM (EAGER) 0.6", "vLLM (eager)", true, false},
        {"vLLM", "vLLM", false, false},
        {"HF Transformers", "HF", true, false},
        {"SGLang", "SGLang", false, false},
        {"vLLM 0.15.1", "vLLM", false, false},
        {"vllm 0.10.2", "vLLM 0.13", false, false},
        {"vllm 0.11", "vLLM 0.13", false, true},
        {"vLLM 0.11.1 async", "vLLM", false, true},
        {"vLLM 0.14.0", "vLLM", false, true},
        {"async", "vLLM", false, false},
        {"vLLM(2023)/HF", "vLLM 0.13", false, false},
        {"vLLM v1", "vLLM", false, false},
        {"TensorRT-LLM", "TensorRT", false, false},
        {"llama.cpp with a long name, longer than 32", "vLLM", false, false},
        {"", "vLLM", false, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        el_engine e = el_engine_find(cases[i].name);
        assert_string_equal(e.name, cases[i].is);
        assert_int_equal(e.eager, cases[i].eager);
        assert_int_equal(e.aligned, cases[i].aligned);
        assert_true(e.step_s > 0 && e.request_step_s > 0 && e.chunk_tokens > 0);
    }
}

static void test_facts(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_gpu gpu = el_sample_h100();
    el_facts f;

    (void)state;
    el_facts_from_arch(&a, &gpu, &f);
    assert_int_equal(f.arch, EL_ARCH_DENSE);
    assert_close(f.layers, 80, 0, 0);
    assert_close(f.params, 70.55e9, 1e-3, 0);
    assert_close(f.dense_bytes, a.weight_bytes, 0, 0);
    assert_close(f.expert_bytes, 0, 0, 0);
    assert_close(f.gpu_idle_w, 121.6, 0, 0); /* with a context */
    assert_close(f.kv_bytes_per_token, 80 * 2 * 8 * 128 * 2, 0, 0);
    gpu.idle_context_w = EL_UNKNOWN;
    el_facts_from_arch(&a, &gpu, &f);
    assert_close(f.gpu_idle_w, 71.8, 0, 0);
    a.state_bytes = 1;
    a.generic = true;
    el_facts_from_arch(&a, &gpu, &f);
    assert_int_equal(f.arch, EL_ARCH_SSM);
    assert_close(f.estimated, 1, 0, 0);
}

static void test_facts_of_experts(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_gpu gpu = el_sample_h100();
    el_facts f;

    (void)state;
    a.experts = 8;
    a.top_k = 2;
    a.moe_intermediate = 14336;
    a.block[0].ffn = EL_FFN_MOE;
    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    el_facts_from_arch(&a, &gpu, &f);
    assert_int_equal(f.arch, EL_ARCH_MOE);
    assert_close(f.expert_bytes, 80.0 * 8 * 3 * 8192 * 14336 * 2, 1e-6, 0);
    assert_close(f.dense_bytes + f.expert_bytes, a.weight_bytes, 1e-12, 0);
}

static void test_new_refuses(void **state)
{
    el_graph *g = el_sample_graph(el_llama);
    el_arch_desc a = el_sample_arch(80);
    el_device d = el_sample_device(el_sample_a100());
    el_engine e = el_engine_find("vLLM");
    el_analytic *out = NULL;
    el_error err;

    (void)state;
    assert_int_equal(el_analytic_new(NULL, &a, &d, &e, &out, &err), EL_E_ARG);
    assert_int_equal(el_analytic_new(g, NULL, &d, &e, &out, &err), EL_E_ARG);
    assert_int_equal(el_analytic_new(g, &a, NULL, &e, &out, &err), EL_E_ARG);
    assert_int_equal(el_analytic_new(g, &a, &d, NULL, &out, &err), EL_E_ARG);
    assert_int_equal(el_analytic_new(g, &a, &d, &e, NULL, &err), EL_E_ARG);
    assert_null(out);
    el_analytic_free(NULL);
    el_graph_free(g);
}

static void test_prepare(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_a100(), "vLLM");
    el_shard shard = el_sample_shard(4, 1, 1), odd = el_sample_shard(3, 1, 1);
    const el_plan *plan;
    el_error err = {0};

    (void)state;
    assert_null(el_analytic_plan(s.analytic, &shard));
    assert_int_equal(el_analytic_prepare(s.analytic, &shard, &err), EL_OK);
    plan = el_analytic_plan(s.analytic, &shard);
    assert_non_null(plan);
    assert_close(el_plan_gpus(plan), 4, 0, 0);
    assert_int_equal(el_analytic_prepare(s.analytic, &shard, &err), EL_OK);
    assert_ptr_equal(el_analytic_plan(s.analytic, &shard), plan);
    shard.unfused = true; /* another plan */
    assert_null(el_analytic_plan(s.analytic, &shard));

    assert_int_equal(el_analytic_prepare(s.analytic, &odd, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "3"));
    assert_null(el_analytic_plan(s.analytic, &odd));
    el_sample_close(&s);
}

static void test_not_prepared(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_a100(), "vLLM");
    el_point point = el_sample_point(2, 4, 100, 100);
    el_prediction p = {.energy_j = -1};
    el_error err = {0};

    (void)state;
    assert_int_equal(el_analytic_predict(s.analytic, &point, "", 4, &p, &err),
                     EL_E_DATA);
    assert_string_equal(err.message,
                        "analytic: tp 2 pp 1 ep 1 was not prepared");
    assert_close(p.energy_j, -1, 0, 0);
    el_sample_close(&s);
}

static double terms_sum(const el_terms *t)
{
    double sum = 0.0;

    for (size_t i = 0; i < t->n; i++)
        sum += t->term[i].value;
    return sum;
}

static double term_of(const el_terms *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->term[i].name, name) == 0)
            return t->term[i].value;
    }
    return EL_UNKNOWN;
}

static void test_adds_up(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_a100(), "vLLM");

    (void)state;
    for (int steady = 0; steady < 2; steady++) {
        el_point point = el_sample_point(4, 8, 1000, 200);
        el_prediction p;

        point.steady = steady;
        p = el_sample_predict(&s, point);
        assert_close(terms_sum(&p.terms), p.energy_per_request_j, 1e-12, 0);
        assert_close(p.prefill_energy_j + p.decode_energy_j,
                     p.energy_per_request_j, 1e-12, 0);
        assert_close(p.terms.prefill, p.prefill_energy_j, 0, 0);
        assert_close(p.terms.decode, p.decode_energy_j, 0, 0);
        assert_close(p.energy_per_output_token_j * 200, p.energy_per_request_j,
                     1e-12, 0);
        assert_close(p.energy_j, p.energy_per_request_j * 8, 1e-12, 0);
        assert_close(p.latency_s, p.ttft_s + 199 * p.tpot_s, 1e-12, 0);
        /* steady: others' prompts count a little differently in latency */
        assert_close(p.avg_power_w, p.energy_per_request_j * 8 / p.latency_s,
                     steady ? 0.01 : 1e-12, 0);
        assert_int_equal(p.source, EL_SOURCE_MODELLED);
        assert_true(p.energy_per_request_lo_j < p.energy_per_request_j &&
                    p.energy_per_request_hi_j > p.energy_per_request_j);
        assert_true(p.ttft_lo_s < p.ttft_s && p.ttft_s < p.ttft_hi_s);
        assert_true(p.tpot_lo_s < p.tpot_s && p.tpot_s < p.tpot_hi_s);
        assert_close(log(p.energy_per_request_hi_j / p.energy_per_request_j),
                     1.6448536 * p.spread_ln, 1e-6, 0);
        assert_true(term_of(&p.terms, "communication") > 0);
    }
    el_sample_close(&s);
}

/* A prompt alone against a batch of them; batch size as set is not point's. */
static void test_steady(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM");
    el_point batch = el_sample_point(4, 16, 4000, 500), steady = batch;
    el_prediction one, many, flow;

    (void)state;
    steady.steady = true;
    many = el_sample_predict(&s, batch);
    flow = el_sample_predict(&s, steady);
    batch.batch = 1;
    one = el_sample_predict(&s, batch);
    assert_true(flow.ttft_s < many.ttft_s); /* the batch's prompts queue */
    assert_true(flow.ttft_s > one.ttft_s);  /* and the step under way */
    assert_true(flow.tpot_s > many.tpot_s); /* prompts hold decoding up */
    /* nearly the same work: long answers are met more often, prompts find
     * weights that are being read */
    assert_close(flow.energy_per_request_j, many.energy_per_request_j, 0.05, 0);
    assert_close(flow.latency_s, many.latency_s, 0.10, 0);
    steady.batch = 1;
    flow = el_sample_predict(&s, steady);
    /* nobody interferes; the answer in flight is likely a long one */
    assert_true(flow.tpot_s > one.tpot_s);
    assert_close(flow.tpot_s, one.tpot_s, 1e-3, 0);
    el_sample_close(&s);
}

static void test_unknown_prompt(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM");
    el_prediction known = el_sample_predict(&s, el_sample_point(4, 8, 256, 99));
    el_prediction p =
        el_sample_predict(&s, el_sample_point(4, 8, EL_UNKNOWN, 99));

    (void)state;
    assert_false(el_is_known(p.prefill_energy_j));
    assert_false(el_is_known(p.decode_energy_j));
    assert_false(el_is_known(p.terms.prefill));
    assert_false(el_is_known(p.terms.decode));
    /* the workload's usual prompt is counted, and doubted */
    assert_close(p.energy_per_request_j, known.energy_per_request_j, 1e-12, 0);
    assert_true(p.spread_ln > known.spread_ln);
    el_sample_close(&s);
}

static void test_bands(void **state)
{
    el_arch_desc a = el_sample_arch(80), moe = a, ssm = a, guess = a;
    const el_arch_desc *const arch[] = {&a, &moe, &ssm, &guess};
    double sd[4];

    (void)state;
    moe.experts = 8;
    ssm.state_bytes = 1e6;
    guess.generic = true;
    for (size_t i = 0; i < 4; i++) {
        el_analytic_sample s =
            el_sample_analytic(el_llama, arch[i], el_sample_a100(), "vLLM");
        sd[i] = el_sample_predict(&s, el_sample_point(4, 8, 256, 99)).spread_ln;
        el_sample_close(&s);
    }
    assert_true(sd[1] > sd[0] && sd[2] > sd[0] && sd[3] > sd[0]);
}

static void test_memory(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_a100(), "vLLM");
    el_prediction p = el_sample_predict(&s, el_sample_point(1, 1, 100, 100));

    (void)state;
    assert_true(p.does_not_fit); /* 137 GB of weights on 86 */
    assert_non_null(strstr(p.note, "does not fit: 13"));
    assert_non_null(strstr(p.note, "82.4 GB free"));
    p = el_sample_predict(&s, el_sample_point(4, 1, 100, 100));
    assert_false(p.does_not_fit);
    assert_string_equal(p.note, "");
    el_sample_close(&s);
}

/* Prompts so long that one at a time fits cost no less than shorter ones. */
static void test_one_at_a_time(void **state)
{
    static const double isl[] = {10000, 20000, 30000, 50000, 80000};
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_a100(), "vLLM");
    double before = 0.0;

    (void)state;
    for (size_t i = 0; i < sizeof isl / sizeof *isl; i++) {
        el_prediction p =
            el_sample_predict(&s, el_sample_point(2, 8, isl[i], 500));

        assert_false(p.does_not_fit);
        assert_true(p.decode_energy_j > before);
        before = p.decode_energy_j;
    }
    el_sample_close(&s);
}

/* Twice what the cache holds takes two turns, unless the flow is steady. */
static void test_waves(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_a100(), "vLLM");
    el_point point = el_sample_point(2, 8, 2000, 2000);
    el_shard shard = el_sample_shard(2, 1, 1);
    double room, waves, b;
    el_prediction few, many, steady;
    const el_plan *plan;

    (void)state;
    (void)el_sample_predict(&s, point); /* prepares */
    plan = el_analytic_plan(s.analytic, &shard);
    room = 0.9 * 0.985 * s.device.memory_bytes - el_plan_weight_bytes(plan) -
           1.2e9;
    b = floor(4 * room / (0.84 * el_plan_cache_bytes(plan, 4000)));
    waves = el_waves(0.84 * b * el_plan_cache_bytes(plan, 4000) / room);
    assert_close(waves, 4, 0.15, 0);
    point.batch = b;
    many = el_sample_predict(&s, point);
    /* each of the 4 turns decodes b/4 requests */
    point.batch = b / waves;
    few = el_sample_predict(&s, point);
    assert_close(many.tpot_s / waves, few.tpot_s, 0.1, 0);
    assert_close(many.decode_energy_j, few.decode_energy_j, 0.1, 0);
    point.batch = b;
    point.steady = true;
    steady = el_sample_predict(&s, point);
    assert_true(steady.decode_energy_j < many.decode_energy_j);
    el_sample_close(&s);
}

static void test_pipeline(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM");
    el_point flat = el_sample_point(4, 32, 4000, 200), piped = flat;
    el_prediction one, two, lone, lone_two;

    (void)state;
    piped.pp = 2;
    one = el_sample_predict(&s, flat);
    two = el_sample_predict(&s, piped);
    /* 16 prompts of a full chunk each: nearly twice as fast, a bubble */
    assert_true(two.ttft_s < 0.60 * one.ttft_s);
    assert_true(two.ttft_s > 0.50 * one.ttft_s);
    /* decoding reads every weight for each micro-batch */
    assert_true(two.tpot_s < one.tpot_s);
    assert_true(term_of(&two.terms, "weights") >
                1.5 * term_of(&one.terms, "weights"));
    assert_close(el_sample_predict(&s, piped).energy_per_request_j,
                 two.energy_per_request_j, 0, 0);
    /* a single request gains nothing, and two stages idle in turn */
    flat.batch = piped.batch = 1;
    lone = el_sample_predict(&s, flat);
    lone_two = el_sample_predict(&s, piped);
    assert_true(lone_two.tpot_s >= lone.tpot_s);
    assert_true(lone_two.energy_per_request_j > lone.energy_per_request_j);
    el_sample_close(&s);
}

/* Without graphs no step is faster than its launches. */
static void test_eager(void **state)
{
    el_arch_desc a = el_sample_arch(80);
    el_analytic_sample graphs =
        el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM");
    el_analytic_sample eager =
        el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM (eager)");
    el_point point = el_sample_point(8, 1, 100, 100);
    el_prediction fast = el_sample_predict(&graphs, point);
    el_prediction slow = el_sample_predict(&eager, point);

    (void)state;
    assert_true(slow.tpot_s > fast.tpot_s);
    assert_true(slow.energy_per_request_j > fast.energy_per_request_j);
    /* launches bound the step: more GPUs do not help */
    point.tp = 4;
    assert_true(el_sample_predict(&graphs, point).tpot_s > fast.tpot_s);
    el_sample_close(&graphs);
    el_sample_close(&eager);
}

/* What a kernel draws, at most up to the board's limit. */
static void test_serving_power(void **state)
{
    el_device d = el_sample_device(el_sample_h100());
    el_cost c = {.time_s = 1e-4, .energy_j = 0.02};

    (void)state;
    assert_close(el_op_serving_j(&d, &c), 0.02 + d.busy_w * 1e-4, 1e-12, 0);
    c.energy_j = (d.cap_w - d.idle_w) * 1e-4;
    assert_close(el_op_serving_j(&d, &c), c.energy_j, 1e-12, 0);
}

static void test_engine_step(void **state)
{
    el_engine now = el_engine_find("vLLM"), then = el_engine_find("vLLM 0.6");

    (void)state;
    /* work on the host hides behind the kernels, or they behind it */
    assert_close(el_engine_step_s(&now, 1.0, 64), 1.0 + now.step_s, 1e-12, 0);
    assert_close(el_engine_step_s(&now, 0.0, 64),
                 64 * now.request_step_s + now.step_s, 1e-12, 0);
    assert_close(el_engine_step_s(&then, 1.0, 64),
                 1.0 + 64 * then.request_step_s + then.step_s, 1e-12, 0);
}

/* A prompt that joins others' steps shares the weights that they read. */
static void test_prompt_joins(void **state)
{
    el_arch_desc a = el_sample_arch(32);
    el_analytic_sample s =
        el_sample_analytic(el_llama, &a, el_sample_h100(), "vLLM");
    el_point p = el_sample_point(4, 32, 256, 256);
    el_prediction alone, joined;

    (void)state;
    p.steady = true;
    p.batch = 1;
    alone = el_sample_predict(&s, p);
    p.batch = 32;
    joined = el_sample_predict(&s, p);
    assert_true(joined.prefill_energy_j < alone.prefill_energy_j);
    assert_true(joined.prefill_energy_j > 0.3 * alone.prefill_energy_j);
    el_sample_close(&s);
}

/* Experts logged as tp 1 ep N run their attention on the N GPUs too. */
static void test_expert_shard(void **state)
{
    el_point p = el_sample_point(1, 8, 100, 100);
    el_shard s;

    (void)state;
    p.ep = 4;
    s = el_point_shard(&p);
    assert_close(s.tp, 4, 0, 0);
    assert_close(s.ep, 4, 0, 0);
    p.dp = 4; /* attention data parallel: stays */
    s = el_point_shard(&p);
    assert_close(s.tp, 1, 0, 0);
    p = el_sample_point(8, 8, 100, 100);
    s = el_point_shard(&p);
    assert_close(s.tp, 8, 0, 0);
    assert_close(s.ep, 1, 0, 0);
}

static void test_experts(void **state)
{
    el_arch_desc a = el_sample_arch(48);
    el_analytic_sample s;
    el_point point = el_sample_point(1, 64, 500, 100);
    el_prediction one, four;

    (void)state;
    a.experts = 128;
    a.top_k = 8;
    s = el_sample_analytic(el_qwen_moe, &a, el_sample_h100(), "vLLM");
    one = el_sample_predict(&s, point);
    assert_close(term_of(&one.terms, "communication"), 0, 0, 0);
    point.ep = 4;
    four = el_sample_predict(&s, point);
    assert_true(four.tpot_s < one.tpot_s);
    assert_true(term_of(&four.terms, "communication") > 0);
    el_sample_close(&s);
}

static el_status make_and_prepare(const el_graph *g, const el_arch_desc *a,
                                  const el_device *d)
{
    el_engine e = el_engine_find("vLLM");
    el_analytic *out = NULL;
    el_error err;
    el_status st = el_analytic_new(g, a, d, &e, &out, &err);

    for (unsigned tp = 1; tp <= 8 && st == EL_OK; tp *= 2) {
        el_shard shard = el_sample_shard((double)tp, 1, 1);
        st = el_analytic_prepare(out, &shard, &err);
    }
    el_analytic_free(out);
    return st;
}

static void test_no_memory(void **state)
{
    el_graph *g = el_sample_graph(el_llama);
    el_arch_desc a = el_sample_arch(80);
    el_device d = el_sample_device(el_sample_a100());
    long live = el_mem_live();
    el_status st = EL_E_NOMEM;
    long k;

    (void)state;
    for (k = 0; st != EL_OK && k < 10000; k++) {
        el_mem_fail_at(k);
        st = make_and_prepare(g, &a, &d);
        el_mem_fail_at(-1);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_int_equal(el_mem_live(), live);
    }
    assert_int_equal(st, EL_OK);
    assert_true(k > 5);
    el_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engines),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_facts_of_experts),
        cmocka_unit_test(test_new_refuses),
        cmocka_unit_test(test_prepare),
        cmocka_unit_test(test_not_prepared),
        cmocka_unit_test(test_adds_up),
        cmocka_unit_test(test_steady),
        cmocka_unit_test(test_unknown_prompt),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_waves),
        cmocka_unit_test(test_pipeline),
        cmocka_unit_test(test_eager),
        cmocka_unit_test(test_serving_power),
        cmocka_unit_test(test_engine_step),
        cmocka_unit_test(test_prompt_joins),
        cmocka_unit_test(test_expert_shard),
        cmocka_unit_test(test_experts),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
