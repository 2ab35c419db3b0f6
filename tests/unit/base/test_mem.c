/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "energylens/error.h"

static void array_is_zeroed_and_counted(void **state)
{
    unsigned char *p = el_array(100, 3);

    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(p[i], 0);
    assert_int_equal(el_mem_live(), 1);
    el_free(p);
    el_free(NULL);
    assert_int_equal(el_mem_live(), 0);
}

static void array_refuses(void **state)
{
    volatile size_t huge = SIZE_MAX / 2;

    (void)state;
    assert_null(el_array(0, 8));
    assert_null(el_array(8, 0));
    assert_null(el_array(huge, 8));
    assert_int_equal(el_mem_live(), 0);
}

static void grow_keeps_and_zeroes(void **state)
{
    size_t cap = 0;
    int *p = el_grow(NULL, &cap, 1, sizeof *p), *q;

    (void)state;
    assert_non_null(p);
    assert_true(cap >= 1);
    for (size_t i = 0; i < cap; i++)
        p[i] = (int)i;
    assert_ptr_equal(el_grow(p, &cap, cap, sizeof *p), p);
    size_t had = cap;
    q = el_grow(p, &cap, had + 1, sizeof *p);
    assert_non_null(q);
    assert_int_equal(cap, 2 * had);
    for (size_t i = 0; i < cap; i++)
        assert_int_equal(q[i], i < had ? (int)i : 0);
    p = el_grow(q, &cap, 1000, sizeof *p);
    assert_int_equal(cap, 1000);
    assert_int_equal(el_mem_live(), 1);
    el_free(p);
}

static void grow_failure_leaves_old(void **state)
{
    size_t cap = 0;
    char *p = el_grow(NULL, &cap, 20, 1);

    (void)state;
    memcpy(p, "still here", sizeof "still here");
    el_mem_fail_at(0);
    assert_null(el_grow(p, &cap, 21, 1));
    el_mem_fail_at(-1);
    assert_int_equal(cap, 20);
    assert_string_equal(p, "still here");
    assert_null(el_grow(p, &cap, SIZE_MAX, 8));
    assert_int_equal(cap, 20);
    cap = SIZE_MAX / 8; /* doubling would overflow */
    assert_null(el_grow(p, &cap, SIZE_MAX / 8 + 1, 8));
    el_free(p);
    cap = 0;
    assert_null(el_grow(NULL, &cap, 0, 8));
    assert_null(el_grow(NULL, &cap, 8, 0));
    assert_int_equal(cap, 0);
    assert_int_equal(el_mem_live(), 0);
}

static void hook_fails_the_kth(void **state)
{
    void *p[3];

    (void)state;
    el_mem_fail_at(1);
    for (int i = 0; i < 3; i++)
        p[i] = el_array(1, 1);
    assert_non_null(p[0]);
    assert_null(p[1]);
    assert_non_null(p[2]);
    el_free(p[0]);
    el_free(p[2]);
    assert_int_equal(el_mem_live(), 0);
}

static void error_text(void **state)
{
    el_error err = {0};

    (void)state;
    assert_int_equal(el_fail(&err, EL_E_IO, "a: %d", 7), EL_E_IO);
    assert_int_equal(err.status, EL_E_IO);
    assert_string_equal(err.message, "a: 7");
    assert_int_equal(el_fail(NULL, EL_E_ARG, "x"), EL_E_ARG);
    assert_string_equal(el_status_text(EL_OK), "success");
    assert_string_equal(el_status_text(EL_E_CANCELLED), "stopped on request");
    assert_string_equal(el_status_text((el_status)99), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(array_is_zeroed_and_counted),
        cmocka_unit_test(array_refuses),
        cmocka_unit_test(grow_keeps_and_zeroes),
        cmocka_unit_test(grow_failure_leaves_old),
        cmocka_unit_test(hook_fails_the_kth),
        cmocka_unit_test(error_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
