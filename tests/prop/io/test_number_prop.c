/* SPDX-License-Identifier: Apache-2.0 */
/* el_parse_double gives bit for bit what strtod gives in the C locale. */
#include "el_test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/csv.h"

#define N_ROUNDS 400000

static uint64_t bits_of(double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static void check(const char *text, uint64_t seed)
{
    double want = strtod(text, NULL), got = -1;
    bool ok = el_parse_double(text, strlen(text), &got);

    if (isinf(want) ? ok : !ok || bits_of(got) != bits_of(want))
        fail_msg("\"%s\": got %a, strtod %a (seed %" PRIu64 ")", text, got,
                 want, seed);
}

/* Doubles of any size, printed with every number of digits. */
static void test_printed_doubles(void **state)
{
    uint64_t seed = 11, s = seed;
    char text[64];

    (void)state;
    for (int i = 0; i < N_ROUNDS; i++) {
        uint64_t bits = el_test_next(&s);
        double v;

        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        (void)snprintf(text, sizeof text, "%.*g", 1 + (int)(bits % 20), v);
        check(text, seed);
        v = el_test_unif(&s, -1e4, 1e4);
        (void)snprintf(text, sizeof text, "%.*f", (int)(bits % 24), v);
        check(text, seed);
    }
}

/* Random digits and exponents around the limits of the fast paths. */
static void test_random_decimals(void **state)
{
    uint64_t seed = 12, s = seed;
    char text[128];

    (void)state;
    for (int i = 0; i < N_ROUNDS; i++) {
        uint64_t digits = el_test_next(&s) >> (el_test_next(&s) % 64);
        int exponent = (int)(el_test_next(&s) % 61) - 30;

        (void)snprintf(text, sizeof text, "%" PRIu64 "e%d", digits, exponent);
        check(text, seed);
        (void)snprintf(text, sizeof text, "%" PRIu64 ".%09" PRIu64 "e%d",
                       digits >> 30, digits & 0x1FFFFFFF, exponent);
        check(text, seed);
    }
}

/* Halfway between neighbours, and one unit of the last digit beside it. */
static void test_halfway(void **state)
{
    uint64_t seed = 13, s = seed;
    char text[128];

    (void)state;
    for (int i = 0; i < N_ROUNDS; i++) {
        uint64_t odd = el_test_next(&s) >> 10 | (uint64_t)1 << 53 | 1u;
        unsigned shift = 1 + (unsigned)(el_test_next(&s) % 8);
        uint64_t pow5 = 1;
        uint64_t whole = odd >> shift;
        uint64_t part;

        /* (odd & mask) / 2^shift = (odd & mask) 5^shift / 10^shift */
        for (unsigned k = 0; k < shift; k++)
            pow5 *= 5;
        part = (odd & (((uint64_t)1 << shift) - 1)) * pow5;
        for (int d = -1; d <= 1; d++) {
            (void)snprintf(text, sizeof text, "%" PRIu64 ".%0*" PRIu64, whole,
                           (int)shift, part + (uint64_t)(int64_t)d);
            check(text, seed);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printed_doubles),
        cmocka_unit_test(test_random_decimals),
        cmocka_unit_test(test_halfway),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
