/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include "base/mem.h"
#include "io/plot_bars.h"

static void expect(const el_plot_bar *bar, size_t n, el_plot_text_style style,
                   const char *want)
{
    el_buf out = {0};

    assert_int_equal(el_plot_bars(bar, n, &style, &out, NULL), EL_OK);
    assert_string_equal(el_buf_text(&out), want);
    el_buf_clear(&out);
    assert_int_equal(el_mem_live(), 0);
}

/* Both sides of the axis, solid to the near end of the band. */
static void test_sides(void **state)
{
    const el_plot_bar bar[] = {{"saves", 20, 10, 24},
                               {"costs", -6, -8, -4},
                               {"none", 0, 0, 0},
                               {"sure", 4, NAN, NAN},
                               {"unknown", NAN, NAN, NAN}};

    (void)state;
    /* 40 - 7 - 3 = 30 characters for 32 */
    expect(bar, 5, (el_plot_text_style){.width = 40},
           "saves           |#########.............\n"
           "costs    ...####|\n"
           "none            |\n"
           "sure            |####\n"
           "unknown         |\n");
}

static void test_style(void **state)
{
    const el_plot_bar bar[] = {{"a", 1, NAN, NAN}, {"b", -1, NAN, NAN}};

    (void)state;
    expect(bar, 1, (el_plot_text_style){.width = 40, .utf8 = true},
           "a  │████████████████████████████████████\n");
    expect(bar, 2, (el_plot_text_style){.width = 40, .color = true},
           "a  \033[32m                  |##################\033[0m\n"
           "b  \033[31m##################|\033[0m\n");
}

static void test_refused(void **state)
{
    const el_plot_bar bar = {"a", 1, NAN, NAN};
    el_plot_text_style style = {.width = 39};
    el_buf out = {0};
    el_status st;
    long k = 0;

    (void)state;
    assert_int_equal(el_plot_bars(&bar, 1, &style, &out, NULL), EL_E_ARG);
    style.width = 80;
    assert_int_equal(el_plot_bars(&bar, 0, &style, &out, NULL), EL_E_ARG);
    do {
        el_buf text = {0};
        el_mem_fail_at(k);
        st = el_plot_bars(&bar, 1, &style, &text, NULL);
        el_mem_fail_at(-1);
        el_buf_clear(&text);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 100);
    assert_true(k > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_style),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
