/* SPDX-License-Identifier: Apache-2.0 */
/* When repeats are enough; windows of whole rounds. */
#include "el_test.h"
#include "profile/repeats.h"
#include "profile/rounds.h"

static void half_width(void **state)
{
    /* mean 10, s = 1, n = 4: t(0.975, 3) = 3.182446 */
    const double s = 1, d = s * sqrt(3.0 / 4);
    const double v[] = {10 - d, 10 + d, NAN, 10 - d, 10 + d};
    const el_repeats_rule rule = {3, 10, 0.16};
    el_repeats r = el_repeats_of(v, 5, &rule);

    (void)state;
    assert_close(r.mean, 10, 1e-12, 0);
    assert_close(r.relative, 3.182446 / 2 / 10, 1e-5, 0);
    assert_true(r.converged);
    assert_true(r.enough);
}

static void when_to_stop(void **state)
{
    const double v[] = {1, 2, 1, 2, 1, 2};
    const el_repeats_rule rule = {3, 5, 0.02}, none = {3, 5, NAN};

    (void)state;
    assert_false(el_repeats_of(v, 0, &rule).enough);
    assert_true(isnan(el_repeats_of(v, 0, &rule).mean));
    assert_true(isnan(el_repeats_of(v, 1, &rule).relative));
    assert_false(el_repeats_of(v, 4, &rule).enough);
    assert_true(el_repeats_of(v, 5, &rule).enough);
    assert_false(el_repeats_of(v, 5, &rule).converged);
    assert_false(el_repeats_of(v, 2, &none).enough);
    assert_true(el_repeats_of(v, 3, &none).converged);
    /* equal values: a width of 0 is no reason to stop before the least */
    assert_false(el_repeats_of((double[]){1, 1}, 2, &rule).enough);
    assert_true(el_repeats_of((double[]){1, 1, 1}, 3, &rule).converged);
}

static void whole_rounds(void **state)
{
    /* four in flight, in step, 1 s a round */
    double end[40];
    el_rounds w;

    (void)state;
    for (int i = 0; i < 40; i++) {
        int round = i / 4;

        end[i] = 1 + round + 1e-3 * (i % 4);
    }
    assert_true(el_rounds_find(end, 40, 4, 2.5, 2.2, &w));
    assert_close(w.start_s, 3, 1e-12, 0);
    assert_close(w.end_s, 6, 1e-12, 0); /* 2 rounds are too short */
    assert_int_equal(w.n_round, 3);
    assert_int_equal(w.n_request, 12);
    assert_int_equal(w.first, 9);
    /* from the middle of a burst too */
    assert_true(el_rounds_find(end, 40, 4, 3.0015, 2.2, &w));
    assert_close(w.end_s - w.start_s, 3, 1e-12, 0);
    assert_false(el_rounds_find(end, 40, 4, 9, 2.2, &w));
    assert_false(el_rounds_find(end, 40, 4, 50, 0, &w));
    assert_false(el_rounds_find(end, 40, 0, 0, 0, &w));
    assert_false(el_rounds_find(end, 0, 4, 0, 0, &w));
}

static void no_width(void **state)
{
    const double end[] = {1, 1, 1, 2};
    el_rounds w;

    (void)state;
    assert_true(el_rounds_find(end, 4, 1, 0, 0, &w));
    assert_true(w.end_s > w.start_s);
    assert_int_equal(w.n_request, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_width), cmocka_unit_test(when_to_stop),
        cmocka_unit_test(whole_rounds), cmocka_unit_test(no_width)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
