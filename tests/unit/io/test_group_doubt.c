/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings of tables that are cleaned and grouped, with the catalogue. */
#include "el_table_sample.h"
#include "el_warned.h"
#include "energylens/files.h"
#include "energylens/group.h"

/* A log in kWh, a GPU that nobody knows, a model by its size alone. */
static void what_makes_one_wonder_is_told(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 4, 128, 128, 100); /* 40 W in 10 s */
    el_catalog *c = NULL;
    el_clean_options options = {0};
    el_groups g;

    (void)state;
    assert_int_equal(el_catalog_load(NULL, &c, NULL), EL_OK);
    r.model = "llama-2-7b";
    r.gpu = "h100";
    el_sample_add(t, r);
    n_warnings = 0;
    assert_int_equal(el_groups_make(t, c, &options, &task, &g, NULL), EL_OK);
    assert_int_equal(n_warnings, 0);
    el_groups_clear(&g);
    r.energy_per_request_j = 100 / 3.6e6;
    r.batch_size = r.requests = 8;
    el_sample_add(t, r);
    r.energy_per_request_j = 100e3;
    r.batch_size = r.requests = 16;
    el_sample_add(t, r);
    r.energy_per_request_j = 1e-3; /* waited for others: cannot be told */
    r.requests = 1000;
    el_sample_add(t, r);
    n_warnings = 0;
    assert_int_equal(el_groups_make(t, c, &options, &task, &g, NULL), EL_OK);
    assert_int_equal(n_warnings, 1);
    assert_string_equal(last_warning,
                        "t.csv:3: 2.22e-05 W a GPU, whose limit is 700 W: "
                        "joules, and seconds? (the most unlikely of 2 such "
                        "rows)");
    el_groups_clear(&g);
    el_table_free(t);
    t = el_sample_table();
    el_sample_add(t, el_sample_row(1, 4, 128, 128, 100));
    n_warnings = 0;
    assert_int_equal(el_groups_make(t, c, &options, &task, &g, NULL), EL_OK);
    assert_int_equal(n_warnings, 2);
    assert_string_equal(last_warning,
                        "model \"made-up-7b\" is not in the catalogue: layers, "
                        "width and cache are guessed from params_b");
    el_groups_clear(&g);
    el_table_free(t);
    el_catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_makes_one_wonder_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
