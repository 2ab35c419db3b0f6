/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "load/sse.h"

typedef struct heard {
    char text[4096]; /* "<one><two>" */
    size_t n, stop_after;
} heard;

static bool hear(const char *data, size_t len, void *ctx)
{
    heard *h = ctx;

    assert_int_equal(strlen(data), len);
    (void)snprintf(h->text + strlen(h->text), sizeof h->text - strlen(h->text),
                   "<%s>", data);
    return ++h->n != h->stop_after;
}

static void check(const char *stream, const char *events)
{
    heard h = {.n = 0};
    el_sse s = {.begun = false};

    assert_int_equal(el_sse_feed(&s, stream, strlen(stream), hear, &h), EL_OK);
    assert_string_equal(h.text, events);
    el_sse_clear(&s);
}

/* The examples of WHATWG HTML, 9.2.6, and what engines send. */
static void test_events(void **state)
{
    (void)state;
    check("data: YHOO\ndata: +2\ndata: 10\n\n", "<YHOO\n+2\n10>");
    check(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n"
          "\ndata:  third event\n\n",
          "<first event><second event>< third event>");
    check("data\n\ndata\ndata\n\ndata:", "<><\n>");
    check("data:test\n\ndata: test\n\n", "<test><test>");
    check("data: {\"a\":1}\r\n\r\ndata: [DONE]\r\n\r\n", "<{\"a\":1}><[DONE]>");
    check("data: a\rdata: b\r\rdata: c\r\r", "<a\nb><c>");
    check("\xEF\xBB\xBF"
          "data: marked\n\n",
          "<marked>");
    check("\xEF\xBB\xBF\xEF\xBB\xBF"
          "data: twice\n\n",
          "");
    check("event: error\nretry: 3\ndata: x\n\n", "<x>");
    check("datax: no\nDATA: no\n data: no\n\n", "");
    check(": ping\n\n: ping\n\n\n\n", "");
    check("data: cut off\n", "");
    check("data: half", "");
    check("", "");
}

static void test_stop(void **state)
{
    static const char stream[] = "data: a\n\ndata: b\n\n";
    heard h = {.stop_after = 1};
    el_sse s = {.begun = false};
    (void)state;

    assert_int_equal(el_sse_feed(&s, stream, sizeof stream - 1, hear, &h),
                     EL_E_CANCELLED);
    assert_string_equal(h.text, "<a>");
    el_sse_reset(&s);
    h = (heard){.n = 0};
    assert_int_equal(el_sse_feed(&s, stream, sizeof stream - 1, hear, &h),
                     EL_OK);
    assert_string_equal(h.text, "<a><b>");
    el_sse_clear(&s);
}

static bool count(const char *data, size_t len, void *ctx)
{
    (void)data;
    *(size_t *)ctx += len;
    return true;
}

static void test_nul_ends_nothing(void **state)
{
    static const char stream[] = "data: a\0b\n\n";
    size_t got = 0;
    el_sse s = {.begun = false};
    (void)state;

    assert_int_equal(el_sse_feed(&s, stream, sizeof stream - 1, count, &got),
                     EL_OK);
    assert_int_equal(got, 3);
    el_sse_clear(&s);
}

/* A line, and the lines of one event: no more than the limit is held. */
static void test_limit(void **state)
{
    size_t n = EL_SSE_MAX_BYTES + 10, got = 0;
    char *big = malloc(n);
    el_sse s = {.begun = false};
    (void)state;

    assert_non_null(big);
    memset(big, 'x', n);
    (void)snprintf(big, n, "data: ");
    big[6] = 'x';
    assert_int_equal(el_sse_feed(&s, big, n, count, &got), EL_E_DATA);
    el_sse_clear(&s);
    big[n - 2] = big[n - 1] = '\n';
    assert_int_equal(el_sse_feed(&s, big, n, count, &got), EL_E_DATA);
    el_sse_clear(&s);
    big[EL_SSE_MAX_BYTES - 2] = big[EL_SSE_MAX_BYTES - 1] = '\n';
    assert_int_equal(el_sse_feed(&s, big, EL_SSE_MAX_BYTES, count, &got),
                     EL_OK);
    assert_int_equal(got, EL_SSE_MAX_BYTES - 8);
    el_sse_clear(&s);
    for (size_t i = 0; i < 3; i++) { /* lines within, together beyond */
        el_status st = el_sse_feed(&s, big, EL_SSE_MAX_BYTES / 2, count, &got);

        if (st == EL_OK)
            st = el_sse_feed(&s, "\n", 1, count, &got);
        assert_int_equal(st, i < 2 ? EL_OK : EL_E_DATA);
        if (i == 1)
            assert_true(s.data.len <= EL_SSE_MAX_BYTES);
    }
    el_sse_clear(&s);
    free(big);
}

static void test_no_memory(void **state)
{
    static const char stream[] = "data: a\n\n";
    long k = 0;
    el_status st;
    (void)state;

    do {
        heard h = {.n = 0};
        el_sse s = {.begun = false};

        el_mem_fail_at(k);
        st = el_sse_feed(&s, stream, 3, hear, &h);
        if (st == EL_OK)
            st = el_sse_feed(&s, stream + 3, sizeof stream - 4, hear, &h);
        el_mem_fail_at(-1);
        el_sse_clear(&s);
        assert_int_equal(el_mem_live(), 0);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_int_equal(h.n, st == EL_OK);
    } while (st != EL_OK && ++k < 20);
    assert_true(k > 1 && k < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_nul_ends_nothing),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
