/* SPDX-License-Identifier: Apache-2.0 */
/* Axes, label placing, and the three renderings of one chart. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/plot.h"
#include "io/plot_canvas.h"
#include "io/plot_scale.h"

/* "0 5 10": the labels in order. */
static const char *labels(double lo, double hi, bool log, int n)
{
    static char text[512];
    el_axis a;

    el_axis_fit(&a, lo, hi, log, n);
    assert_true(a.lo < a.hi && a.lo <= lo && a.hi >= hi);
    text[0] = '\0';
    for (size_t i = 0; i < a.n_ticks; i++) {
        size_t len = strlen(text);

        assert_true(a.tick[i].value >= a.lo - 1e-9 * fabs(a.hi));
        assert_true(a.tick[i].value <= a.hi + 1e-9 * fabs(a.hi));
        if (a.tick[i].label[0])
            (void)snprintf(text + len, sizeof text - len, "%s%s",
                           len ? " " : "", a.tick[i].label);
    }
    return text;
}

static void test_ticks(void **state)
{
    (void)state;
    assert_string_equal(labels(1, 9.7, false, 5), "0 2 4 6 8 10");
    assert_string_equal(labels(0.41, 0.52, false, 5),
                        "0.42 0.44 0.46 0.48 0.50 0.52");
    assert_string_equal(labels(-3, 3, false, 5), "-3 -2 -1 0 1 2 3");
    assert_string_equal(labels(5, 5, false, 5), "3 4 5 6 7");
    assert_string_equal(labels(0, 0, false, 5), "0.0 0.2 0.4 0.6 0.8 1.0");
    assert_string_equal(labels(0, 45000, false, 5), "0 10k 20k 30k 40k");
    assert_string_equal(labels(1, 1000, true, 7), "1 10 100 1000");
    assert_string_equal(labels(0.02, 0.7, true, 7), "0.02 0.05 0.1 0.2 0.5");
    assert_string_equal(labels(1, 1e12, true, 4), "1 10k 100M 1T");
    assert_string_equal(labels(100, 130, true, 5), "100 110 120 130 140");
    assert_string_equal(labels(7, 7, true, 5), "6.4 6.6 6.8 7.0 7.2 7.4 7.6");
}

static void test_positions(void **state)
{
    el_axis a;
    char text[24];

    (void)state;
    el_axis_fit(&a, 1, 100, true, 5);
    assert_close(el_axis_at(&a, a.lo), 0, 0, 1e-12);
    assert_close(el_axis_at(&a, a.hi), 1, 0, 1e-12);
    assert_close(el_axis_at(&a, 10), 0.5, 0, 1e-12);
    el_axis_fit(&a, 0, 10, false, 5);
    assert_close(el_axis_at(&a, a.lo), 0, 0, 1e-12);
    el_axis_label(text, sizeof text, 1e-5, 5);
    assert_string_equal(text, "1e-5");
    el_axis_label(text, sizeof text, 2.5e15, 0);
    assert_string_equal(text, "2.5e15");
}

#define N 40

static double px[N], py[N];

static el_plot sample(el_plot_series series[3], el_plot_note notes[3])
{
    const el_plot p = {.title = "Energy <& time>",
                       .subtitle = "sub\ttitle",
                       .x_label = "TPOT [ms]",
                       .y_label = "Energy [J]",
                       .log_x = true,
                       .log_y = true,
                       .series = series,
                       .n_series = 3,
                       .notes = notes,
                       .n_notes = 3};

    for (int i = 0; i < N; i++) {
        px[i] = 5 * pow(1.1, i);
        py[i] = 0.2 + 30 / px[i];
    }
    py[7] = NAN; /* a gap */
    py[8] = -1;  /* not on a log axis */
    series[0] =
        (el_plot_series){"all", px, py, N, false, EL_PLOT_CIRCLE, EL_PLOT_GREY};
    series[1] = (el_plot_series){"front",        px,          py, 20, true,
                                 EL_PLOT_SQUARE, EL_PLOT_BLUE};
    series[2] = (el_plot_series){
        "limit", px, py, N, true, EL_PLOT_NO_MARKER, EL_PLOT_VERMILLION};
    notes[0] = (el_plot_note){px[3], py[3], "tp=4", EL_PLOT_GREEN};
    notes[1] = (el_plot_note){px[4], py[4], "tp=2", EL_PLOT_PURPLE};
    notes[2] = (el_plot_note){-1, 1, "off", EL_PLOT_BLACK};
    return p;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
        n++;
    return n;
}

