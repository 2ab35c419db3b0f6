/* SPDX-License-Identifier: Apache-2.0 */
/* Images before a prompt: what they add, where they may stand, what is
 * assumed of a workload's label. */
#include "el_catalog_sample.h"
#include "el_oom.h"

#include <string.h>

#include "app/analytic.h"
#include "app/explain.h"
#include "model/analytic_terms.h"

static el_analytic_wish wish_of(const char *model)
{
    return (el_analytic_wish){.model = model,
                              .gpu = "h100-sxm5-80gb",
                              .clock_hz = EL_UNKNOWN,
                              .cap_w = EL_UNKNOWN};
}

static el_point point_of(double tp, double batch, double isl)
{
    return (el_point){.tp = tp,
                      .pp = 1,
                      .ep = 1,
                      .dp = 1,
                      .batch = batch,
                      .isl = isl,
                      .osl = 100,
                      .workload = -1};
}

static void open_model(const char *model, double tp, el_analytic_state *s)
{
    el_analytic_wish wish = wish_of(model);
    el_shard shard = {.tp = tp, .pp = 1, .ep = 1, .cp = 1};
    el_error err = {0};

    if (el_analytic_open(catalog, &wish, s, &err) != EL_OK ||
        el_analytic_prepare(s->analytic, &shard, &err) != EL_OK)
        fail_msg("%s: %s", model, err.message);
}

static el_prediction predict(const el_analytic_state *s, el_point p,
                             const char *workload)
{
    el_prediction out;
    el_error err = {0};

    if (el_analytic_predict(s->analytic, &p, workload, p.batch, &out, &err) !=
        EL_OK)
        fail_msg("%s", err.message);
    return out;
}

static double term_of(const el_prediction *p, const char *name)
{
    for (size_t i = 0; i < p->terms.n; i++)
        if (strcmp(p->terms.term[i].name, name) == 0)
            return p->terms.term[i].value;
    return 0;
}

/* The tower's FLOP by hand: SigLIP of Qwen3-VL, 27 layers of 1152 with an MLP
 * of 4304, 4,096 patches; attention 4 n^2 h, all see all. */
static void work_by_hand(void **state)
{
    const double h = 1152, f = 4304, n = 4096, to = 4096;
    double layer = 2 * n * (4 * h * h + 2 * h * f) + 4 * n * n * h;
    double ends = 2 * n * (768 * h + h * 4 * h + h * to);
    el_sight sight = {.n = 1, .one = {1, n, 1024}};
    el_shard one = {.tp = 1, .pp = 1, .ep = 1, .cp = 1};
    el_analytic_state s;
    el_pass pass;

    (void)state;
    open_model("qwen3-vl-8b", 1, &s);
    el_sight_pass(s.analytic, &one, &sight, 3, 8192, &pass);
    assert_close(pass.flop, 3 * (27 * layer + ends), 0.03, 0);
    assert_true(pass.flop > 3 * (27 * layer + ends));
    /* a fifth to two thirds of the peak */
    assert_true(pass.time_s > pass.flop / 989e12 / 0.67);
    assert_true(pass.time_s < pass.flop / 989e12 / 0.2);
    el_analytic_close(&s);
}

/* Images cost their pass and their tokens; nothing else moves. */
static void add_to_the_prompt(void **state)
{
    el_point text = point_of(2, 4, 2000), two = text, longer = text;
    el_prediction a, b, c;
    el_analytic_state s;

    (void)state;
    open_model("qwen3-vl-8b", 2, &s);
    two.images.n = 1;
    a = predict(&s, text, "");
    b = predict(&s, two, "");
    assert_close(a.tpot_s, b.tpot_s, 0, 0);
    assert_close(a.decode_energy_j, b.decode_energy_j, 0, 0);
    assert_close(term_of(&a, "vision"), 0, 0, 0);
    assert_true(term_of(&b, "vision") > 0);
    assert_close(term_of(&a, "prefill"), term_of(&b, "prefill"), 1e-12, 0);
    assert_true(b.ttft_s > a.ttft_s);
    assert_true(b.prefill_energy_j >
                a.prefill_energy_j + term_of(&b, "vision"));
    /* causes add up */
    c = b;
    for (size_t i = 0; i < c.terms.n; i++)
        c.energy_per_request_j -= c.terms.term[i].value;
    assert_close(c.energy_per_request_j / b.energy_per_request_j, 0, 0, 1e-12);
    /* four times the pixels, four times the tokens: more than four times the
     * work; two images twice */
    longer.isl = 5000;
    longer.images = (el_images){.n = 1, .width_px = 2048, .height_px = 2048};
    c = predict(&s, longer, "");
    assert_true(term_of(&c, "vision") > 4 * term_of(&b, "vision"));
    longer.images = (el_images){.n = 2};
    c = predict(&s, longer, "");
    assert_close(term_of(&c, "vision"), 2 * term_of(&b, "vision"), 0.1, 0);
    /* known tokens of images in place of their number */
    longer.images = (el_images){.tokens = 2048};
    assert_close(predict(&s, longer, "").ttft_s, c.ttft_s, 1e-12, 0);
    el_analytic_close(&s);
}

