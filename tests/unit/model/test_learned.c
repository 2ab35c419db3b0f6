/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "evaluate_data.h"
#include "model/learned.h"

#include <stdio.h>

static const el_group_key here = {"m", "", "g1", "bf16", "e1"};

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
    assert_true(el_learned_other_model(&a, &engine));
    assert_false(el_learned_other_model(&a, &gpu)); /* itself, elsewhere */
    assert_true(el_learned_same_place(&a, &other));
    assert_false(el_learned_same_place(&a, &engine));
    assert_false(el_learned_same_place(&a, &gpu));
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
    el_learned_shift(&el_form_closed12, &data, &here, NULL, 0, &l);
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

/* A lesson of model number m at a place: no deviation, sure of it. */
static el_lesson lesson_at(int m, const char *gpu)
{
    el_facts facts = el_test_facts(30e9);
    el_model model = el_test_centre(&facts, EL_TARGET_ENERGY);
    el_group_key key = {"", "", "", "bf16", "e1"};
    el_lesson l;

    (void)snprintf(key.model, sizeof key.model, "m%d", m);
    (void)snprintf(key.gpu, sizeof key.gpu, "%s", gpu);
    for (size_t j = 0; j < model.n_param; j++)
        model.cov[j * model.n_param + j] = 1e-6;
    l = el_lesson_of(&model, &key);
    assert_int_equal(l.n, 12);
    for (size_t j = 0; j < l.n; j++)
        assert_close(l.deviation[j], 0.0, 0, 1e-12);
    return l;
}

static el_learned shift(const el_lesson *const *lesson, size_t n)
{
    el_facts facts = el_test_facts(7e9);
    el_fit_data data = {.target = EL_TARGET_ENERGY, .facts = &facts};
    el_learned l;

    el_learned_shift(&el_form_closed12, &data, &here, lesson, n, &l);
    return l;
}

/* Sources that agree and are sure pull nearly all the way; a doubtful one
 * leaves the centre where it is. */
static void test_shift(void **state)
{
    el_lesson a = lesson_at(1, "g1"), b = lesson_at(2, "g1");
    const el_lesson *source[] = {&a, &b};
    el_learned l;

    (void)state;
    a.deviation[0] = b.deviation[0] = 0.1;
    a.deviation[1] = 0.4;
    b.deviation[1] = -0.4;
    l = shift(source, 2);
    assert_int_equal(l.n_source, 2);
    assert_false(l.other_gpu);
    assert_close(l.shift[0], 0.1, 1e-2, 0);
    assert_close(l.shift[1], 0.0, 0, 1e-9);
    assert_true(l.sd[1] > l.sd[0]);
    a.var[0] = 1e6;
    l = shift(source, 1);
    assert_close(l.shift[0], 0.0, 0, 1e-6);
    assert_true(fabs(l.shift[1]) > 0.1);
}

/* Another place says where a place lies on which little is known, the less the
 * more is known there, and not what a model is like on it. */
static void test_places(void **state)
{
    el_lesson far[3] = {lesson_at(1, "g2"), lesson_at(2, "g2"),
                        lesson_at(3, "g3")};
    el_lesson near[4] = {lesson_at(4, "g1"), lesson_at(5, "g1"),
                         lesson_at(6, "g1"), lesson_at(7, "g1")};
    const el_lesson *source[] = {&far[0],  &far[1],  &far[2], &near[0],
                                 &near[1], &near[2], &near[3]};
    el_learned away, one, four;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        far[i].deviation[0] = 0.2;
    for (size_t i = 0; i < 4; i++) {
        near[i].deviation[0] = -0.1;
        near[i].var[0] = 0.01;
    }
    away = shift(source, 3);
    one = shift(source, 4);
    four = shift(source, 7);
    assert_true(away.other_gpu && !one.other_gpu);
    assert_true(away.shift[0] > 0.15);
    assert_true(one.shift[0] < away.shift[0]);
    assert_true(four.shift[0] < one.shift[0]);
    assert_true(four.shift[0] >= -0.1);
    assert_int_equal(el_learned_at_home(&here, source, 3), 0);
    assert_int_equal(el_learned_at_home(&here, source, 4), 4);
}

