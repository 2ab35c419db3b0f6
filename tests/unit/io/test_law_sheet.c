/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "io/json.h"
#include "io/law_sheet.h"

static const char *const name[] = {"b", "o"};
static el_front front;
static el_law_score score[2];
static el_unit_bases bases;
static el_unit unit[2], joule;
static el_unit_rules rules;
static el_law_sheet sheet;

static int setup(void **state)
{
    el_law *law = front.law;

    (void)state;
    el_json_init();
    front.n = 2;
    front.pick = 1;
    for (size_t i = 0; i < 2; i++) {
        law[i].complexity = 3 + 4 * (unsigned)i;
        law[i].stability = law[i].cv_loss = (double)NAN;
        score[i] = (el_law_score){0.25, 0.5, (double)NAN, 0.1};
        if (el_expr_parse(i ? "2.5*b*o + 3*o" : "2.5*o", name, 2, &law[i].expr,
                          NULL) != EL_OK)
            return -1;
    }
    law[1].lo[0] = 2;
    law[1].hi[0] = (double)INFINITY;
    law[1].undetermined = 1;
    front.n_relation = 1;
    front.relation[0] = (el_relation){{1, -1}, 0.001, false};
    if (el_unit_parse("request", &bases, &unit[0], NULL) != EL_OK ||
        el_unit_parse("token", &bases, &unit[1], NULL) != EL_OK ||
        el_unit_parse("J", &bases, &joule, NULL) != EL_OK)
        return -1;
    rules = (el_unit_rules){unit, &joule, true};
    sheet = (el_law_sheet){.front = &front,
                           .score = score,
                           .source = "a, b.csv",
                           .target = "e",
                           .name = name,
                           .n_col = 2,
                           .bases = &bases,
                           .n_row = 9,
                           .n_searched = 9};
    return 0;
}

static void test_json(void **state)
{
    json_t *doc = el_law_sheet_json(&sheet), *law, *c;

    (void)state;
    assert_non_null(doc);
    assert_int_equal(json_integer_value(json_object_get(doc, "pick")), 1);
    law = json_array_get(json_object_get(doc, "laws"), 1);
    assert_string_equal(json_string_value(json_object_get(law, "formula")),
                        "2.5*b*o + 3*o");
    assert_true(json_is_null(json_object_get(law, "log_rmse")));
    c = json_array_get(json_object_get(law, "constants"), 0);
    assert_close(json_number_value(json_object_get(c, "lo")), 2, 0, 0);
    assert_true(json_is_null(json_object_get(c, "hi"))); /* infinite */
    assert_true(json_is_null(json_object_get(c, "unit")));
    assert_true(json_is_true(json_object_get(c, "undetermined")));
    c = json_array_get(json_object_get(doc, "relations"), 0);
    assert_int_equal(json_object_size(json_object_get(c, "exponents")), 2);
    json_decref(doc);
    assert_int_equal(el_mem_live(), 0);
}

static void test_units(void **state)
{
    el_law_sheet with = sheet;
    el_buf text = {0};

    (void)state;
    with.units = &rules;
    el_law_unit(&with, &front.law[0], 0, &text);
    assert_string_equal(el_buf_text(&text), "J/token");
    el_buf_clear(&text);
    el_law_unit(&sheet, &front.law[0], 0, &text);
    assert_string_equal(el_buf_text(&text), "");
    el_buf_clear(&text);
}

static void test_csv(void **state)
{
    el_buf text = {0};

    (void)state;
    el_law_sheet_csv(&sheet, &text);
    assert_non_null(strstr(el_buf_text(&text), "\n3,1,0,25,50,,0.1"));
    assert_non_null(strstr(el_buf_text(&text), ",2.5*b*o + 3*o\n"));
    el_buf_clear(&text);
}

static void test_out_of_memory(void **state)
{
    el_law_sheet with = sheet;
    json_t *doc;
    long k = 0;

    (void)state;
    with.units = &rules;
    do {
        el_mem_fail_at(k);
        doc = el_law_sheet_json(&with);
        el_mem_fail_at(-1);
        if (!doc)
            assert_int_equal(el_mem_live(), 0);
    } while (!doc && ++k < 10000);
    assert_non_null(doc);
    json_decref(doc);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