static void from_the_label(void **state)
{
    static const struct {
        const char *model, *label;
        double n, joins;
    } want[] = {{"qwen3-vl-8b", "image-chat", 1, 768},
                {"qwen3-vl-8b", "video-chat", 2, 2 * 220},
                {"qwen2.5-vl-7b", "video-chat", 16, 16 * 23 * 13},
                {"qwen3-vl-8b", "lm-arena-chat", 0, 0},
                {"gemma-3-12b", "image-chat", 1, 256},
                {"gemma-3-12b", "video-chat", 32, 32 * 256},
                {"llama-4-scout-17b-16e", "image-chat", 1, 13 * 144},
                {"llama-3.2-11b-vision", "image-chat", 1, 0},
                {"llama-3-8b", "image-chat", 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        el_analytic_wish wish = wish_of(want[i].model);
        el_point p = point_of(1, 1, EL_UNKNOWN);
        el_analytic_state s;
        el_sight sight;

        assert_int_equal(el_analytic_open(catalog, &wish, &s, NULL), EL_OK);
        assert_int_equal(el_sight_of(&s.arch, &p, want[i].label, &sight, NULL),
                         EL_OK);
        assert_close(sight.n, want[i].n, 0, 0);
        assert_close(sight.joins, want[i].joins, 0, 0);
        assert_int_equal(sight.assumed, want[i].n > 0);
        el_analytic_close(&s);
    }
}

static void unknown_prompts(void **state)
{
    el_point p = point_of(1, 1, EL_UNKNOWN), known = point_of(1, 1, 256 + 768);
    el_prediction a, b;
    el_analytic_state s;
    el_sight sight;

    (void)state;
    open_model("qwen3-vl-8b", 1, &s);
    known.images = (el_images){1, 1024, 768, 0};
    a = predict(&s, p, "image-chat");
    b = predict(&s, known, "image-chat");
    assert_close(a.energy_per_request_j, b.energy_per_request_j, 1e-12, 0);
    assert_string_equal(a.note, "prompts assumed: 1 image, 768 of 1024 tokens");
    assert_string_equal(b.note, "");
    /* no more tokens of images than the prompt has */
    known = point_of(1, 1, 384);
    assert_int_equal(el_sight_of(&s.arch, &known, "image-chat", &sight, NULL),
                     EL_OK);
    assert_close(sight.n, 0.5, 0, 0);
    assert_close(sight.joins, 384, 0, 0);
    el_analytic_close(&s);
}

static void refusals(void **state)
{
    el_point p = point_of(1, 1, 1024);
    el_error err = {0};
    el_prediction out = {.energy_j = -1};
    el_analytic_state s;

    (void)state;
    p.images.n = 1;
    open_model("qwen3-vl-8b", 1, &s);
    assert_int_equal(el_analytic_predict(s.analytic, &p, "", 1, &out, &err),
                     EL_E_DATA);
    assert_string_equal(err.message, "isl: 1024 tokens hold no prompt beside "
                                     "the 1024 of 1 image");
    assert_close(out.energy_j, -1, 0, 0);
    assert_int_equal(el_analytic_set_tower(s.analytic, NULL, &err), EL_E_ARG);
    assert_int_equal(el_analytic_set_tower(s.analytic, s.tower, &err),
                     EL_E_ARG);
    el_analytic_close(&s);
    open_model("llama-3-8b", 1, &s);
    assert_int_equal(el_analytic_predict(s.analytic, &p, "", 1, &out, &err),
                     EL_E_DATA);
    assert_string_equal(err.message, "Llama 3 8B takes no images");
    assert_null(el_analytic_tower(s.analytic));
    el_analytic_close(&s);
}

/* Another device with the same plans has the tower too. */
static void shared(void **state)
{
    el_point p = point_of(1, 1, 2000);
    el_analytic *other = NULL;
    el_prediction a, b;
    el_analytic_state s;

    (void)state;
    open_model("qwen3-vl-8b", 1, &s);
    p.images.n = 1;
    assert_int_equal(
        el_analytic_share(s.analytic, &s.device, &s.engine, &other, NULL),
        EL_OK);
    a = predict(&s, p, "");
    assert_int_equal(el_analytic_predict(other, &p, "", 1, &b, NULL), EL_OK);
    assert_close(a.energy_per_request_j, b.energy_per_request_j, 0, 0);
    el_analytic_free(other);
    el_analytic_close(&s);
}

/* A table of its own, which adds up to what the prediction has. */
static void explained(void **state)
{
    el_explain_ask ask = {.wish = wish_of("qwen3-vl-8b"),
                          .point = point_of(1, 1, 2000),
                          .prefill = true};
    el_explain_state e;
    const el_explain *v;
    double sum = 0, joules;

    (void)state;
    ask.point.images.n = 1;
    assert_int_equal(el_explain_open(&ask, &e, NULL), EL_OK);
    assert_int_equal(e.answer.n_phase, 2);
    v = &e.answer.phase[0];
    assert_true(v->vision && v->prefill && !e.answer.phase[1].vision);
    assert_close(v->tokens, 1024, 0, 0);
    assert_close(v->query, 4096, 0, 0);
    for (size_t i = 0; i < v->n; i++)
        sum += v->row[i].time_s + v->row[i].comm_s;
    assert_close(sum + v->host_s, v->time_s, 1e-12, 0);
    joules = term_of(&e.answer.prediction, "vision");
    assert_close(v->energy_j - v->idle_j, joules, 1e-9, 0);
    el_explain_close(&e);
}

static el_status open_and_share(void)
{
    el_analytic_wish wish = wish_of("llama-3.2-11b-vision");
    el_shard shard = {.tp = 2, .pp = 1, .ep = 1, .cp = 1};
    el_analytic *other = NULL;
    el_analytic_state s;
    el_status st = el_analytic_open(catalog, &wish, &s, NULL);

    if (st != EL_OK)
        return st;
    st = el_analytic_prepare(s.analytic, &shard, NULL);
    if (st == EL_OK)
        st = el_analytic_share(s.analytic, &s.device, &s.engine, &other, NULL);
    assert_int_equal(st == EL_OK, other != NULL);
    el_analytic_free(other);
    el_analytic_close(&s);
    return st;
}

static void out_of_memory(void **state)
{
    (void)state;
    el_test_oom(open_and_share, 20, 4000);
}

/* Llama 3.2 Vision: 8 of 40 layers attend to the image, and are skipped where
 * there is none; in memory they are all the same. */
static void layers_for_images(void **state)
{
    el_point text = point_of(1, 1, 500), seeing = text;
    el_shard one = {.tp = 1, .pp = 1, .ep = 1, .cp = 1}, sees = one;
    const el_plan *with, *without;
    el_analytic_state s;
    el_pass a, b;

    (void)state;
    open_model("llama-3.2-11b-vision", 1, &s);
    sees.images = true;
    with = el_analytic_plan(s.analytic, &sees);
    without = el_analytic_plan(s.analytic, &one);
    assert_non_null(with);
    assert_close(el_plan_weight_bytes(with), el_plan_weight_bytes(without), 0,
                 0);
    assert_close(el_plan_weight_bytes(with), s.arch.weight_bytes, 1e-3, 0);
    assert_close(el_plan_cache_bytes(with, 100) -
                     el_plan_cache_bytes(without, 100),
                 s.arch.kv_bytes_per_image, 1e-9, 0);
    el_analytic_pass(s.analytic, without, &one, 1, 1, 500, &a);
    el_analytic_pass(s.analytic, with, &sees, 1, 1, 500, &b);
    /* 32 of 40 layers, and the logits in both */
    assert_close(a.bytes / b.bytes, 0.82, 0.03, 0);
    seeing.images.n = 1;
    assert_true(predict(&s, seeing, "").tpot_s > predict(&s, text, "").tpot_s);
    el_analytic_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_by_hand),   cmocka_unit_test(add_to_the_prompt),
        cmocka_unit_test(from_the_label), cmocka_unit_test(unknown_prompts),
        cmocka_unit_test(refusals),       cmocka_unit_test(shared),
        cmocka_unit_test(explained),      cmocka_unit_test(layers_for_images),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, el_catalog_setup, el_catalog_teardown);
}
