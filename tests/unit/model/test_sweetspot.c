/* SPDX-License-Identifier: Apache-2.0 */
/* SweetSpot's curve, its terms from a network's shape, and its forms. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "energylens/analytic.h"
#include "energylens/form.h"
#include "model/sweetspot.h"

/* Llama-3.2-1B as published (arXiv 2602.05695, Table 2). */
static const el_sweetspot llama1b = {{5.005153e-03, 1.079941e-07, 6.825240e-06,
                                      2.611042e-03, 3.852659e-06,
                                      5.406443e-01}};

static const el_llm llama = {.slug = "llama-3.2-1b",
                             .name = "Llama 3.2 1B",
                             .family = "llama",
                             .arch = EL_ARCH_DENSE,
                             .layers = 16,
                             .hidden = 2048,
                             .heads = 32,
                             .kv_heads = 8,
                             .head_dim = 64,
                             .attention_layers = 16,
                             .intermediate = 8192,
                             .mlp_matrices = 3,
                             .vocab = 128256,
                             .params = 1235814400,
                             .active_params = 1235812352,
                             .body_params = 973144064,
                             .kv_bytes_per_token = 32768,
                             .weight_bits = 16};

static const el_gpu h100 = {.slug = "h100",
                            .memory_bytes = 80.0 * 1073741824.0,
                            .mem_bw_bytes_s = 3.35e12,
                            .fp16_flop_s = 989e12,
                            .fp8_flop_s = 1979e12,
                            .fp4_flop_s = EL_UNKNOWN,
                            .tdp_w = 700,
                            .idle_w = 70,
                            .idle_context_w = 115};

/* 64, 128, ... 4096 for i < 7. */
static double octave(int i)
{
    return 64 * pow(2, i);
}

/* 64 ... 3,691 for i < 11. */
static double half_octave(int i)
{
    return 64 * pow(1.5, i);
}

static el_arch_desc shape(el_facts *facts)
{
    el_arch_desc arch;

    assert_int_equal(el_arch_from_llm(&llama, &arch, NULL), EL_OK);
    el_facts_from_arch(&arch, &h100, facts);
    return arch;
}

static void curve_and_optimum(void **state)
{
    el_sweetspot flat = {{1, 0, 0, 0, 0, 1}}, rising = {{1, 0, 0, 0, 1, 0}};

    (void)state;
    /* by hand: 5.0052 + 0.0035 + 0.4368 + 1.3055 + 0.4931 + 4.2238 mJ */
    assert_close(el_sweetspot_token_j(&llama1b, 64, 128), 0.0114679, 1e-5, 0);
    /* published: 64/429 */
    assert_close(el_sweetspot_best_osl(&llama1b, 64), 429, 0, 0.5);
    assert_true(isinf(el_sweetspot_best_osl(&flat, 64)));
    assert_close(el_sweetspot_best_osl(&rising, 64), 0, 0, 0);
}

static void terms_of_a_shape(void **state)
{
    el_facts facts;
    el_arch_desc arch = shape(&facts);
    double room = el_facts_kv_capacity(&facts, 1, 1) * 32768;
    double share = arch.weight_bytes / room;
    const double *c = el_sweetspot_h100;
    el_sweetspot s;

    (void)state;
    assert_int_equal(el_sweetspot_from_arch(&arch, &facts, &s, NULL), EL_OK);
    assert_close(s.t[0],
                 c[EL_COST_MADE] * 2 * (arch.body_params + 128256.0 * 2048) +
                     c[EL_COST_TOKEN],
                 1e-12, 0);
    assert_close(s.t[1], c[EL_COST_ATTENTION] * 2 * 16 * 32 * 64, 1e-12, 0);
    assert_close(s.t[2], c[EL_COST_BYTE] * 32768 * (1 + share), 1e-12, 0);
    assert_close(s.t[3], c[EL_COST_READ] * 2 * arch.body_params, 1e-12, 0);
    assert_close(s.t[4], c[EL_COST_BYTE] * 32768 * (0.5 + share), 1e-12, 0);
    assert_close(s.t[5], c[EL_COST_REQUEST], 1e-12, 0);
    /* and near the published curve */
    for (int i = 0; i < 49; i++) {
        double n = octave(i / 7), m = octave(i % 7);

        assert_close(el_sweetspot_token_j(&s, n, m),
                     el_sweetspot_token_j(&llama1b, n, m), 0.15, 0);
    }
}