static void test_svg(void **state)
{
    el_plot_series s[3];
    el_plot_note n[3];
    el_plot p = sample(s, n);
    el_buf out = {0}, again = {0};

    (void)state;
    assert_int_equal(el_plot_svg(&p, &out, NULL), EL_OK);
    assert_int_equal(el_plot_svg(&p, &again, NULL), EL_OK);
    assert_string_equal(out.text, again.text);
    assert_non_null(strstr(out.text, "Energy &lt;&amp; time&gt;</text>"));
    assert_non_null(strstr(out.text, "sub title"));
    /* grey points, their sample in the legend, two notes */
    assert_int_equal(count(out.text, "<circle"), (N - 2) + 1 + 2);
    assert_int_equal(count(out.text, "<g "), count(out.text, "</g>"));
    assert_null(strstr(out.text, "nan"));
    assert_null(strstr(out.text, ">off<"));
    el_buf_clear(&again);
    el_buf_clear(&out);
}

static void test_markers(void **state)
{
    el_buf out = {0};

    (void)state;
    for (int m = EL_PLOT_CIRCLE; m <= EL_PLOT_NO_MARKER; m++) {
        const double x[] = {1, 2, 3}, y[] = {1, 5, 2};
        const el_plot_series s = {
            NULL,          x, y, 3, m == EL_PLOT_NO_MARKER, (el_plot_marker)m,
            EL_PLOT_ORANGE};
        const el_plot p = {.series = &s, .n_series = 1};

        assert_int_equal(el_plot_svg(&p, &out, NULL), EL_OK);
        assert_int_equal(el_plot_png(&p, &out, NULL), EL_OK);
    }
    el_buf_clear(&out);
}

/* Bare charts, long legends, more notes than letters, thousands of points. */
static void test_variants(void **state)
{
    static double many[3000];
    const el_plot_text_style styles[] = {
        {60, 12, true, true}, {60, 12, false, true}, {500, 500, true, false}};
    el_plot_series s[12];
    el_plot_note n[40];
    el_plot p = {.series = s, .n_series = 12, .notes = n, .n_notes = 40};
    el_buf out = {0};

    (void)state;
    for (int i = 0; i < 3000; i++)
        many[i] = 1 + (i * 37) % 1000;
    for (int i = 0; i < 12; i++)
        s[i] = (el_plot_series){"a fairly long name",
                                many,
                                many + 7,
                                (size_t)(i == 0   ? 2500
                                         : i == 1 ? 500
                                                  : 90),
                                i % 2 == 0,
                                (el_plot_marker)(i % 6),
                                (el_plot_color)(i % EL_PLOT_N_COLORS)};
    s[3].name = NULL;
    for (int i = 0; i < 40; i++)
        n[i] = (el_plot_note){many[i], many[i], i ? "x" : NULL, EL_PLOT_BLUE};
    assert_int_equal(el_plot_svg(&p, &out, NULL), EL_OK);
    assert_int_equal(count(out.text, ">a fairly long name<"), 11);
    el_buf_clear(&out);
    for (size_t i = 0; i < 3; i++) {
        p.log_x = i == 1;
        assert_int_equal(el_plot_text(&p, &styles[i], &out, NULL), EL_OK);
        el_buf_clear(&out);
    }
    p.n_series = 0; /* notes alone make a chart too */
    assert_int_equal(el_plot_svg(&p, &out, NULL), EL_OK);
    assert_int_equal(count(out.text, "<circle"), 40);
    el_buf_clear(&out);
}

static void test_png(void **state)
{
    static const unsigned char magic[] = {0x89, 'P', 'N', 'G'};
    el_plot_series s[3];
    el_plot_note n[3];
    el_plot p = sample(s, n);
    el_buf out = {0};

    (void)state;
    assert_int_equal(el_plot_png(&p, &out, NULL), EL_OK);
    assert_memory_equal(out.text, magic, sizeof magic);
    /* width and height stand big-endian at byte 16 */
    assert_int_equal(
        (unsigned char)out.text[18] * 256 + (unsigned char)out.text[19], 1440);
    el_buf_clear(&out);
}

static void test_text(void **state)
{
    const el_plot_text_style plain = {60, 12, false, false};
    const el_plot_text_style fine = {60, 12, true, true};
    const el_plot_text_style tiny = {1, 1, false, false};
    el_plot_series s[3];
    el_plot_note n[3];
    el_plot p = sample(s, n);
    el_buf out = {0};
    size_t width = 0;

    (void)state;
    assert_int_equal(el_plot_text(&p, &plain, &out, NULL), EL_OK);
    for (const char *c = out.text; *c; c++) {
        assert_true((unsigned char)*c < 0x80); /* ASCII only */
        width = *c == '\n' ? 0 : width + 1;
        assert_true(width <= 60);
    }
    assert_non_null(strstr(out.text, "1 tp=4\n"));
    assert_null(strstr(out.text, "off"));
    el_buf_clear(&out);
    assert_int_equal(el_plot_text(&p, &fine, &out, NULL), EL_OK);
    assert_non_null(strstr(out.text, "\033[34m■\033[0m"));
    assert_non_null(strstr(out.text, "└"));
    el_buf_clear(&out);
    assert_int_equal(el_plot_text(&p, &tiny, &out, NULL), EL_OK);
    el_buf_clear(&out);
}

