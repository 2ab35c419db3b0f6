/* SPDX-License-Identifier: Apache-2.0 */
/* When requests begin, and when no more of them do. */
#include "el_test.h"

#include <string.h>

#include "el_load_sample.h"

static const el_load_shape shape = {20, 4};

static el_load_sample *open_at(const char *ttft, const char *itl)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--ttft", ttft, "--itl", itl);

    assert_int_equal(el_sample_open(s, (el_load_target){.engine = 0}), EL_OK);
    return s;
}

/* Records come in the order of their ends. */
static void due_times(const el_load_sample *s, double *due)
{
    for (size_t i = 0; i < s->n; i++) {
        assert_true(s->r[i].start_s >= s->r[i].due_s);
        due[s->r[i].index] = s->r[i].due_s - s->total.start_s;
    }
}

static void poisson(uint64_t seed, double *due, size_t n)
{
    el_load_sample *s = open_at("0.001", "0.0002");
    el_load_work work = {.shape = &shape,
                         .n_shape = 1,
                         .arrival = EL_LOAD_POISSON,
                         .rate_hz = 1000,
                         .n_request = n,
                         .seed = seed};

    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->n, n);
    assert_int_equal(s->total.n_outcome[EL_LOAD_OK], n);
    due_times(s, due);
    el_sample_close(s);
}

/* Times come from the seed alone; their gaps are exponential. */
static void test_poisson(void **state)
{
    enum { N = 400 };
    double one[N] = {0}, same[N] = {0}, other[N] = {0}, sum = 0, squares = 0;
    (void)state;

    poisson(1, one, N);
    poisson(1, same, N);
    poisson(2, other, N);
    assert_true(fabs(one[0] - other[0]) > 1e-6);
    for (size_t i = 0; i < N; i++) {
        double gap = one[i] - (i > 0 ? one[i - 1] : 0);

        assert_close(one[i], same[i], 0, 1e-9);
        assert_true(gap > 0);
        sum += gap;
        squares += gap * gap;
    }
    assert_close(sum / N, 1e-3, 0.15, 0); /* 3 sigma of 400 */
    assert_close(squares / N, 2e-6, 0.4, 0);
}

static void test_trace(void **state)
{
    const double at[] = {0, 0.001, 0.001, 0.02, 0.03};
    double due[5] = {0};
    el_load_sample *s = open_at("0.005", "0.001");
    el_load_work work = {.shape = &shape,
                         .n_shape = 1,
                         .arrival = EL_LOAD_TRACE,
                         .arrival_s = at,
                         .n_arrival = 5};
    (void)state;

    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->n, 5);
    due_times(s, due);
    for (size_t i = 0; i < 5; i++)
        assert_close(due[i], at[i], 0, 1e-9);
    /* no stream is free: it begins late, and that can be seen */
    work.streams = 1;
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->n, 5);
    assert_int_equal(s->total.peak_in_flight, 1);
    assert_true(s->total.late_max_s >= 0.005);
    el_sample_close(s);
}

/* Cut: what is in flight is said to have been stopped, and is no number. */
static void test_duration(void **state)
{
    el_load_sample *s = open_at("0.001", "100");
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 3, .duration_s = 0.3};
    (void)state;

    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_in_range(s->n, 1, 3); /* a busy machine begins fewer in time */
    assert_int_equal(s->n, s->total.n_request);
    for (size_t i = 0; i < s->n; i++) {
        assert_int_equal(s->r[i].outcome, EL_LOAD_STOPPED);
        assert_true(isnan(s->r[i].completion_tokens));
        assert_true(isnan(el_load_tpot_s(&s->r[i])));
    }
    assert_true(s->total.end_s - s->total.start_s >= 0.3);
    el_sample_close(s);
}

