/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/task.h"

enum { N = 1000 };

typedef struct sheet {
    atomic_int ran[N];
    size_t bad[3], n_bad; /* these items fail */
    bool silent;          /* without saying why */
    long pause_ns;
    const el_task *task; /* warned through, when set */
} sheet;

static el_status item(void *ctx, size_t i, el_error *err)
{
    sheet *s = ctx;

    atomic_fetch_add(&s->ran[i], 1);
    if (s->pause_ns) {
        struct timespec t = {0, s->pause_ns};
        (void)nanosleep(&t, NULL);
    }
    if (s->task && i % 100 == 0)
        el_task_warn(s->task, "item %zu: %s", i, "round");
    for (size_t k = 0; k < s->n_bad; k++)
        if (i == s->bad[k])
            return s->silent ? EL_E_IO
                             : el_fail(err, EL_E_DATA, "bad item %zu", i);
    return EL_OK;
}

static void every_item_once(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads < 5; threads++) {
        sheet s = {0};
        el_task task = {.threads = threads};

        assert_int_equal(el_parallel_for(N, item, &s, &task, NULL), EL_OK);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(s.ran[i], 1);
    }
}

static void no_task_and_no_items(void **state)
{
    sheet s = {0};
    el_task many = {.threads = 1000000};

    (void)state;
    assert_int_equal(el_parallel_for(0, item, &s, NULL, NULL), EL_OK);
    assert_int_equal(s.ran[0], 0);
    assert_int_equal(el_parallel_for(3, item, &s, NULL, NULL), EL_OK);
    assert_int_equal(s.ran[2], 1);
    assert_int_equal(el_parallel_for(N, item, &s, &many, NULL), EL_OK);
    assert_int_equal(s.ran[2], 2);
    assert_false(el_task_is_cancelled(NULL));
    el_task_report(NULL, 1, 2);
    el_task_warn(NULL, "x");
}

static void lowest_failure_decides(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 40; round++) {
        sheet s = {.bad = {700, 123, 124}, .n_bad = 3};
        el_task task = {.threads = 1 + round % 4};
        el_error err = {0};

        assert_int_equal(el_parallel_for(N, item, &s, &task, &err), EL_E_DATA);
        assert_string_equal(err.message, "bad item 123");
        for (size_t i = 0; i <= 123; i++)
            assert_int_equal(s.ran[i], 1);
        assert_int_equal(s.ran[N - 1], 0);
    }
}

static void failure_without_words(void **state)
{
    sheet s = {.bad = {5}, .n_bad = 1, .silent = true};
    el_error err = {0};

    (void)state;
    assert_int_equal(el_parallel_for(9, item, &s, NULL, &err), EL_E_IO);
    assert_string_equal(err.message, "item 5: input/output failure");
    assert_int_equal(err.status, EL_E_IO);
}

typedef struct watch {
    size_t reports, last, total, warnings, asked, cancel_after;
    char line[64];
    bool inside; /* a second thread in a callback would see it set */
    bool overlap;
} watch;

static void enter(watch *l)
{
    l->overlap = l->overlap || l->inside;
    l->inside = true;
}

static void on_progress(size_t done, size_t total, void *ctx)
{
    watch *l = ctx;

    enter(l);
    assert_true(done >= l->last);
    l->last = done;
    l->total = total;
    l->reports++;
    l->inside = false;
}

static void on_warn(const char *line, void *ctx)
{
    watch *l = ctx;

    enter(l);
    l->warnings++;
    (void)strncpy(l->line, line, sizeof l->line - 1);
    l->inside = false;
}

static bool on_cancel(void *ctx)
{
    watch *l = ctx;
    bool yes;

    enter(l);
    yes = l->asked++ >= l->cancel_after;
    l->inside = false;
    return yes;
}

static void callbacks_one_at_a_time(void **state)
{
    watch l = {.cancel_after = SIZE_MAX};
    el_task task = {.threads = 4,
                    .progress = on_progress,
                    .warn = on_warn,
                    .cancelled = on_cancel,
                    .ctx = &l};
    sheet s = {.pause_ns = 1000000, .task = &task};

    (void)state;
    assert_int_equal(el_parallel_for(N, item, &s, &task, NULL), EL_OK);
    assert_false(l.overlap);
    assert_int_equal(l.last, N);
    assert_int_equal(l.total, N);
    assert_in_range(l.reports, 1, 40); /* four a second, not a thousand */
    assert_int_equal(l.warnings, 10);
}

static void cancellation(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads < 4; threads++) {
        watch l = {.cancel_after = 10};
        el_task task = {.threads = threads, .cancelled = on_cancel, .ctx = &l};
        sheet s = {0};
        el_error err = {0};
        int ran = 0;

        assert_int_equal(el_parallel_for(N, item, &s, &task, &err),
                         EL_E_CANCELLED);
        assert_string_equal(err.message, "stopped on request");
        for (size_t i = 0; i < N; i++)
            ran += s.ran[i];
        assert_int_equal(ran, 10);
    }
}

static void serial_report_each_percent(void **state)
{
    watch l = {.cancel_after = 0};
    el_task task = {.progress = on_progress,
                    .warn = on_warn,
                    .cancelled = on_cancel,
                    .ctx = &l};

    (void)state;
    el_task_report(&task, 0, 0);
    assert_int_equal(l.reports, 0);
    for (size_t i = 0; i <= 100000; i++)
        el_task_report(&task, i, 100000);
    assert_int_equal(l.reports, 101);
    assert_int_equal(l.last, 100000);
    el_task_warn(&task, "x: %d", 3);
    assert_string_equal(l.line, "x: 3");
    assert_true(el_task_is_cancelled(&task));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_once),
        cmocka_unit_test(no_task_and_no_items),
        cmocka_unit_test(lowest_failure_decides),
        cmocka_unit_test(failure_without_words),
        cmocka_unit_test(callbacks_one_at_a_time),
        cmocka_unit_test(cancellation),
        cmocka_unit_test(serial_report_each_percent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
