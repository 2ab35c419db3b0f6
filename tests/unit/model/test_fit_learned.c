/* SPDX-License-Identifier: Apache-2.0 */
/* A table fitted with the prior that others teach. */
#include "base/mem.h"
#include "evaluate_data.h"
#include "model/fit_learned.h"

static el_test_data data;

static el_fit_set first_fits(void)
{
    el_fit_options o = {.prior = EL_PRIOR_PHYSICAL};
    el_fit_set set;

    assert_int_equal(el_fit_groups(&data.groups, &o, NULL, &set, NULL), EL_OK);
    return set;
}

static el_fit_set learned_fits(const el_lessons *teachers)
{
    el_fit_set set = first_fits();
    el_error err;

    if (el_fit_learn(&data.groups, teachers, NULL, &set, &err) != EL_OK)
        fail_msg("%s", err.message);
    return set;
}

/* Lessons of the first group's fits, all of them a bold claim. */
static el_lessons claims(const char *model, const char *gpu)
{
    el_fit_set set = first_fits();
    el_lessons l = {.n = 0};

    set.n = 1;
    assert_int_equal(el_fit_lessons(&set, &l, NULL), EL_OK);
    assert_int_equal(l.n, 2); /* energy and latency are measured */
    for (size_t i = 0; i < l.n; i++) {
        (void)strcpy(l.item[i].key.model, model); /* NOLINT: constants */
        (void)strcpy(l.item[i].key.gpu, gpu);     /* NOLINT */
        for (size_t j = 0; j < l.item[i].n; j++) {
            l.item[i].deviation[j] += 1.0;
            l.item[i].var[j] = 1e-6;
        }
    }
    el_fit_set_clear(&set);
    return l;
}

static void expect_same(const el_fit_set *a, const el_fit_set *b, size_t i,
                        bool want)
{
    const el_model *x = &a->fit[i].model[EL_TARGET_ENERGY];
    const el_model *y = &b->fit[i].model[EL_TARGET_ENERGY];
    bool same = memcmp(x->param, y->param, x->n_param * sizeof *x->param) == 0;

    assert_int_equal(same, want);
}

/* What another model claims moves every fit that may hear it. */
static void test_teacher_is_heard(void **state)
{
    el_lessons bold = claims("a stranger", "a"), far = claims("s", "elsewhere");
    el_fit_set alone = learned_fits(NULL), taught = learned_fits(&bold);
    el_fit_set distant = learned_fits(&far), physical = first_fits();

    (void)state;
    assert_int_equal(taught.prior, EL_PRIOR_LEARNED);
    for (size_t i = 0; i < alone.n; i++) {
        expect_same(&alone, &taught, i, false);
        expect_same(&alone, &distant, i, false); /* by its place alone */
        expect_same(&physical, &alone, i, false);
    }
    el_fit_set_clear(&physical);
    el_fit_set_clear(&distant);
    el_fit_set_clear(&taught);
    el_fit_set_clear(&alone);
    el_lessons_clear(&far);
    el_lessons_clear(&bold);
    assert_int_equal(el_mem_live(), 0);
}

/* What was learned from a model's own rows does not reach it: neither as an
 * earlier fit of the same group, nor from another GPU or precision. */
static void test_never_itself(void **state)
{
    static const char *const gpu[] = {"a", "elsewhere"};

    (void)state;
    data.groups.n = 2;
    for (size_t k = 0; k < 2; k++) {
        el_lessons own = claims("one", gpu[k]);
        el_fit_set alone = learned_fits(NULL), taught;

        for (size_t i = 0; i < own.n; i++)
            (void)strcpy(own.item[i].key.precision, "fp8"); /* NOLINT */
        taught = learned_fits(&own);
        expect_same(&alone, &taught, 0, true);
        expect_same(&alone, &taught, 1, false);
        el_fit_set_clear(&taught);
        el_fit_set_clear(&alone);
        el_lessons_clear(&own);
    }
    data.groups.n = 3;
}

/* A group that the table has teaches by its own fit, not by an earlier one. */
static void test_not_twice(void **state)
{
    el_lessons again = claims("two", "a");
    el_fit_set alone = learned_fits(NULL), taught = learned_fits(&again);

    (void)state;
    for (size_t i = 0; i < alone.n; i++)
        expect_same(&alone, &taught, i, true);
    el_fit_set_clear(&taught);
    el_fit_set_clear(&alone);
    el_lessons_clear(&again);
}

/* On a place of its own the physical prior stays, whatever others say. */
static void test_alone(void **state)
{
    el_lessons far = claims("a stranger", "elsewhere");
    el_fit_set physical, taught;

    (void)state;
    data.groups.n = 1;
    physical = first_fits();
    taught = learned_fits(&far);
    expect_same(&physical, &taught, 0, true);
    el_fit_set_clear(&taught);
    el_fit_set_clear(&physical);
    el_lessons_clear(&far);
    data.groups.n = 3;
}

static void test_no_memory(void **state)
{
    el_lessons bold = claims("a stranger", "a");
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_fit_set set = first_fits();
        el_prior prior;

        el_mem_fail_at(k);
        st = el_fit_learn(&data.groups, &bold, NULL, &set, NULL);
        el_mem_fail_at(-1);
        prior = set.prior;
        el_fit_set_clear(&set);
        if (st == EL_OK)
            continue;
        assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(prior, EL_PRIOR_PHYSICAL); /* as it was */
    } while (st != EL_OK && ++k < 400);
    assert_int_equal(st, EL_OK);
    el_lessons_clear(&bold);
    assert_int_equal(el_mem_live(), 0);
}

static int setup(void **state)
{
    (void)state;
    el_test_grid(&data, 3, 0.02);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_teacher_is_heard),
        cmocka_unit_test(test_never_itself),
        cmocka_unit_test(test_not_twice),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