/* Never wider than the physical prior, never much surer. */
static void test_doubt(void **state)
{
    el_lesson a = lesson_at(1, "g1"), b = lesson_at(2, "g1");
    const el_lesson *source[] = {&a, &b};
    el_learned none = shift(source, 0), sure = shift(source, 2), wide;

    (void)state;
    a.deviation[0] = 5.0;
    b.deviation[0] = -5.0;
    wide = shift(source, 2);
    assert_close(wide.sd[0], none.sd[0], 0, 0);
    for (size_t j = 0; j < 12; j++)
        assert_close(sure.sd[j], 0.3 * none.sd[j], 1e-12, 0);
}

/* What n sources say of a new model, whose first two parameters are off by 1
 * up and down in turn, the second with the first or against it. */
static el_model taught(size_t n, double together)
{
    el_facts facts = el_test_facts(7e9);
    el_fit_data data = {.target = EL_TARGET_ENERGY, .facts = &facts};
    el_lesson lesson[6];
    const el_lesson *source[6];
    el_learned l;
    el_model m;

    for (size_t i = 0; i < n; i++) {
        lesson[i] = lesson_at((int)i + 1, "g1");
        lesson[i].deviation[0] = i % 2 ? 1.0 : -1.0;
        lesson[i].deviation[1] = together * lesson[i].deviation[0];
        source[i] = &lesson[i];
    }
    el_learned_shift(&el_form_closed12, &data, &here, source, n, &l);
    el_learned_model(&el_form_closed12, &data, &l, &m);
    return m;
}

/* Models that all differ in the level leave the level in doubt; more of one
 * parameter with less of another does not. */
static void test_sources_apart(void **state)
{
    el_model m = taught(6, 1.0), few = taught(3, 1.0);
    size_t k = m.n_param;

    (void)state;
    /* squares 1, six of them by five degrees of freedom, and the mean's */
    assert_close(m.cov[1], 6.0 / 5.0 * 7.0 / 6.0, 1e-12, 0);
    assert_close(m.cov[1], m.cov[k], 0, 0);
    assert_true(m.cov[0] > m.cov[1]);
    assert_close(taught(6, -1.0).cov[1], -m.cov[1], 1e-12, 0);
    assert_close(m.cov[2], 0.0, 0, 0);
    assert_close(few.cov[1], 0.0, 0, 0); /* too few to tell */
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
    el_lesson a = lesson_at(1, "g1");
    const el_lesson *source[] = {&a};
    el_learned l;
    el_model m;

    (void)state;
    a.deviation[0] = 1.0;
    el_learned_shift(&el_form_closed12, &data, &here, source, 1, &l);
    el_learned_model(&el_form_closed12, &data, &l, &m);
    assert_int_equal(m.n_param, 13);
    assert_close(l.shift[12], 0.0, 0, 0);
    assert_string_equal(m.workload[0], "gpqa");
    assert_true(m.noise.floor_sd > 0.1);
    l.other_gpu = true;
    el_learned_model(&el_form_closed12, &data, &l, &m);
    assert_true(m.noise.floor_sd > 0.4);
}

/* A law with other parameters teaches nothing. */
static void test_other_shape(void **state)
{
    el_lesson a = lesson_at(1, "g1");
    const el_lesson *source[] = {&a};
    el_learned l;

    (void)state;
    a.deviation[0] = 1.0;
    a.n = 3;
    l = shift(source, 1);
    assert_int_equal(l.n_source, 0);
    assert_close(l.shift[0], 0.0, 0, 0);
}

static void test_no_memory(void **state)
{
    el_lesson a = lesson_at(1, "g1");
    el_lessons lessons = {.n = 0};

    (void)state;
    el_mem_fail_at(0);
    assert_int_equal(el_lessons_add(&lessons, &a, NULL), EL_E_NOMEM);
    el_mem_fail_at(-1);
    assert_int_equal(lessons.n, 0);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(el_lessons_add(&lessons, &a, NULL), EL_OK);
    assert_int_equal(lessons.n, 40);
    assert_string_equal(lessons.item[39].key.model, "m1");
    el_lessons_clear(&lessons);
    assert_int_equal(el_mem_live(), 0);
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
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_doubt),
        cmocka_unit_test(test_sources_apart),
        cmocka_unit_test(test_prompts_keep_their_prior),
        cmocka_unit_test(test_other_shape),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_has_prior),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
