/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/calibrate_text.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "cli/format.h"
#include "cli/help.h"
#include "cli/term.h"
#include "cli/text_table.h"

#define LABEL     10
#define N_LINE    64u /* points of the fitted line */
#define PLOT_ROWS 14

static void say(const char *label, const char *text, int width, el_buf *out)
{
    el_buf_printf(out, "%-*s", LABEL, label);
    el_help_wrap(text, LABEL, LABEL, (size_t)(width > 40 ? width : 40), out);
    el_buf_add(out, "\n");
}

static void percent(el_text_table *t, double share)
{
    el_text_table_number(t, 100.0 * share, 3);
}

static size_t skipped_of(const el_link_rows *rows, int collective)
{
    size_t n = 0;

    for (int i = 0; i < EL_N_SKIPS; i++)
        n += rows->skipped[collective][i];
    return n;
}

static el_status table(const el_calibration *c, const el_plot_text_style *style,
                       el_buf *out, el_error *err)
{
    static const el_column column[] = {
        {"collective", NULL, true, 0}, {"GPUs", NULL, false, 0},
        {"alpha", "us", false, 0},     {"plateau", "GB/s", false, 0},
        {"one SM", "GB/s", false, 3},  {"rows", NULL, false, 1},
        {"sizes", NULL, false, 4},     {"error", "median %", false, 0},
        {"", "worst %", false, 2},     {"held out", "median %", false, 0},
        {"", "worst %", false, 2}};
    el_text_table *t =
        el_text_table_new(column, sizeof column / sizeof *column);
    el_status st;

    for (size_t i = 0; i < c->report.links.n; i++) {
        const el_link_fit *f = &c->report.fit[i];

        el_text_table_cell(t, el_collective_name(f->curve.collective));
        el_text_table_cellf(t, "%g", f->curve.gpus);
        el_text_table_number(t, 1e6 * f->curve.alpha_s, 3);
        el_text_table_number(t, 1e-9 * f->curve.bus_bytes_s, 3);
        el_text_table_number(t, 1e-9 * f->curve.sm_bytes_s, 3);
        el_text_table_cellf(t, "%zu", f->n);
        el_text_table_cellf(t, "%zu", f->n_size);
        percent(t, f->error_median);
        percent(t, f->error_worst);
        percent(t, f->held_median);
        percent(t, f->held_worst);
    }
    st = el_text_table_print(t, style->width, style->color, out, err);
    el_text_table_free(t);
    return st;
}

/* "1,512 used; ignored: 24 of expert_exchange (above 1 MiB)" */
static void rows_line(const el_calibration *c, int width, el_buf *out)
{
    const el_link_rows *rows = &c->rows;
    el_buf text = {0};
    bool any = false;

    el_buf_printf(&text, "%s used", el_fmt_count(rows->n - c->n_refused).s);
    for (int k = 0; k <= EL_N_COLLECTIVES; k++) {
        if (skipped_of(rows, k) == 0)
            continue;
        for (int i = 0; i < EL_N_SKIPS; i++) {
            if (rows->skipped[k][i] == 0)
                continue;
            el_buf_printf(&text, "%s%zu",
                          any ? ", " : "; ignored: ", rows->skipped[k][i]);
            if (k < EL_N_COLLECTIVES)
                el_buf_printf(&text, " of %s",
                              el_collective_name((el_collective)k));
            el_buf_printf(&text, " (%s)", el_link_skip_text((el_link_skip)i));
            any = true;
        }
    }
    if (c->n_refused > 0)
        el_buf_printf(&text, "%s%zu of collectives that could not be fitted",
                      any ? ", " : "; ignored: ", c->n_refused);
    say("Rows", el_buf_text(&text), width, out);
    out->failed |= text.failed;
    el_buf_clear(&text);
}

static void power_line(const el_calibration *c, int width, el_buf *out)
{
    const el_links *links = &c->report.links;
    char text[320];

    if (!el_is_known(links->spin_w_per_sm))
        return;
    (void)snprintf(text, sizeof text,
                   "%s W above idle (%s W) for each SM, %s pJ for each byte on "
                   "the bus",
                   el_fmt_number(links->spin_w_per_sm, 3).s,
                   el_fmt_number(c->idle_w, 3).s,
                   el_fmt_number(1e12 * links->bus_j_per_byte, 3).s);
    say("Power", text, width, out);
}

