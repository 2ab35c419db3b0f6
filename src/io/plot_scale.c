/* SPDX-License-Identifier: Apache-2.0 */
#include "io/plot_scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PAD         0.05 /* of the range, on both sides */
#define ZERO_WITHIN 0.35 /* lo below this share of hi: start at 0 */
#define FEW_DECADES 2.2  /* labels at 1, 2, 5 */
#define ONE_DECADE  0.55 /* labels from linear steps */

static void add_tick(el_axis *axis, double value, const char *label)
{
    el_tick *t = &axis->tick[axis->n_ticks];

    if (axis->n_ticks == EL_AXIS_MAX_TICKS)
        return;
    t->value = value;
    (void)snprintf(t->label, sizeof t->label, "%s", label);
    axis->n_ticks++;
}

/* "1e-05" to "1e-5" */
static void short_exponent(char *text)
{
    char *e = strchr(text, 'e');
    char *digits = e ? e + 2 : NULL;

    if (!e)
        return;
    while (digits[0] == '0' && digits[1] != '\0')
        memmove(digits, digits + 1, strlen(digits));
    if (e[1] == '+')
        memmove(e + 1, e + 2, strlen(e + 1));
}

void el_axis_label(char *text, size_t cap, double value, int decimals)
{
    double a = fabs(value);

    if (a != 0 && (a >= 1e15 || a < 1e-4)) {
        (void)snprintf(text, cap, "%.3g", value);
        short_exponent(text);
    } else if (a >= 1e12) {
        (void)snprintf(text, cap, "%.6gT", value / 1e12);
    } else if (a >= 1e9) {
        (void)snprintf(text, cap, "%.6gG", value / 1e9);
    } else if (a >= 1e6) {
        (void)snprintf(text, cap, "%.6gM", value / 1e6);
    } else if (a >= 1e4) {
        (void)snprintf(text, cap, "%.6gk", value / 1e3);
    } else {
        (void)snprintf(text, cap, "%.*f", decimals, value);
    }
}

/* 1, 2 or 5 times a power of ten, nearest to `raw` in ratio. */
static double nice_step(double raw)
{
    double p = pow(10, floor(log10(raw)));
    double m = raw / p;

    return p * (m < 1.41 ? 1 : m < 3.16 ? 2 : m < 7.07 ? 5 : 10);
}

static void linear_ticks(el_axis *axis, int n)
{
    double step = nice_step((axis->hi - axis->lo) / n);
    int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    double first = ceil(axis->lo / step - 1e-9);
    int count = (int)floor(axis->hi / step - first + 1e-9);

    for (int i = 0; i <= count && i < EL_AXIS_MAX_TICKS; i++) {
        char label[24];
        double v = (first + i) * step + 0.0; /* no -0 */

        el_axis_label(label, sizeof label, v, decimals);
        add_tick(axis, v, label);
    }
}

/* Every how many decades a label fits. */
static int decade_step(double decades, int n)
{
    int every = 1;

    while (decades / every > n)
        every++;
    return every;
}

static bool has_label(int digit, int exponent, double decades, int n)
{
    if (decades <= FEW_DECADES)
        return digit == 1 || digit == 2 || digit == 5;
    return digit == 1 && exponent % decade_step(decades, n) == 0;
}

static void log_ticks(el_axis *axis, int n)
{
    double decades = log10(axis->hi / axis->lo);
    int last = (int)floor(log10(axis->hi) + 1e-9);

    for (int e = (int)floor(log10(axis->lo)); e <= last; e++)
        for (int digit = 1; digit < 10; digit++) {
            double v = digit * pow(10, e);
            char label[24] = "";

            if (v < axis->lo * (1 - 1e-9) || v > axis->hi * (1 + 1e-9))
                continue;
            if (has_label(digit, e, decades, n))
                el_axis_label(label, sizeof label, v, e < 0 ? -e : 0);
            if (*label || decades <= 8)
                add_tick(axis, v, label);
        }
}

