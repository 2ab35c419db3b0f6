/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <string.h>

#include "app/explain.h"
#include "base/mem.h"
#include "io/explain_json.h"
#include "io/json.h"

static el_explain_ask usual(const char *model)
{
    el_explain_ask a = {.wish = {.model = model,
                                 .gpu = "h100-sxm5-80gb",
                                 .precision = "bfloat16",
                                 .engine = "vLLM",
                                 .clock_hz = EL_UNKNOWN,
                                 .cap_w = EL_UNKNOWN},
                        .point = {.tp = 1,
                                  .pp = 1,
                                  .ep = 1,
                                  .dp = 1,
                                  .batch = 1,
                                  .isl = 64,
                                  .osl = 16,
                                  .workload = -1},
                        .prefill = true,
                        .decode = true};

    return a;
}

static void open_ok(const el_explain_ask *ask, el_explain_state *s)
{
    el_error err;

    if (el_explain_open(ask, s, &err) != EL_OK)
        fail_msg("%s", err.message);
}

/* Rows and host add up; joules and seconds are those of el_analytic_pass. */
static void check_sums(const el_explain_state *s, const el_explain *e)
{
    const el_explanation *a = &s->answer;
    const el_analytic *m = s->analytic.analytic;
    double time = e->host_s, joules = e->host_j, flop = 0.0, idle;
    el_pass pass;

    for (size_t i = 0; i < e->n; i++) {
        const el_explain_row *r = &e->row[i];

        assert_true(r->time_s >= 0.0 && r->comm_s >= 0.0);
        time += r->time_s + r->comm_s;
        joules += r->energy_j + r->comm_j;
        flop += r->flop;
    }
    assert_close(time, e->time_s, 1e-12, 0.0);
    assert_close(joules, e->energy_j, 1e-9, 0.0);
    assert_close(flop, e->flop, 1e-12, 0.0);
    assert_true(e->roofline_s > 0.0 && e->roofline_s < e->time_s);
    el_analytic_pass(m, el_analytic_plan(m, &a->shard), &a->shard, e->requests,
                     e->query, e->context, &pass);
    assert_true(e->time_s > pass.time_s);
    idle = pass.weights_j + pass.kv_j + pass.compute_j + pass.comm_j;
    assert_close(e->energy_j, idle + e->idle_j, 1e-9, 0.0);
}

static void test_sums(void **state)
{
    static const char *const model[] = {"llama-3.1-8b", "qwen3-30b-a3b",
                                        "falcon-mamba-7b"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (int k = 0; k < 4; k++) {
            el_explain_ask ask = usual(model[i]);
            el_explain_state s;

            ask.point.tp = k % 2 ? 2 : 1;
            ask.point.pp = k / 2 ? 2 : 1;
            ask.point.batch = 1 + 15 * k;
            ask.point.isl = k == 3 ? 20000 : 700;
            ask.wish.engine = k == 2 ? "vLLM (eager)" : "vLLM";
            open_ok(&ask, &s);
            assert_int_equal(s.answer.n_phase, 2);
            check_sums(&s, &s.answer.phase[0]);
            check_sums(&s, &s.answer.phase[1]);
            el_explain_close(&s);
        }
    }
    assert_int_equal(el_mem_live(), 0);
}

/* A token costs two FLOP for each parameter that it meets. */
static void test_flop(void **state)
{
    static const char *const model[] = {"llama-3.1-8b", "llama-3.1-70b",
                                        "qwen3-30b-a3b"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        el_explain_ask ask = usual(model[i]);
        el_explain_state s;
        const el_explain *step;

        ask.prefill = false;
        open_ok(&ask, &s);
        step = &s.answer.phase[0];
        assert_false(step->prefill);
        assert_close(step->flop, 2.0 * s.analytic.arch.active_params, 0.02,
                     0.0);
        assert_close(step->tokens_per_s, 1.0 / step->time_s, 1e-12, 0.0);
        assert_close(step->j_per_token, step->energy_j, 1e-12, 0.0);
        el_explain_close(&s);
    }
}

/* A collective stands where a sharded axis was contracted, and nowhere on
 * one GPU. */
static void test_collectives(void **state)
{
    el_explain_ask ask = usual("llama-3.1-70b");
    el_explain_state s;

    (void)state;
    ask.prefill = false;
    open_ok(&ask, &s);
    assert_true(s.answer.phase[0].comm_s == 0.0);
    el_explain_close(&s);
    ask.point.tp = 8;
    open_ok(&ask, &s);
    for (size_t i = 0; i < s.answer.phase[0].n; i++) {
        const el_explain_row *r = &s.answer.phase[0].row[i];

        if (strcmp(r->op.label, "Down") != 0)
            continue;
        assert_int_equal(r->op.comm, EL_COMM_ALL_REDUCE);
        assert_true(r->comm_s > 0.0 && r->comm_j > 0.0);
        assert_int_equal(r->bound, EL_BOUND_MEMORY);
    }
    el_explain_close(&s);
}