/* The curve with the most GPUs of the collective with the most rows. */
static size_t shown_curve(const el_calibration *c)
{
    size_t best = 0;

    for (size_t i = 1; i < c->report.links.n; i++) {
        const el_link_fit *f = &c->report.fit[i], *b = &c->report.fit[best];

        if (f->curve.collective == b->curve.collective
                ? f->curve.gpus > b->curve.gpus
                : f->n > b->n)
            best = i;
    }
    return best;
}

/* Points and line of one curve; x MB, y us: 4 arrays from `value`. */
static el_status draw(const el_calibration *c, size_t i, double *value,
                      const el_plot_text_style *style, el_buf *out,
                      el_error *err)
{
    const el_link_fit *f = &c->report.fit[i];
    const el_link_row *row = c->rows.row + c->first[i];
    double *x = value, *y = x + f->n, *lx = y + f->n, *ly = lx + N_LINE;
    el_plot_text_style s = *style;
    double sm = el_is_known(row[0].n_sm) ? row[0].n_sm : 0.0;
    size_t n = 0;
    char title[96];
    el_plot_series series[2] = {
        {"measured", x, y, 0, false, EL_PLOT_CIRCLE, EL_PLOT_BLUE},
        {"fitted", lx, ly, N_LINE, true, EL_PLOT_NO_MARKER, EL_PLOT_ORANGE}};
    el_plot plot = {.title = title,
                    .x_label = "message [bytes]",
                    .y_label = "time [us]",
                    .log_x = true,
                    .log_y = true,
                    .series = series,
                    .n_series = 2};

    for (size_t k = 0; k < f->n; k++) {
        if (sm > 0.0 && row[k].n_sm != sm)
            continue;
        x[n] = row[k].bytes;
        y[n++] = 1e6 * row[k].time_s;
    }
    series[0].n = n;
    for (size_t k = 0; k < N_LINE; k++) {
        lx[k] = f->bytes_lo *
                pow(f->bytes_hi / f->bytes_lo, (double)k / (N_LINE - 1));
        ly[k] = 1e6 * el_link_curve_time(&f->curve, lx[k], sm);
    }
    (void)snprintf(title, sizeof title, "%s, %g GPUs",
                   el_collective_name(f->curve.collective), f->curve.gpus);
    if (sm > 0.0)
        (void)snprintf(title, sizeof title, "%s, %g GPUs, %g SMs",
                       el_collective_name(f->curve.collective), f->curve.gpus,
                       sm);
    s.height = PLOT_ROWS;
    s.width = s.width < 40 ? 40 : s.width > 100 ? 100 : s.width;
    return el_plot_text(&plot, &s, out, err);
}

static el_status chart(const el_calibration *c, const el_plot_text_style *style,
                       el_buf *out, el_error *err)
{
    size_t i = shown_curve(c);
    double *value = el_array(2 * (c->report.fit[i].n + N_LINE), sizeof *value);
    el_status st;

    if (!value)
        return el_fail(err, EL_E_NOMEM, "calibrate: out of memory");
    el_buf_add(out, "\n");
    st = draw(c, i, value, style, out, err);
    el_free(value);
    return st;
}

el_status el_calibrate_text(const el_calibration *c,
                            const el_plot_text_style *style, el_buf *out,
                            el_error *err)
{
    el_status st;

    el_buf_printf(out, "%sLinks of %s%s\n\n",
                  el_style_on(EL_STYLE_BOLD, style->color), c->report.links.gpu,
                  el_style_off(style->color));
    st = table(c, style, out, err);
    if (st != EL_OK)
        return st;
    el_buf_add(out, "\n");
    rows_line(c, style->width, out);
    power_line(c, style->width, out);
    say("Held out",
        "every other message size left out of the fit, and predicted; - with "
        "fewer than 8 sizes",
        style->width, out);
    return chart(c, style, out, err);
}
