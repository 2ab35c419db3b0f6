/* SPDX-License-Identifier: Apache-2.0 */
#include "io/number_text.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define DIGITS        17
#define MANTISSA_BITS 52

__extension__ typedef unsigned __int128 uint128;

const uint64_t el_pow5[EL_POW5] = {
    1u,
    5u,
    25u,
    125u,
    625u,
    3125u,
    15625u,
    78125u,
    390625u,
    1953125u,
    9765625u,
    48828125u,
    244140625u,
    1220703125u,
    6103515625u,
    30517578125u,
    152587890625u,
    762939453125u,
    3814697265625u,
    19073486328125u,
    95367431640625u,
    476837158203125u,
    2384185791015625u,
    11920928955078125u,
    59604644775390625u,
    298023223876953125u,
    1490116119384765625u,
    7450580596923828125u,
};

/* m 2^exp2, m of 53 bits. */
typedef struct binary {
    uint64_t m;
    int exp2;
} binary;

static binary split(double value)
{
    const uint64_t one = (uint64_t)1 << MANTISSA_BITS;
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return (binary){(bits & (one - 1)) | one,
                    (int)(bits >> MANTISSA_BITS & 0x7FF) - 1023 -
                        MANTISSA_BITS};
}

static bool has_bit(const uint64_t n[3], unsigned i)
{
    return n[i / 64] >> i % 64 & 1u;
}

/* n / 2^shift, half to even; 0 < shift < 128 and the result has 64 bits. */
static uint64_t shift_right(const uint64_t n[3], unsigned shift)
{
    unsigned word = shift / 64, bit = shift % 64, half = shift - 1;
    uint64_t whole = n[word] >> bit, below;

    if (bit > 0)
        whole |= n[word + 1] << (64 - bit);
    if (!has_bit(n, half))
        return whole;
    below = n[half / 64] << 1 << (63 - half % 64); /* bits under the half */
    if (half >= 64)
        below |= n[0];
    return whole + (below != 0 || (whole & 1u));
}

/* round(m 2^exp2 10^p), half to even; 0 <= p <= 54 (which is 1e-37), the result
 * below 2^63. */
static uint64_t scaled(binary b, int p)
{
    int low = p < (int)EL_POW5 ? p : (int)EL_POW5 - 1, shift = b.exp2 + p;
    uint128 five = (uint128)el_pow5[low] * el_pow5[p - low];
    uint128 lower = (uint128)(uint64_t)five * b.m;
    uint128 upper = (uint128)(uint64_t)(five >> 64) * b.m + (lower >> 64);
    const uint64_t n[3] = {(uint64_t)lower, (uint64_t)upper,
                           (uint64_t)(upper >> 64)};

    return shift >= 0 ? n[0] << shift : shift_right(n, (unsigned)-shift);
}

/* Two runs of digits take half the time of one: each waits for the last. */
static void put_digits(char *text, int n, uint32_t value)
{
    for (int i = n; i-- > 0; value /= 10)
        text[i] = (char)('0' + value % 10);
}

/* 17 digits of value = 0.d1d2... 10^(exponent + 1) into text. */
static int digits_of(double value, char text[DIGITS])
{
    static const uint64_t most = 100000000000000000u; /* 10^17 */
    binary b = split(value);
    /* floor(log10) of the power of two below it: right or one too low */
    int exp10 = ((b.exp2 + MANTISSA_BITS) * 78913) >> 18;
    uint64_t n = scaled(b, DIGITS - 1 - exp10);

    if (n >= most)
        n = scaled(b, DIGITS - 1 - ++exp10);
    put_digits(text, 9, (uint32_t)(n / 100000000u));
    put_digits(text + 9, 8, (uint32_t)(n % 100000000u));
    return exp10;
}

/* 1 <= exp10 + 1 <= 17 digits stand before the point. */
static char *put_plain(char *to, const char *digit, int n, int exp10)
{
    int before = exp10 + 1;

    memset(to, '0', (size_t)before);
    memcpy(to, digit, (size_t)(n < before ? n : before));
    to += before;
    *to++ = '.';
    if (n <= before)
        *to++ = '0';
    for (int i = before; i < n; i++)
        *to++ = digit[i];
    return to;
}

static char *put_small(char *to, const char *digit, int n, int exp10)
{
    *to++ = '0';
    *to++ = '.';
    for (int i = -1; i > exp10; i--)
        *to++ = '0';
    memcpy(to, digit, (size_t)n);
    return to + n;
}

/* exp10 from -37 to -5 */
static char *put_scientific(char *to, const char *digit, int n, int exp10)
{
    *to++ = digit[0];
    if (n > 1) {
        *to++ = '.';
        memcpy(to, digit + 1, (size_t)n - 1);
        to += n - 1;
    }
    *to++ = 'e';
    *to++ = '-';
    if (exp10 <= -10)
        *to++ = (char)('0' + -exp10 / 10);
    *to++ = (char)('0' + -exp10 % 10);
    return to;
}

static size_t by_jansson(double value, char out[EL_NUMBER_TEXT])
{
    json_t *number = json_real(value);
    size_t len = json_dumpb(number, out, EL_NUMBER_TEXT,
                            JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY);

    json_decref(number);
    return len;
}

size_t el_number_text(double value, char out[EL_NUMBER_TEXT])
{
    char digit[DIGITS], *to = out;
    int n = DIGITS, exp10;

    if (!(fabs(value) >= 1e-37 && fabs(value) < 1e17))
        return by_jansson(value, out);
    if (value < 0.0)
        *to++ = '-';
    exp10 = digits_of(fabs(value), digit);
    while (n > 1 && digit[n - 1] == '0')
        n--;
    if (exp10 >= 0)
        to = put_plain(to, digit, n, exp10);
    else if (exp10 >= -4)
        to = put_small(to, digit, n, exp10);
    else
        to = put_scientific(to, digit, n, exp10);
    return (size_t)(to - out);
}