static void test_drain(void **state)
{
    el_load_sample *s = open_at("0.5", "0.001");
    el_load_work work = {.shape = &shape,
                         .n_shape = 1,
                         .streams = 3,
                         .duration_s = 0.3,
                         .drain = true};
    (void)state;

    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_in_range(s->n, 1, 3);
    assert_int_equal(s->total.n_outcome[EL_LOAD_OK], s->n);
    assert_true(s->total.end_s - s->total.start_s >= 0.5);
    el_sample_close(s);
}

static void test_told_to_stop(void **state)
{
    el_load_sample *s = open_at("0.001", "0.0002");
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 2, .drain = true};
    (void)state;

    s->stop_after = 5;
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_in_range(s->n, 5, 6); /* one was in flight */
    assert_int_equal(s->total.n_outcome[EL_LOAD_OK], s->n);
    el_sample_close(s);
}

static bool yes(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_cancelled(void **state)
{
    const el_task task = {.cancelled = yes};
    el_load_sample *s = open_at("50", "1");
    el_load_work work = {.shape = &shape,
                         .n_shape = 1,
                         .streams = 2,
                         .done = el_sample_record,
                         .ctx = s};
    (void)state;

    assert_int_equal(el_load_run(s->load, &work, &task, &s->total, &s->err),
                     EL_E_CANCELLED);
    assert_int_equal(s->n, s->total.n_attempt);
    assert_int_equal(s->total.n_outcome[EL_LOAD_STOPPED], s->n);
    el_sample_close(s);
}

typedef struct ticks {
    size_t n;
    double last_s;
} ticks;

static bool on_tick(const el_load_now *now, void *ctx)
{
    ticks *t = ctx;

    assert_true(now->time_s > t->last_s);
    assert_int_equal(now->n_in_flight, 2);
    assert_true(now->n_decoding <= 2 && now->n_started == 2);
    t->last_s = now->time_s;
    return ++t->n < 3; /* then no more */
}

static void test_tick(void **state)
{
    el_load_sample *s = open_at("0.01", "100");
    ticks t = {.n = 0};
    el_load_work work = {.shape = &shape,
                         .n_shape = 1,
                         .streams = 2,
                         .tick = on_tick,
                         .ctx = &t};
    (void)state;

    assert_int_equal(el_load_run(s->load, &work, NULL, &s->total, &s->err),
                     EL_OK);
    assert_int_equal(t.n, 3);
    assert_int_equal(s->total.n_outcome[EL_LOAD_STOPPED], 2);
    el_sample_close(s);
}

static void check_refused(el_load_sample *s, el_load_work work)
{
    assert_int_equal(el_sample_run(s, work), EL_E_ARG);
    assert_int_equal(s->n, 0);
}

static void test_refused(void **state)
{
    const el_load_shape none = {0, 4}, huge = {5, EL_LOAD_MAX_TOKENS + 1};
    const double back[] = {1, 0.5}, gone[] = {(double)NAN};
    el_load_sample *s = open_at("0.001", "0.0002");
    el_load_work good = {.shape = &shape, .n_shape = 1, .streams = 1}, w;
    (void)state;

    w = good, w.n_shape = 0;
    check_refused(s, w);
    w = good, w.shape = &none;
    check_refused(s, w);
    w = good, w.shape = &huge;
    check_refused(s, w);
    w = good, w.streams = 0;
    check_refused(s, w);
    w = good, w.streams = EL_LOAD_MAX_STREAMS + 1;
    check_refused(s, w);
    w = good, w.duration_s = (double)NAN;
    check_refused(s, w);
    w = good, w.arrival = EL_LOAD_POISSON;
    check_refused(s, w);
    w.rate_hz = (double)INFINITY;
    check_refused(s, w);
    w = good, w.arrival = EL_LOAD_TRACE, w.arrival_s = back, w.n_arrival = 2;
    check_refused(s, w);
    w.arrival_s = gone, w.n_arrival = 1;
    check_refused(s, w);
    el_sample_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_poisson),      cmocka_unit_test(test_trace),
        cmocka_unit_test(test_duration),     cmocka_unit_test(test_drain),
        cmocka_unit_test(test_told_to_stop), cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_tick),         cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
