/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged JSON is taken or refused as jansson does; counts are the same. */
#include "el_test.h"

#include <jansson.h>
#include <string.h>

#include "load/chunk.h"

#define ROUNDS 20000u

static const char *const text[] = {
    "{\"id\":\"cmpl-1\",\"choices\":[{\"index\":0,\"text\":\" a\","
    "\"finish_reason\":null}],\"usage\":null}",
    "{\"choices\":[],\"usage\":{\"prompt_tokens\":512,\"completion_tokens\":"
    "128,\"prompt_tokens_details\":{\"cached_tokens\":0}}}",
    "{\"choices\":[{\"delta\":{\"content\":\"\\n\\\"x\\\\\"},\"a\":[1.5e3,-2,"
    "true,false,{}]}],\"usage\":{\"completion_tokens\":7}}",
    "{\"error\":{\"message\":\"no\",\"code\":500}, \"usage\" : {} }",
};

/* ASCII that means something to JSON; no \u: jansson looks at surrogates. */
static const char letters[] = "{}[]:,\"\\ntrue0123456789.-+eE \t";

static size_t damage(uint64_t *seed, char *out)
{
    const char *from = text[el_test_next(seed) % 4];
    size_t n = strlen(from), times = el_test_next(seed) % 4;

    memcpy(out, from, n + 1);
    while (times-- > 0) {
        size_t at = el_test_next(seed) % n;

        switch (el_test_next(seed) % 3) {
        case 0:
            out[at] = letters[el_test_next(seed) % (sizeof letters - 1)];
            break;
        case 1: /* a byte less */
            memmove(out + at, out + at + 1, n - at);
            n--;
            break;
        default: /* twice */
            memmove(out + at + 1, out + at, n - at + 1);
            n++;
            break;
        }
    }
    return n;
}

/* What jansson has at usage.NAME: a whole number from 0 on, or NaN. */
static double count_of(const json_t *root, const char *name)
{
    const json_t *v = json_object_get(json_object_get(root, "usage"), name);

    return json_is_integer(v) && json_integer_value(v) >= 0
               ? (double)json_integer_value(v)
               : (double)NAN;
}

static bool same(double a, double b)
{
    return isnan(a) ? isnan(b) : !isnan(b) && fabs(a - b) < 0.5;
}

static void test_as_jansson(void **state)
{
    uint64_t seed = 7;
    size_t taken = 0;
    (void)state;

    for (size_t round = 0; round < ROUNDS; round++) {
        char bytes[512];
        size_t n = damage(&seed, bytes);
        el_chunk c;
        json_error_t why;
        json_t *root = json_loadb(bytes, n, 0, &why);
        bool ok = el_chunk_read(bytes, n, &c);

        if (!root && json_error_code(&why) == json_error_numeric_overflow)
            continue; /* 1e400: a number to JSON, not to a double */
        if (ok != json_is_object(root))
            fail_msg("%s: jansson %s it: %s", bytes, root ? "takes" : "refuses",
                     why.text);
        taken += ok;
        if (ok &&
            (!same(c.prompt_tokens, count_of(root, "prompt_tokens")) ||
             !same(c.completion_tokens, count_of(root, "completion_tokens"))))
            fail_msg("%s: %g and %g tokens", bytes, c.prompt_tokens,
                     c.completion_tokens);
        json_decref(root);
    }
    assert_in_range(taken, ROUNDS / 5, 4 * ROUNDS / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_jansson)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
