/* SPDX-License-Identifier: Apache-2.0 */
/* Names of parts from made-up groups. */
#include "app/evaluate_label.h"

#include <string.h>

#include "base/mem.h"
#include "el_test.h"
#include "energylens/files.h"

static el_group two[2];
static const el_groups groups = {2, two};

static void make_groups(void)
{
    memset(two, 0, sizeof two);
    two[0].facts.arch = EL_ARCH_MOE;
    strcpy(two[0].key.gpu, "h100-sxm5-80gb");
    strcpy(two[0].key.model, "some-moe");
    strcpy(two[0].key.precision, "fp8");
    strcpy(two[1].key.gpu, "made-up");
}

static void test_facts_are_joined_in_order(void **state)
{
    el_catalog *catalog = NULL;
    el_labels l;

    (void)state;
    make_groups();
    assert_int_equal(el_catalog_load(NULL, &catalog, NULL), EL_OK);
    assert_int_equal(
        el_evaluate_labels((1u << EL_N_BY) - 1u, catalog, &groups, &l, NULL),
        EL_OK);
    assert_string_equal(l.label[0],
                        "moe, NVIDIA, h100-sxm5-80gb, unknown, fp8, some-moe");
    assert_string_equal(l.label[1],
                        "dense, unknown, made-up, unknown, unknown, unknown");
    el_labels_clear(&l);
    assert_int_equal(
        el_evaluate_labels(1u << EL_BY_GPU, catalog, &groups, &l, NULL), EL_OK);
    assert_string_equal(l.label[1], "made-up");
    el_labels_clear(&l);
    el_labels_clear(&l);
    el_catalog_free(catalog);
    assert_string_equal(el_evaluate_by_name(EL_BY_MODEL), "model");
}

static void test_long_names_are_cut(void **state)
{
    el_labels l;

    (void)state;
    make_groups();
    memset(two[0].key.model, 'm', sizeof two[0].key.model - 1);
    memset(two[0].key.gpu, 'g', sizeof two[0].key.gpu - 1);
    assert_int_equal(el_evaluate_labels(1u << EL_BY_GPU | 1u << EL_BY_MODEL,
                                        NULL, &groups, &l, NULL),
                     EL_OK);
    assert_int_equal(strlen(l.label[0]), EL_EVALUATE_LABEL_LEN - 1);
    el_labels_clear(&l);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    make_groups();
    for (long k = 0; k < 2; k++) {
        el_labels l = {0};
        el_mem_fail_at(k);
        assert_int_equal(
            el_evaluate_labels(1u << EL_BY_ARCH, NULL, &groups, &l, NULL),
            EL_E_NOMEM);
        el_mem_fail_at(-1);
        assert_null(l.label);
        assert_int_equal(el_mem_live(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_are_joined_in_order),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
