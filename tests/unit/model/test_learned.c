/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate_data.h"
#include "model/learned.h"

static void test_keys(void **state)
{
    el_group_key a = {"m1", "s1", "g1", "bf16", "e1"};
    el_group_key same_shape = {"m2", "s1", "g1", "fp8", "e1"};
    el_group_key other = {"m2", "s2", "G1", "fp8", "E1"};
    el_group_key unknown = {"m3", "", "g1", "bf16", "e1"};
    el_group_key engine = {"m2", "s2", "g1", "bf16", "e2"};
    el_group_key gpu = {"m1", "s1", "g2", "bf16", "e1"};

    (void)state;
    assert_false(el_learned_other_model(&a, &a));
    assert_false(el_learned_other_model(&a, &same_shape));
    assert_true(el_learned_other_model(&a, &other));
    assert_true(el_learned_other_model(&a, &unknown));
    assert_false(el_learned_other_model(&unknown, &unknown));
    assert_false(el_learned_other_model(&a, &engine));
    assert_false(el_learned_other_model(&a, &gpu));
    assert_true(el_learned_other_gpu(&a, &gpu));
    assert_false(el_learned_other_gpu(&a, &other));
}

static void test_no_source(void **state)
{
    el_facts facts = el_test_facts(7e9);
    el_fit_data data = {.target = EL_TARGET_ENERGY, .facts = &facts};
    el_model want = el_test_centre(&facts, EL_TARGET_ENERGY), m;
    el_param_spec spec[EL_MAX_PARAMS];
    el_learned l;

    (void)state;
    el_learned_shift(&el_form_closed12, &data, NULL, 0, &l);
    assert_int_equal(l.n_source, 0);
    el_learned_model(&el_form_closed12, &data, &l, &m);
    assert_int_equal(m.n_param, want.n_param);
    (void)el_form_closed12.specify(&data, spec);
    for (size_t j = 0; j < m.n_param; j++) {
        assert_close(m.param[j], want.param[j], 0, 0);
        assert_close(m.cov[j * m.n_param + j], spec[j].sd * spec[j].sd, 1e-15,
                     0);
    }
}

/* Sources that agree and are sure pull nearly all the way; a doubtful one
 * leaves the centre where it is. */
static void test_shift(void **state)
{
    el_facts big = el_test_facts(30e9), facts = el_test_facts(7e9);
    el_fit_data data = {.target = EL_TARGET_ENERGY, .facts = &facts};
    el_model a = el_test_centre(&big, EL_TARGET_ENERGY), b = a;
    const el_model *source[] = {&a, &b};
    size_t k = a.n_param;
    el_learned l;

    (void)state;
    for (size_t j = 0; j < k; j++)
        a.cov[j * k + j] = b.cov[j * k + j] = 1e-6;
    a.param[0] += 0.1;
    b.param[0] += 0.1;
    a.param[1] += 0.4;
    b.param[1] -= 0.4;
    el_learned_shift(&el_form_closed12, &data, source, 2, &l);
    assert_int_equal(l.n_source, 2);
    assert_close(l.shift[0], 0.1, 1e-2, 0);
    assert_close(l.shift[1], 0.0, 0, 1e-9);
    assert_true(l.sd[1] > l.sd[0]);
    a.cov[0] = 1e6;
    el_learned_shift(&el_form_closed12, &data, source, 1, &l);
    assert_close(l.shift[0], 0.0, 0, 1e-6);
    assert_true(fabs(l.shift[1]) > 0.1);
}

static void test_prompts_keep_their_prior(void **state)
{
    const char label[1][EL_LABEL_LEN] = {"gpqa"};
    el_facts facts = el_test_facts(7e9);
    el_fit_data data = {.target = EL_TARGET_ENERGY,
                        .facts = &facts,
                        .prompts_unknown = true,
                        .n_workload = 1,
                        .workload = label};
    el_model a = el_test_centre(&facts, EL_TARGET_ENERGY), m;
    const el_model *source[] = {&a};
    el_learned l;

    (void)state;
    a.param[0] += 1.0;
    el_learned_shift(&el_form_closed12, &data, source, 1, &l);
    el_learned_model(&el_form_closed12, &data, &l, &m);
    assert_int_equal(m.n_param, 13);
    assert_close(l.shift[12], 0.0, 0, 0);
    assert_string_equal(m.workload[0], "gpqa");
    assert_true(m.noise.floor_sd > 0.1);
    l.other_gpu = true;
    el_learned_model(&el_form_closed12, &data, &l, &m);
    assert_true(m.noise.floor_sd > 0.4);
}

static void test_has_prior(void **state)
{
    el_facts facts = el_test_facts(7e9);
    el_fit_data data = {.target = EL_TARGET_ENERGY, .facts = &facts};

    (void)state;
    assert_true(el_form_has_prior(&el_form_closed12, &data));
    assert_true(el_form_has_prior(&el_form_smallest_tp, &data));
    assert_false(el_form_has_prior(&el_form_nnls12kv, &data));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_no_source),
        cmocka_unit_test(test_shift),
        cmocka_unit_test(test_prompts_keep_their_prior),
        cmocka_unit_test(test_has_prior),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
