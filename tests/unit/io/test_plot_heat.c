/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps: edges, colours, the text, and the picture. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "io/plot_heat.h"

static const double x[] = {64, 128, 256}, y[] = {10, 1000};
static const double z[] = {1, 2, 4, 8, NAN, 250};
static const el_plot_heat heat = {
    .x = x, .y = y, .n_x = 3, .n_y = 2, .z = z, .within = 0.1, .label = "J"};

static void edges(void **state)
{
    const double one[] = {8};

    (void)state;
    assert_close(el_heat_edge(x, 3, 0, true), 64 / sqrt(2), 1e-12, 0);
    assert_close(el_heat_edge(x, 3, 1, true), 64 * sqrt(2), 1e-12, 0);
    assert_close(el_heat_edge(x, 3, 3, true), 256 * sqrt(2), 1e-12, 0);
    assert_close(el_heat_edge(x, 3, 0, false), 32, 1e-12, 0);
    assert_close(el_heat_edge(x, 3, 2, false), 192, 1e-12, 0);
    assert_close(el_heat_edge(x, 3, 3, false), 320, 1e-12, 0);
    assert_close(el_heat_edge(one, 1, 0, true), 8 * sqrt(0.5), 1e-12, 0);
    assert_close(el_heat_edge(one, 1, 1, false), 8.5, 1e-12, 0);
}

static void colours(void **state)
{
    (void)state;
    assert_int_equal(el_heat_rgb(0), 0xFDE725);
    assert_int_equal(el_heat_rgb(1), 0x440154);
    assert_int_equal(el_heat_rgb(0.5), 0x21918C);
    assert_int_equal(el_heat_rgb(-3), 0xFDE725);
    assert_int_equal(el_heat_rgb(9), 0x440154);
}

static void expect(el_plot_text_style style, const char *want)
{
    el_buf out = {0};

    assert_int_equal(el_plot_heat_text(&heat, &style, &out, NULL), EL_OK);
    assert_string_equal(el_buf_text(&out), want);
    el_buf_clear(&out);
    assert_int_equal(el_mem_live(), 0);
}

static void as_numbers(void **state)
{
    (void)state;
    expect((el_plot_text_style){.width = 40, .height = 9},
           "  1000 2.00 8.00  250 \n"
           "    10 1.00 4.00    - \n"
           "         64  128  256 \n");
    expect((el_plot_text_style){.width = 40, .height = 2},
           "  1000 2.00 8.00  250 \n"
           "         64  128  256 \n");
}

static void in_colour(void **state)
{
    const el_plot_text_style style = {.width = 40, .height = 9, .color = true};
    el_buf out = {0};

    (void)state;
    assert_int_equal(el_plot_heat_text(&heat, &style, &out, NULL), EL_OK);
    assert_non_null(
        strstr(out.text, "\033[30m\033[48;2;253;231;37m1.00 \033[0m"));
    assert_non_null(strstr(out.text, "\033[97m\033[48;2;68;1;84m 250 \033[0m"));
    el_buf_clear(&out);
}

static void refused(void **state)
{
    const double none[] = {NAN, 0, -1, INFINITY, NAN, NAN};
    el_plot_heat empty = heat;
    el_plot_text_style style = {.width = 39, .height = 9};
    el_buf out = {0};
    el_status st;
    long k = 0;

    (void)state;
    empty.z = none;
    assert_int_equal(el_plot_heat_text(&heat, &style, &out, NULL), EL_E_ARG);
    style.width = 80;
    assert_int_equal(el_plot_heat_text(&empty, &style, &out, NULL), EL_E_ARG);
    do {
        el_mem_fail_at(k);
        st = el_plot_heat_text(&heat, &style, &out, NULL);
        el_mem_fail_at(-1);
        el_buf_clear(&out);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    assert_true(k > 0);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
        n++;
    return n;
}

static void picture(void **state)
{
    const el_plot p = {.title = "T",
                       .x_label = "x",
                       .y_label = "y",
                       .log_x = true,
                       .log_y = true,
                       .heat = &heat};
    el_buf svg = {0}, png = {0};

    (void)state;
    assert_int_equal(el_plot_svg(&p, &svg, NULL), EL_OK);
    /* 5 known cells in their colours, the darkest once more in the bar's end */
    assert_int_equal(count(svg.text, "fill=\"#FDE725\""), 1);
    assert_int_equal(count(svg.text, "fill=\"#440154\""), 1);
    assert_int_equal(count(svg.text, "stroke=\"#222222\""), 1); /* outline */
    assert_non_null(strstr(svg.text, ">J</text>"));
    assert_int_equal(el_plot_png(&p, &png, NULL), EL_OK);
    assert_true(png.len > 1000);
    el_buf_clear(&png);
    el_buf_clear(&svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges),      cmocka_unit_test(colours),
        cmocka_unit_test(as_numbers), cmocka_unit_test(in_colour),
        cmocka_unit_test(refused),    cmocka_unit_test(picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