static void test_memory(void **state)
{
    el_explain_ask ask = usual("llama-3.1-70b");
    el_explain_state s;

    (void)state;
    open_ok(&ask, &s);
    assert_false(s.answer.fits);
    assert_close(s.answer.fits_tp, 2.0, 0.0, 0.0);
    assert_close(s.answer.weight_bytes, 2 * 70.55e9, 0.01, 0.0);
    el_explain_close(&s);
    ask.point.tp = 2;
    open_ok(&ask, &s);
    assert_true(s.answer.fits);
    assert_false(el_is_known(s.answer.fits_tp));
    el_explain_close(&s);
}

static const el_what_if *change_of(const el_explain_state *s, const char *name)
{
    for (size_t i = 0; i < s->answer.n_what_if; i++)
        if (strcmp(s->answer.what_if[i].change, name) == 0)
            return &s->answer.what_if[i];
    fail_msg("no \"%s\"", name);
    return NULL;
}

static void test_what_if(void **state)
{
    el_explain_ask ask = usual("llama-3.1-70b");
    double last = INFINITY;
    const el_what_if *w;
    el_explain_state s;

    (void)state;
    ask.what_if = true;
    ask.point.tp = 8;
    ask.point.batch = 16;
    open_ok(&ask, &s);
    assert_int_equal(s.answer.n_what_if, 15);
    for (size_t i = 0; i < s.answer.n_what_if; i++) {
        w = &s.answer.what_if[i];
        assert_true(w->saved_j_per_token <= last);
        last = w->saved_j_per_token;
        assert_close(w->saved_j_per_token + w->j_per_token,
                     s.answer.prediction.energy_per_output_token_j, 1e-12, 0);
        /* the band holds the value, on its side of 0 */
        assert_true(w->saved_j_per_token * w->saved_lo_j >= 0.0);
        assert_true(fabs(w->saved_lo_j) <= fabs(w->saved_j_per_token) &&
                    fabs(w->saved_j_per_token) <= fabs(w->saved_hi_j));
    }
    w = change_of(&s, "fp8 weights");
    assert_true(w->saved_j_per_token > 0.0 && w->saved_tpot_s > 0.0);
    w = change_of(&s, "fp8 KV cache");
    assert_true(w->saved_j_per_token > 0.0 && w->saved_tpot_s > 0.0);
    w = change_of(&s, "no fused kernels");
    assert_true(w->saved_j_per_token <= 0.0 && w->saved_tpot_s <= 0.0);
    w = change_of(&s, "batch 32 instead of 16");
    assert_true(w->saved_j_per_token > 0.0 && w->saved_tpot_s < 0.0);
    w = change_of(&s, "power limit 490 W instead of 700");
    assert_true(w->saved_tpot_s <= 0.0 && w->saved_ttft_s <= 0.0);
    el_explain_close(&s);
}

/* Overlap is what the engine would do; alone with prompts, decoding stays. */
static void test_overlap(void **state)
{
    static const char *const name[] = {"overlap 4x1", "overlap 4x4",
                                       "overlap 4x16"};
    el_explain_ask ask = usual("llama-3.1-70b"), with = ask;
    el_explain_state s, t;
    char both[64];

    (void)state;
    ask.what_if = true;
    ask.point.tp = with.point.tp = 4;
    ask.point.isl = with.point.isl = 4000;
    with.wish.overlap_stages = 4;
    open_ok(&ask, &s);
    for (int i = 0; i < 3; i++) {
        const el_what_if *w = change_of(&s, name[i]), *d;

        (void)snprintf(both, sizeof both, "%s, decode too", name[i]);
        d = change_of(&s, both);
        with.wish.overlap_sm = 1 << 2 * i;
        open_ok(&with, &t);
        assert_close(d->j_per_token,
                     t.answer.prediction.energy_per_output_token_j, 1e-12, 0);
        assert_close(d->tpot_s, t.answer.prediction.tpot_s, 1e-12, 0);
        assert_close(w->ttft_s, t.answer.prediction.ttft_s, 1e-12, 0);
        assert_close(w->saved_tpot_s, 0, 0, 0);
        assert_close(16 * w->j_per_token,
                     t.answer.prediction.prefill_energy_j +
                         s.answer.prediction.decode_energy_j,
                     1e-9, 0);
        el_explain_close(&t);
    }
    el_explain_close(&s);
    ask.point.tp = 1; /* nothing on the wire */
    open_ok(&ask, &s);
    for (size_t i = 0; i < s.answer.n_what_if; i++)
        assert_null(strstr(s.answer.what_if[i].change, "overlap"));
    el_explain_close(&s);
}