/* Heads of 80 are handled as 96. */
static void odd_heads_cost_more(void **state)
{
    double count[EL_N_COSTS][EL_SWEETSPOT_TERMS];
    double odd[EL_N_COSTS][EL_SWEETSPOT_TERMS];
    el_facts facts;
    el_arch_desc arch = shape(&facts);

    (void)state;
    assert_int_equal(el_sweetspot_count(&arch, &facts, count, NULL), EL_OK);
    arch.head_dim = 80;
    assert_int_equal(el_sweetspot_count(&arch, &facts, odd, NULL), EL_OK);
    assert_close(odd[EL_COST_BYTE][2] - count[EL_COST_BYTE][2], 0.2 * 32768,
                 1e-9, 0);
    assert_close(odd[EL_COST_BYTE][4] - count[EL_COST_BYTE][4], 0.1 * 32768,
                 1e-9, 0);
}

static void refused(const el_arch_desc *arch, const el_facts *facts,
                    const char *why)
{
    el_sweetspot s = {{-1}};
    el_error err = {0};

    assert_int_equal(el_sweetspot_from_arch(arch, facts, &s, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, why));
    assert_close(s.t[0], -1, 0, 0);
}

static void shapes_without_constants(void **state)
{
    el_facts facts;
    el_arch_desc arch = shape(&facts), other = arch;
    el_facts small = facts;
    el_sweetspot s;

    (void)state;
    other.experts = 8;
    refused(&other, &facts, "experts");
    other = arch;
    other.block[0].mixer = EL_MIXER_SSM;
    refused(&other, &facts, "attention");
    other = arch;
    other.weight_bits = 8;
    refused(&other, &facts, "quantised");
    small.gpu_memory_bytes = 4e9;
    refused(&arch, &small, "no room");
    assert_int_equal(el_sweetspot_from_arch(NULL, &facts, &s, NULL), EL_E_ARG);
    assert_int_equal(el_sweetspot_from_arch(&arch, NULL, &s, NULL), EL_E_ARG);
    assert_int_equal(el_sweetspot_from_arch(&arch, &facts, NULL, NULL),
                     EL_E_ARG);
}

/* --- the forms ------------------------------------------------------------ */

#define MAX_ROWS 64

typedef struct rows {
    el_facts facts;
    el_point point[MAX_ROWS];
    double y[MAX_ROWS];
    size_t n;
} rows;

static void add(rows *r, double n, double m, double batch)
{
    r->point[r->n] = (el_point){.tp = 1,
                                .pp = 1,
                                .ep = 1,
                                .dp = 1,
                                .batch = batch,
                                .isl = n,
                                .osl = m,
                                .workload = -1};
    r->y[r->n++] =
        batch * m * el_sweetspot_token_j(&llama1b, el_is_known(n) ? n : 0.0, m);
}

static el_status fit(const char *form, const rows *r, bool no_prompts,
                     el_model *model, el_error *err)
{
    static const char label[1][EL_LABEL_LEN] = {"chat"};
    el_fit_data data = {.target = EL_TARGET_ENERGY,
                        .facts = &r->facts,
                        .point = r->point,
                        .y = r->y,
                        .n = r->n,
                        .prompts_unknown = no_prompts,
                        .n_workload = 1,
                        .workload = label};

    return el_form_fit(el_form_find(form), &data, model, err);
}

