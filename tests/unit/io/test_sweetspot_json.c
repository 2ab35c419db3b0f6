/* SPDX-License-Identifier: Apache-2.0 */
/* sweetspot's JSON: keys that others script against, null for the unknown. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "io/json.h"
#include "io/sweetspot_json.h"

static el_sweetspot_answer a; /* large, and stays in place */

static void open_answer(void)
{
    const el_sweetspot curve = {{2e-2, 3e-7, 4e-5, 1.5e-2, 2e-5, 1}};

    memset(&a, 0, sizeof a);
    strcpy(a.key.model, "m");
    a.basis = EL_BASIS_TABLE;
    assert_int_equal(el_length_grid_make(64, 128, 64, 128, &a.grid, NULL),
                     EL_OK);
    for (; a.n < 2; a.n++)
        assert_int_equal(el_surface_make(&a.grid, 1, a.n ? EL_UNKNOWN : 8,
                                         &a.surface[a.n], NULL),
                         EL_OK);
    el_surface_fill(&a.surface[0], &curve, EL_UNKNOWN);
    a.has_trace = true;
    a.moves.n = 1;
    a.moves.move[0].kind = EL_MOVE_MERGE;
}

static double number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    assert_true(json_is_number(v));
    return json_number_value(v);
}

static void keys(void **state)
{
    json_t *json;
    const json_t *s, *best;

    (void)state;
    open_answer();
    json = el_sweetspot_json(&a);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "basis")),
                        "table");
    s = json_array_get(json_object_get(json, "surfaces"), 0);
    best = json_object_get(s, "best");
    assert_close(number(best, "input_tokens"), 64, 0, 0);
    assert_close(number(best, "output_tokens"), 128, 0, 0);
    assert_close(number(best, "energy_per_output_token_j"),
                 el_sweetspot_token_j(&a.surface[0].curve, 64, 128), 1e-15, 0);
    assert_true(
        json_is_null(json_object_get(best, "energy_per_output_token_lo_j")));
    assert_close(number(json_object_get(s, "coefficients_j"), "t4"), 2e-5, 0,
                 0);
    /* nothing known of the second */
    s = json_array_get(json_object_get(json, "surfaces"), 1);
    assert_true(json_is_null(json_object_get(s, "batch_size")));
    assert_true(json_is_null(json_object_get(s, "best")));
    assert_true(json_is_null(json_object_get(s, "source")));
    json_decref(json);
    el_sweetspot_answer_clear(&a);
    assert_int_equal(el_mem_live(), 0);
}

static void out_of_memory(void **state)
{
    json_t *json;
    long live, k = 0;

    (void)state;
    open_answer();
    live = el_mem_live();
    do {
        el_mem_fail_at(k);
        json = el_sweetspot_json(&a);
        el_mem_fail_at(-1);
        json_decref(json);
        assert_int_equal(el_mem_live(), live);
    } while (!json && ++k < 100000);
    assert_true(k > 100);
    el_sweetspot_answer_clear(&a);
}

static void notes_are_joined(void **state)
{
    (void)state;
    open_answer();
    el_sweetspot_note(&a, "");
    assert_string_equal(a.note, "");
    el_sweetspot_note(&a, "one");
    el_sweetspot_note(&a, "two");
    assert_string_equal(a.note, "one; two");
    for (int i = 0; i < 400; i++)
        el_sweetspot_note(&a, "more");
    assert_true(strlen(a.note) < sizeof a.note);
    el_sweetspot_answer_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(notes_are_joined),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
