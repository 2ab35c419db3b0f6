/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define UNPACKED 15.0 /* bits; 16 with some weights of 8 is worth no word */

static el_text fixed(const char *text)
{
    el_text t;

    el_str_copy(t.s, sizeof t.s, text);
    return t;
}

/* true where v has no digits to print */
static int is_odd(double v, el_text *t)
{
    if (isfinite(v))
        return 0;
    *t = fixed(isnan(v) ? "-" : v > 0 ? "inf" : "-inf");
    return 1;
}

/* Decimals that show `digits` significant digits of v after rounding. */
static int decimals_for(double v, int digits)
{
    int lead; /* exponent of the leading digit */
    int n;

    if (v == 0)
        return 0;
    lead = (int)floor(log10(fabs(v)));
    n = digits - 1 - lead;
    n = n < 0 ? 0 : n;
    /* 9.996 with 3 digits is 10.0, not 10.00 */
    if (n > 0 && fabs(v) * pow(10, n) + 0.5 >= pow(10, digits))
        n--;
    return n;
}

el_text el_fmt_number(double v, int digits)
{
    el_text t;

    if (is_odd(v, &t))
        return t;
    if (v != 0 && (fabs(v) >= 1e15 || fabs(v) < 1e-9))
        (void)snprintf(t.s, sizeof t.s, "%.*e", digits - 1, v);
    else
        (void)snprintf(t.s, sizeof t.s, "%.*f", decimals_for(v, digits), v);
    return t;
}

static const struct prefix {
    double factor;
    const char *name;
} prefixes[] = {{1e-9, "n"}, {1e-6, "u"}, {1e-3, "m"}, {1, ""},    {1e3, "k"},
                {1e6, "M"},  {1e9, "G"},  {1e12, "T"}, {1e15, "P"}};

#define N_PREFIXES (sizeof prefixes / sizeof prefixes[0])
#define NO_PREFIX  3u

/* The prefix under which v reads as 1 .. 999 once rounded to `digits`. */
static const struct prefix *prefix_for(double v, int digits)
{
    size_t i = 0;

    if (v == 0 || !isfinite(v))
        return &prefixes[NO_PREFIX];
    while (i + 1 < N_PREFIXES &&
           fabs(v) / prefixes[i].factor >= 1000 - 0.5 * pow(10, 3 - digits))
        i++;
    return &prefixes[i];
}

static el_text with_unit(double v, const struct prefix *p, const char *unit,
                         int digits)
{
    el_text t = el_fmt_number(v / p->factor, digits);
    size_t len = strlen(t.s);

    if (isfinite(v))
        (void)snprintf(t.s + len, sizeof t.s - len, " %s%s", p->name, unit);
    return t;
}

el_text el_fmt_si(double v, const char *unit, int digits)
{
    return with_unit(v, prefix_for(v, digits), unit, digits);
}

void el_fmt_precision(const char *precision, double weight_bits, el_buf *out)
{
    el_buf_add(out, precision);
    if (weight_bits < UNPACKED)
        el_buf_printf(out, " (weights of %.2g bits)", weight_bits);
}

el_text el_fmt_energy(double energy_j)
{
    return el_fmt_si(energy_j, "J", 3);
}

el_text el_fmt_wh(double energy_j)
{
    return el_fmt_si(energy_j / 3600, "Wh", 3);
}

el_text el_fmt_grams(double g)
{
    return g < 1e6 ? el_fmt_si(g, "g", 3) : el_fmt_si(g / 1e6, "t", 3);
}

el_text el_fmt_power(double power_w)
{
    return el_fmt_si(power_w, "W", 3);
}

el_text el_fmt_time(double time_s)
{
    el_text t;
    double s;

    if (is_odd(time_s, &t))
        return t;
    s = round(fabs(time_s));
    if (s < 100)
        return el_fmt_si(time_s, "s", 3);
    if (s < 3600)
        (void)snprintf(t.s, sizeof t.s, "%s%.0fm %02.0fs",
                       time_s < 0 ? "-" : "", floor(s / 60), fmod(s, 60));
    else if (s < 360000)
        (void)snprintf(t.s, sizeof t.s, "%s%.0fh %02.0fm",
                       time_s < 0 ? "-" : "", floor(s / 3600),
                       floor(fmod(s, 3600) / 60));
    else
        (void)snprintf(t.s, sizeof t.s, "%.3g d", time_s / 86400);
    return t;
}

el_text el_fmt_bytes(double bytes)
{
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t i = 0;
    el_text t;
    size_t len;

    if (is_odd(bytes, &t))
        return t;
    for (; i < 5 && fabs(bytes) >= 1023.5; i++)
        bytes /= 1024;
    t = el_fmt_number(i ? bytes : round(bytes), i ? 3 : 1);
    len = strlen(t.s);
    (void)snprintf(t.s + len, sizeof t.s - len, " %s", unit[i]);
    return t;
}

el_text el_fmt_percent(double share)
{
    el_text t;

    if (!is_odd(share, &t))
        (void)snprintf(t.s, sizeof t.s, "%.58s %%",
                       el_fmt_number(100 * share, fabs(share) < 1 ? 3 : 4).s);
    return t;
}

el_text el_fmt_change(double share)
{
    el_text t;

    if (!is_odd(share, &t))
        (void)snprintf(t.s, sizeof t.s, "%+.1f %%", 100 * share);
    return t;
}

el_text el_fmt_count(uint64_t n)
{
    char digits[24];
    el_text t;
    size_t len, at = 0;

    (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            t.s[at++] = ',';
        t.s[at++] = digits[i];
    }
    t.s[at] = '\0';
    return t;
}

/* Digits after the point so that both ends differ visibly, at most 6. */
static int interval_decimals(double lo, double hi, int digits)
{
    double larger = fabs(lo) > fabs(hi) ? lo : hi;
    int n = decimals_for(larger, digits);

    while (n < 6 && hi > lo && (hi - lo) * pow(10, n) < 1 - 1e-6)
        n++;
    return n;
}

static el_text interval(double lo, double hi, int digits)
{
    el_text t;
    int n;

    if (!isfinite(lo) || !isfinite(hi)) {
        (void)snprintf(t.s, sizeof t.s, "%.28s..%.28s",
                       el_fmt_number(lo, digits).s,
                       el_fmt_number(hi, digits).s);
        return t;
    }
    n = interval_decimals(lo, hi, digits);
    if (fabs(lo) >= 1e15 || fabs(hi) >= 1e15)
        (void)snprintf(t.s, sizeof t.s, "%.*e..%.*e", digits - 1, lo,
                       digits - 1, hi);
    else
        (void)snprintf(t.s, sizeof t.s, "%.*f..%.*f", n, lo, n, hi);
    return t;
}

el_text el_fmt_interval(double lo, double hi, int digits)
{
    if (isnan(lo) && isnan(hi))
        return fixed("-");
    return interval(lo, hi, digits);
}

el_text el_fmt_interval_si(double lo, double hi, const char *unit, int digits)
{
    double larger = fabs(lo) > fabs(hi) ? lo : hi;
    const struct prefix *p = prefix_for(isfinite(larger) ? larger : 1, digits);
    el_text t;

    if (isnan(lo) && isnan(hi))
        return fixed("-");
    t = interval(lo / p->factor, hi / p->factor, digits);
    (void)snprintf(t.s + strlen(t.s), sizeof t.s - strlen(t.s), " %s%s",
                   p->name, unit);
    return t;
}