static void widen(double *lo, double *hi)
{
    double pad = PAD * (*hi - *lo);

    if (pad <= 0) /* one value only */
        pad = *lo != 0 ? 0.5 * fabs(*lo) : 1;
    *hi += pad;
    if (*lo >= 0 && *lo < ZERO_WITHIN * *hi)
        *lo = 0;
    else
        *lo = *lo >= 0 && *lo < pad ? 0 : *lo - pad;
}

void el_axis_fit(el_axis *axis, double lo, double hi, bool log, int n)
{
    axis->log = log;
    axis->n_ticks = 0;
    if (log) {
        double pad = fmax(PAD * log10(hi / lo), 0.04);

        axis->lo = lo * pow(10, -pad);
        axis->hi = hi * pow(10, pad);
    } else {
        widen(&lo, &hi);
        axis->lo = lo;
        axis->hi = hi;
    }
    if (log && log10(axis->hi / axis->lo) > ONE_DECADE)
        log_ticks(axis, n);
    else
        linear_ticks(axis, n);
}

double el_axis_at(const el_axis *axis, double value)
{
    if (axis->log)
        return log(value / axis->lo) / log(axis->hi / axis->lo);
    return (value - axis->lo) / (axis->hi - axis->lo);
}

bool el_plot_shows(const el_plot *plot, double x, double y)
{
    return isfinite(x) && isfinite(y) && (!plot->log_x || x > 0) &&
           (!plot->log_y || y > 0);
}

typedef struct bounds {
    double x_lo, x_hi, y_lo, y_hi;
    size_t n;
} bounds;

static void include_point(bounds *b, const el_plot *plot, double x, double y)
{
    if (!el_plot_shows(plot, x, y))
        return;
    b->x_lo = b->n ? fmin(b->x_lo, x) : x;
    b->x_hi = b->n ? fmax(b->x_hi, x) : x;
    b->y_lo = b->n ? fmin(b->y_lo, y) : y;
    b->y_hi = b->n ? fmax(b->y_hi, y) : y;
    b->n++;
}

double el_heat_edge(const double *centre, size_t n, size_t i, bool log)
{
    size_t a = i == 0 ? 0 : i == n ? n - 1 : i - 1;
    size_t b = i == 0 ? 1 : i == n ? n - 2 : i;

    if (n == 1) /* a cell alone: an octave, or a unit */
        return log ? centre[0] * (i ? sqrt(2.0) : sqrt(0.5))
                   : centre[0] + (i ? 0.5 : -0.5);
    if (i > 0 && i < n)
        return log ? sqrt(centre[a] * centre[b])
                   : 0.5 * (centre[a] + centre[b]);
    return log ? centre[a] * sqrt(centre[a] / centre[b])
               : 1.5 * centre[a] - 0.5 * centre[b];
}

static void include_heat(bounds *b, const el_plot *plot)
{
    const el_plot_heat *h = plot->heat;

    for (size_t i = 0; i <= h->n_x; i += h->n_x)
        for (size_t j = 0; j <= h->n_y; j += h->n_y)
            include_point(b, plot, el_heat_edge(h->x, h->n_x, i, plot->log_x),
                          el_heat_edge(h->y, h->n_y, j, plot->log_y));
}

bool el_plot_axes(const el_plot *plot, int n_x, int n_y, el_axis *x, el_axis *y)
{
    bounds b = {0};

    if (plot->heat && plot->heat->n_x && plot->heat->n_y)
        include_heat(&b, plot);
    for (size_t s = 0; s < plot->n_series; s++)
        for (size_t i = 0; i < plot->series[s].n; i++)
            include_point(&b, plot, plot->series[s].x[i], plot->series[s].y[i]);
    for (size_t i = 0; i < plot->n_notes; i++)
        include_point(&b, plot, plot->notes[i].x, plot->notes[i].y);
    if (b.n == 0)
        return false;
    el_axis_fit(x, b.x_lo, b.x_hi, plot->log_x, n_x);
    el_axis_fit(y, b.y_lo, b.y_hi, plot->log_y, n_y);
    return true;
}
