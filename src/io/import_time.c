/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "io/import_part.h"

/* Days from 1970-01-01 of a date of the Gregorian calendar: whole 400-year
 * eras of 146097 days, years that begin in March. */
static double days_of(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = y / 400, yoe = y - era * 400;
    int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return (double)era * 146097 + doe - 719468;
}

typedef struct scan {
    const char *p, *end;
} scan;

/* Exactly n digits. */
static bool digits(scan *s, int n, int *out)
{
    int v = 0;

    for (int i = 0; i < n; i++, s->p++) {
        if (s->p >= s->end || !isdigit((unsigned char)*s->p))
            return false;
        v = v * 10 + (*s->p - '0');
    }
    *out = v;
    return true;
}

static bool skip(scan *s, const char *any)
{
    if (s->p >= s->end || !strchr(any, *s->p))
        return false;
    s->p++;
    return true;
}

/* 19:53:18.720 or 19:53:18,720 */
static bool clock_time(scan *s, const char *colon, double *out)
{
    int h, m, sec;
    double scale = .1, part = 0;

    if (!digits(s, 2, &h) || (*colon && !skip(s, colon)) || !digits(s, 2, &m) ||
        (*colon && !skip(s, colon)) || !digits(s, 2, &sec) || h > 23 ||
        m > 59 || sec > 60)
        return false;
    if (skip(s, ".,"))
        for (; s->p < s->end && isdigit((unsigned char)*s->p); s->p++) {
            part += scale * (*s->p - '0');
            scale /= 10;
        }
    *out = h * 3600.0 + m * 60.0 + sec + part;
    return true;
}

/* Z, +02:00, -0800 or nothing. */
static bool zone(scan *s, double *shift_s, el_clock *clock)
{
    int h, m = 0, sign;

    *shift_s = 0;
    *clock = EL_CLOCK_LOCAL;
    if (s->p == s->end)
        return true;
    *clock = EL_CLOCK_UTC;
    if (skip(s, "Zz"))
        return s->p == s->end;
    sign = *s->p == '-' ? 1 : -1;
    if (!skip(s, "+-") || !digits(s, 2, &h))
        return false;
    (void)skip(s, ":");
    if (s->p < s->end && !digits(s, 2, &m))
        return false;
    *shift_s = sign * (h * 3600.0 + m * 60.0);
    return s->p == s->end;
}

static bool date(scan *s, double *days)
{
    const char *mark = "/-";
    int y, m, d;

    if (!digits(s, 4, &y))
        return false;
    if (s->p < s->end && isdigit((unsigned char)*s->p))
        mark = ""; /* 20250325 */
    if ((*mark && !skip(s, mark)) || !digits(s, 2, &m) ||
        (*mark && !skip(s, mark)) || !digits(s, 2, &d))
        return false;
    if (y < 1970 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    *days = days_of(y, m, d);
    return true;
}

static bool stamp(el_slice text, double *time_s, el_clock *clock)
{
    scan s = {text.text, text.text + text.len};
    double days, of_day, shift;
    el_clock found;

    if (!date(&s, &days) || !skip(&s, " T-_"))
        return false;
    if (!clock_time(&s, text.text[4] == '/' || text.text[4] == '-' ? ":" : "",
                    &of_day) ||
        !zone(&s, &shift, &found))
        return false;
    *time_s = days * 86400 + of_day + shift;
    *clock = found;
    return true;
}

/* Seconds, ms, us or ns since 1970, by size. */
static bool since_1970(double value, double *time_s, el_clock *clock)
{
    /* 1990 to 2200 in s, ms, us and ns do not overlap */
    static const double scale[] = {1, 1e3, 1e6, 1e9};

    for (size_t i = 0; i < sizeof scale / sizeof *scale; i++)
        if (value > 6e8 * scale[i] && value < 7.3e9 * scale[i]) {
            *time_s = value / scale[i];
            *clock = EL_CLOCK_UTC;
            return true;
        }
    if (!(value >= 0 && value <= 6e8))
        return false;
    *time_s = value;
    *clock = EL_CLOCK_ELAPSED;
    return true;
}

bool el_time_parse(el_slice text, double *time_s, el_clock *clock)
{
    scan s = {text.text, text.text + text.len};
    double v;

    if (el_parse_double(text.text, text.len, &v))
        return since_1970(v, time_s, clock);
    if (stamp(text, time_s, clock))
        return true;
    if (!clock_time(&s, ":", &v) || s.p != s.end)
        return false;
    *time_s = v;
    *clock = EL_CLOCK_DAY;
    return true;
}