static void recovers_coefficients(void **state)
{
    rows r = {.n = 0};
    el_model m;

    (void)state;
    for (int i = 0; i < 49; i++)
        add(&r, octave(i / 7), octave(i % 7), 4);
    assert_int_equal(fit("sweetspot", &r, false, &m, NULL), EL_OK);
    assert_int_equal(m.n_param, 6);
    for (size_t k = 0; k < 6; k++) /* the ridge of linear.c: 1e-6 */
        assert_close(m.param[k], llama1b.t[k], 1e-4, 0);
    assert_int_equal(fit("sweetspot5", &r, false, &m, NULL), EL_OK);
    assert_int_equal(m.n_param, 5);
    for (size_t k = 0; k < 5; k++)
        assert_true(m.param[k] >= 0);
}

static void names_what_it_cannot_tell(const rows *r, const char *form,
                                      const char *names)
{
    el_model m = {.n_param = 99};
    el_error err = {0};

    assert_int_equal(fit(form, r, false, &m, &err), EL_E_DATA);
    if (!strstr(err.message, names))
        fail_msg("\"%s\" not in: %s", names, err.message);
    assert_int_equal(m.n_param, 99);
}

static void grids_that_identify_nothing(void **state)
{
    rows one_n = {.n = 0}, one_m = {.n = 0}, few = {.n = 0}, same = {.n = 0};

    (void)state;
    for (int i = 0; i < 11; i++)
        add(&one_n, 128, half_octave(i), 1);
    names_what_it_cannot_tell(&one_n, "sweetspot", "t0, t1, t2, t3, t5");
    names_what_it_cannot_tell(&one_n, "sweetspot5", "t0, t1, t2, t3");
    for (int i = 0; i < 11; i++)
        add(&one_m, half_octave(i), 128, 1);
    names_what_it_cannot_tell(&one_m, "sweetspot", "t0, t2, t3, t4, t5");
    for (int i = 0; i < 5; i++)
        add(&few, octave(i), octave(4 - i), 1);
    names_what_it_cannot_tell(&few, "sweetspot", "5 rows for 6 terms");
    for (int i = 0; i < 11; i++) /* m = n: n^2/m = n = m */
        add(&same, half_octave(i), half_octave(i), 1);
    names_what_it_cannot_tell(&same, "sweetspot", "t0, t1, t2, t3, t4");
}

/* Prompts unknown: t0, t4 and t5 alone, whatever a point says later. */
static void without_prompts(void **state)
{
    rows r = {.n = 0};
    el_model m;
    double a, b;

    (void)state;
    for (int i = 0; i < 11; i++)
        add(&r, EL_UNKNOWN, half_octave(i), 2);
    assert_int_equal(fit("sweetspot", &r, true, &m, NULL), EL_OK);
    assert_close(m.param[0], llama1b.t[0], 1e-3, 0);
    assert_close(m.param[1] + m.param[2] + m.param[3], 0, 0, 0);
    el_model_predict(&m, &r.point[0], 1, &a);
    r.point[0].isl = 500;
    el_model_predict(&m, &r.point[0], 1, &b);
    assert_close(a, b, 0, 0);
}

static void out_of_memory(void **state)
{
    rows r = {.n = 0};
    el_status st;
    long k = 0;

    (void)state;
    for (int i = 0; i < 49; i++)
        add(&r, octave(i / 7), octave(i % 7), 1);
    do {
        el_model m = {.n_param = 99};

        el_mem_fail_at(k);
        st = fit("sweetspot", &r, false, &m, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(m.n_param, 99);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curve_and_optimum),
        cmocka_unit_test(terms_of_a_shape),
        cmocka_unit_test(odd_heads_cost_more),
        cmocka_unit_test(shapes_without_constants),
        cmocka_unit_test(recovers_coefficients),
        cmocka_unit_test(grids_that_identify_nothing),
        cmocka_unit_test(without_prompts),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