static void test_nothing_to_draw(void **state)
{
    const el_plot_text_style style = {60, 12, false, false};
    const double x[] = {-1, NAN}, y[] = {1, 1};
    const el_plot_series s = {NULL,           x,           y, 2, true,
                              EL_PLOT_CIRCLE, EL_PLOT_BLUE};
    const el_plot p = {.log_x = true, .series = &s, .n_series = 1};
    el_buf out = {0};
    el_error err;

    (void)state;
    assert_int_equal(el_plot_svg(&p, &out, &err), EL_E_ARG);
    assert_string_equal(err.message, "plot: no point to draw");
    assert_int_equal(el_plot_png(&p, &out, &err), EL_E_ARG);
    assert_int_equal(el_plot_text(&p, &style, &out, &err), EL_E_ARG);
    assert_int_equal(out.len, 0); /* untouched */
}

static bool overlap(el_box a, el_box b)
{
    return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

/* Ten labels around nearly one point: none may overlap or leave the area. */
static void test_labels_do_not_collide(void **state)
{
    const el_box area = {0, 0, 600, 400};
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < 50; round++) {
        el_label l[10] = {{0}};
        double xy[200];

        for (int i = 0; i < 200; i++)
            xy[i] = el_test_unif(&seed, 0, 400);
        for (int i = 0; i < 10; i++) {
            l[i].px = el_test_unif(&seed, 250, 350);
            l[i].py = el_test_unif(&seed, 170, 230);
            l[i].w = el_test_unif(&seed, 40, 110);
            l[i].h = 14;
        }
        el_labels_place(l, 10, xy, 100, area);
        for (int i = 0; i < 10; i++) {
            assert_true(l[i].box.x0 >= 0 && l[i].box.x1 <= 600);
            assert_true(l[i].box.y0 >= 0 && l[i].box.y1 <= 400);
            for (int j = 0; j < i; j++)
                if (overlap(l[i].box, l[j].box))
                    fail_msg("round %d: labels %d and %d overlap", round, i, j);
        }
    }
}

static void test_save(void **state)
{
    char folder[] = "/tmp/el_plot_XXXXXX";
    char path[64];
    el_plot_series s[3];
    el_plot_note n[3];
    el_plot p = sample(s, n);
    el_error err;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/a.SVG", folder);
    assert_int_equal(el_plot_save(&p, path, NULL), EL_OK);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/a.png", folder);
    assert_int_equal(el_plot_save(&p, path, NULL), EL_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(el_plot_save(&p, "a.pdf", &err), EL_E_ARG);
    assert_string_equal(err.message, "a.pdf: neither .svg nor .png");
    (void)snprintf(path, sizeof path, "%s/no/a.svg", folder);
    assert_int_equal(el_plot_save(&p, path, NULL), EL_E_IO);
    assert_int_equal(rmdir(folder), 0);
}

typedef el_status (*render_fn)(const el_plot *, el_buf *, el_error *);

static el_status render_text(const el_plot *p, el_buf *out, el_error *err)
{
    const el_plot_text_style style = {60, 12, true, true};

    return el_plot_text(p, &style, out, err);
}

static void test_every_allocation_fails(void **state)
{
    static const render_fn render[] = {el_plot_svg, el_plot_png, render_text};
    el_plot_series s[3];
    el_plot_note n[3];
    el_plot p = sample(s, n);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        el_status st;
        long k = 0;

        do {
            el_buf out = {0};

            el_mem_fail_at(k);
            st = render[i](&p, &out, NULL);
            el_mem_fail_at(-1);
            if (st != EL_OK)
                assert_int_equal(out.len, 0);
            el_buf_clear(&out);
            assert_int_equal(el_mem_live(), 0);
            assert_true(st == EL_OK || st == EL_E_NOMEM);
        } while (st != EL_OK && ++k < 200);
        assert_int_equal(st, EL_OK);
    }
}

/* fontconfig leaks while it reads its configuration: not ours to free */
/* NOLINTNEXTLINE(readability-identifier-naming): the sanitizer's name */
const char *__lsan_default_suppressions(void);
/* NOLINTNEXTLINE(readability-identifier-naming) */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig.so";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_svg),
        cmocka_unit_test(test_markers),
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_nothing_to_draw),
        cmocka_unit_test(test_labels_do_not_collide),
        cmocka_unit_test(test_save),
        cmocka_unit_test(test_every_allocation_fails)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