/* Packed experts would grow: nothing to offer. */
static void test_packed_already(void **state)
{
    el_explain_ask ask = usual("gpt-oss-20b");
    el_explain_state s;

    (void)state;
    ask.what_if = true;
    open_ok(&ask, &s);
    assert_true(s.answer.weight_bits < 6.0);
    for (size_t i = 0; i < s.answer.n_what_if; i++)
        assert_string_not_equal(s.answer.what_if[i].change, "fp8 weights");
    el_explain_close(&s);
}

static void refused(el_explain_ask ask, el_status want, const char *what)
{
    el_explain_state s;
    el_error err = {0};

    assert_int_equal(el_explain_open(&ask, &s, &err), want);
    if (!strstr(err.message, what))
        fail_msg("\"%s\" lacks \"%s\"", err.message, what);
    assert_int_equal(el_mem_live(), 0);
}

static void test_refused(void **state)
{
    el_explain_ask ask = usual("llama-3.1-8b");

    (void)state;
    ask.wish.model = "llama-3.1-8c";
    refused(ask, EL_E_DATA, "llama-3.1-8b");
    ask = usual("llama-3.1-8b");
    ask.wish.gpu = "h101";
    refused(ask, EL_E_DATA, "h100-sxm5-80gb");
    ask = usual("llama-3.1-8b");
    ask.point.tp = 3;
    refused(ask, EL_E_DATA, "not divisible by tp 3");
    ask = usual("llama-3.1-8b");
    ask.wish.precision = "fp9";
    refused(ask, EL_E_ARG, "fp9");
    ask = usual("./nowhere/config.json");
    refused(ask, EL_E_IO, "nowhere");
}

static void test_out_of_memory(void **state)
{
    el_explain_ask ask = usual("llama-3.1-8b");
    el_explain_state s;
    el_status st;
    long k = 0;

    (void)state;
    ask.what_if = true;
    ask.catalog_dir = NULL;
    do {
        el_mem_fail_at(k);
        st = el_explain_open(&ask, &s, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_explain_close(&s);
        else
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
        /* the catalogue alone allocates thousands of times */
        k += k < 8 ? 1 : 1 + k / 8;
    } while (st != EL_OK && k < 100000000);
    assert_int_equal(st, EL_OK);
}

/* Composed, parsed and lowered again it is the same network. */
static void test_arch_text(void **state)
{
    el_explain_ask ask = usual("qwen3-30b-a3b");
    el_buf text = {0};
    el_graph *graph = NULL;

    (void)state;
    assert_int_equal(el_explain_arch(&ask, &text, NULL), EL_OK);
    assert_non_null(strstr(el_buf_text(&text), "kind=moe"));
    assert_int_equal(
        el_graph_parse(el_buf_text(&text), text.len, "text", &graph, NULL),
        EL_OK);
    el_graph_free(graph);
    el_buf_clear(&text);
    ask.wish.model = "nosuch";
    assert_int_equal(el_explain_arch(&ask, &text, NULL), EL_E_DATA);
    ask.wish.model = "./nosuch.json";
    assert_int_equal(el_explain_arch(&ask, &text, NULL), EL_E_IO);
    ask.wish.arch_path = "./nosuch.ein";
    assert_int_equal(el_explain_arch(&ask, &text, NULL), EL_E_IO);
    assert_int_equal(el_mem_live(), 0);
}

static void test_json(void **state)
{
    el_explain_ask ask = usual("qwen3-30b-a3b");
    el_explain_state s;
    json_t *doc, *phase;

    (void)state;
    ask.what_if = true;
    ask.point.tp = 2;
    open_ok(&ask, &s);
    doc = el_explain_json(&s.answer);
    assert_non_null(doc);
    phase = json_array_get(json_object_get(doc, "phases"), 1);
    assert_string_equal(json_string_value(json_object_get(phase, "phase")),
                        "decode");
    assert_close(json_number_value(json_object_get(phase, "time_s")),
                 s.answer.phase[1].time_s, 0.0, 0.0);
    assert_int_equal(json_array_size(json_object_get(phase, "operators")),
                     s.answer.phase[1].n);
    json_decref(doc);
    el_explain_close(&s);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(el_bound_name(EL_BOUND_LAUNCH), "launch");
    assert_string_equal(el_op_kind_name(EL_OP_COMM), "comm");
    assert_string_equal(el_comm_kind_name(EL_COMM_SEND), "send");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_flop),
        cmocka_unit_test(test_collectives),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_what_if),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_arch_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_packed_already),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
