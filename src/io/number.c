/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimal text to the nearest double, bit for bit what strtod gives in the C
 * locale, several times faster on the 15 to 19 digit values that tables hold.
 */
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/csv.h"
#include "io/number_text.h"

/* Longer cells are refused: no finite number needs them. */
#define MAX_NUMBER_LEN 1023u
/* A 64-bit integer holds every 19-digit one. */
#define MAX_DIGITS  19u
#define MAX_EXP10   99999 /* beyond any double, far below INT_MAX */
#define EXACT_POW10 22    /* largest power of ten that is a double */
#define EXACT_POW5  ((int)EL_POW5 - 1)

__extension__ typedef unsigned __int128 uint128;

typedef struct decimal { /* digits * 10^exp10 */
    uint64_t digits;
    unsigned n_digits; /* significant ones kept */
    int exp10;
    bool negative;
    bool truncated; /* a non-zero digit did not fit */
} decimal;

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10u;
}

static const char *scan_digits(const char *p, const char *end, bool fraction,
                               decimal *d)
{
    for (; p < end && is_digit(*p); p++) {
        unsigned digit = (unsigned char)(*p - '0');

        if (d->n_digits < MAX_DIGITS) {
            d->digits = d->digits * 10u + digit;
            d->n_digits += d->digits != 0;
            d->exp10 -= fraction;
        } else {
            d->truncated = d->truncated || digit != 0;
            d->exp10 += !fraction;
        }
    }
    return p;
}

/* p stands after 'e'. NULL without a digit. */
static const char *scan_exponent(const char *p, const char *end, decimal *d)
{
    bool negative = p < end && *p == '-';
    int exponent = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !is_digit(*p))
        return NULL;
    for (; p < end && is_digit(*p); p++)
        if (exponent < MAX_EXP10)
            exponent = exponent * 10 + (*p - '0');
    d->exp10 += negative ? -exponent : exponent;
    return p;
}

static bool scan_decimal(const char *p, const char *end, decimal *d)
{
    const char *digits;
    size_t n;

    d->negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    digits = p;
    p = scan_digits(p, end, false, d);
    n = (size_t)(p - digits);
    if (p < end && *p == '.') {
        digits = ++p;
        p = scan_digits(p, end, true, d);
        n += (size_t)(p - digits);
    }
    if (n == 0)
        return false;
    if (p < end && (*p == 'e' || *p == 'E'))
        p = scan_exponent(p + 1, end, d);
    return p == end;
}

/* 2^exponent, exponent in the normal range. */
static double power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/*
 * digits / 10^k = digits / 5^k * 2^-k, 0 < k <= 27, digits > 0. Both integers
 * are shifted to fill 64 bits, so the 128-by-64-bit quotient has 63 or 64 bits:
 * ten more than a double, and the remainder tells the rest. Hence the rounding
 * (half to even) is exact. The result is far from the subnormal range.
 */
static double divide_pow10(uint64_t digits, int k)
{
    int shift_n = __builtin_clzll(digits);
    int shift_d = __builtin_clzll(el_pow5[k]);
    uint64_t divisor = el_pow5[k] << shift_d;
    uint128 dividend = (uint128)(digits << shift_n) << 63;
    uint64_t quotient = (uint64_t)(dividend / divisor);
    bool inexact = dividend != (uint128)quotient * divisor;
    int drop = 64 - __builtin_clzll(quotient) - 53;
    uint64_t kept = quotient >> drop;
    uint64_t rest = quotient - (kept << drop);
    uint64_t half = (uint64_t)1 << (drop - 1);

    if (rest > half || (rest == half && (inexact || (kept & 1u))))
        kept++;
    return (double)kept * power_of_two(drop - (shift_n + 63 - shift_d + k));
}

/* The hard cases, whatever locale the calling program has set. */
static double convert_slowly(const char *text, size_t len)
{
    char copy[MAX_NUMBER_LEN + 1];
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = c_locale ? uselocale(c_locale) : (locale_t)0;
    double value;

    memcpy(copy, text, len);
    copy[len] = '\0';
    value = strtod(copy, NULL);
    if (c_locale) {
        (void)uselocale(before);
        freelocale(c_locale);
    }
    return value;
}

static double convert(const decimal *d, const char *text, size_t len)
{
    static const double pow10[EXACT_POW10 + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double value;

    if (d->digits == 0)
        value = 0;
    /* Clinger: two exact doubles, so the one operation rounds once */
    else if (!d->truncated && d->digits <= (uint64_t)1 << 53 &&
             d->exp10 >= -EXACT_POW10 && d->exp10 <= EXACT_POW10)
        value = d->exp10 < 0 ? (double)d->digits / pow10[-d->exp10]
                             : (double)d->digits * pow10[d->exp10];
    else if (!d->truncated && d->exp10 < 0 && d->exp10 >= -EXACT_POW5)
        value = divide_pow10(d->digits, -d->exp10);
    else
        return convert_slowly(text, len);
    return d->negative ? -value : value;
}

bool el_parse_double(const char *text, size_t len, double *out)
{
    decimal d = {0};
    double value;

    while (len > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        len--;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    if (len == 0 || len > MAX_NUMBER_LEN || !scan_decimal(text, text + len, &d))
        return false;
    value = convert(&d, text, len);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}
