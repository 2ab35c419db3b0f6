/* SPDX-License-Identifier: Apache-2.0 */
/* Every way a server can fail has its name; none leaves a number behind. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "el_load_sample.h"

#define N_REQUEST 6u

static const el_load_shape shape = {30, 12};

typedef struct fault {
    const char *option; /* of the fifth request */
    const char *detail; /* a part of it */
    long http_status;
    size_t n_chunk;
    el_load_outcome outcome;
    bool again;   /* tried again, with success */
    bool counted; /* the server's counts are there */
} fault;

static const fault faults[] = {
    {"status=500@5", "as the test wants it", 500, 0, EL_LOAD_HTTP, true, false},
    {"status=503@5", "HTTP 503", 503, 0, EL_LOAD_HTTP, true, false},
    {"status=429@5", "HTTP 429", 429, 0, EL_LOAD_HTTP, true, false},
    {"status=400@5", "HTTP 400", 400, 0, EL_LOAD_HTTP, false, false},
    {"redirect@5", "not followed", 302, 0, EL_LOAD_REDIRECT, false, false},
    {"wrong_type@5", "text/html", 200, 0, EL_LOAD_WRONG_TYPE, false, false},
    {"drop@5", "closed", 0, 0, EL_LOAD_DROPPED, true, false},
    {"reset@5", "closed", 0, 0, EL_LOAD_DROPPED, true, false},
    {"drop=3@5", "", 200, 3, EL_LOAD_DROPPED, false, false},
    {"malformed=4@5", "not JSON: {", 200, 4, EL_LOAD_MALFORMED, false, false},
    {"big=4@5", "an event over 1048576 bytes", 200, 4, EL_LOAD_MALFORMED, false,
     false},
    {"no_done=4@5", "[DONE]", 200, 4, EL_LOAD_TRUNCATED, false, false},
    {"error_event=2@5", "CUDA", 200, 2, EL_LOAD_ERROR_EVENT, false, false},
    {"early_eos=7@5", "7 tokens of 12", 200, 7, EL_LOAD_SHORT, false, true},
    {"long=3@5", "15 tokens, not 12", 200, 15, EL_LOAD_LONG, false, true},
    {"long=500@5", "goes on", 200, 77, EL_LOAD_ENDLESS, false, false},
    {"wrong_usage=-2@5", "10 tokens in 12 events", 200, 12, EL_LOAD_BAD_USAGE,
     false, true},
    {"wrong_usage=1@5", "13 tokens", 200, 12, EL_LOAD_LONG, false, true},
    {"wrong_prompt=2@5", "32 tokens, not 30", 200, 12, EL_LOAD_PROMPT_OFF,
     false, true},
    {"no_usage@5", "no count", 200, 12, EL_LOAD_NO_USAGE, false, false},
    {"slow=3@5", "", 200, 12, EL_LOAD_OK, false, true},
};

static void check_struck(const el_load_request *r, const fault *f)
{
    if (r->outcome != f->outcome || r->http_status != f->http_status ||
        !strstr(r->detail, f->detail) || r->again != f->again)
        fail_msg("%s: %s %ld \"%s\" again %d", f->option,
                 el_load_outcome_name(r->outcome), r->http_status, r->detail,
                 r->again);
    assert_int_equal(r->n_chunk, f->n_chunk);
    assert_int_equal(isnan(r->first_s), f->n_chunk == 0);
    assert_int_equal(isnan(r->completion_tokens), !f->counted);
    assert_int_equal(isnan(r->prompt_tokens), !f->counted);
    assert_true(r->end_s >= r->start_s);
    if (!f->counted)
        assert_true(isnan(el_load_tpot_s(r)));
}

static void check_fault(const fault *f)
{
    el_load_sample *s =
        EL_SAMPLE_SERVE("--itl", "0.0002", "--fault", f->option);
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 1, .n_request = N_REQUEST};
    size_t extra = f->again ? 1 : 0;

    assert_int_equal(
        el_sample_open(s, (el_load_target){.retries = 2, .backoff_s = 1e-3}),
        EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->n, N_REQUEST + extra);
    assert_int_equal(s->total.n_request, N_REQUEST);
    assert_int_equal(s->total.n_attempt, N_REQUEST + extra);
    for (size_t i = 0; i < s->n; i++)
        if (i == 4)
            check_struck(&s->r[i], f);
        else
            assert_int_equal(s->r[i].outcome, EL_LOAD_OK);
    if (f->again) {
        assert_int_equal(s->r[5].index, 4);
        assert_int_equal(s->r[5].attempt, 2);
    }
    el_sample_close(s);
}

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        check_fault(&faults[i]);
}

/* Three kinds of silence, side by side with an answer. */
static void test_silence(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--fault", "hang@3", "--fault",
                                        "hang=2@4", "--itl", "0.0002");
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 4, .n_request = 4};
    size_t n[EL_LOAD_N_OUTCOME] = {0};
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.retries = 2,
                                                        .first_timeout_s = 2,
                                                        .gap_timeout_s = 2}),
                     EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->n, 4);
    for (size_t i = 0; i < s->n; i++) {
        n[s->r[i].outcome]++;
        if (s->r[i].outcome == EL_LOAD_HANG)
            assert_int_equal(s->r[i].n_chunk, 2);
    }
    assert_int_equal(n[EL_LOAD_NO_FIRST], 1);
    assert_int_equal(n[EL_LOAD_HANG], 1);
    assert_int_equal(n[EL_LOAD_OK], 2);
    el_sample_close(s);
}

static void test_whole_timeout(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--itl", "0.4");
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 2, .n_request = 2};
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.timeout_s = 1}),
                     EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->total.n_outcome[EL_LOAD_TIMEOUT], 2);
    assert_string_equal(s->r[0].detail, "not over after 1 s");
    el_sample_close(s);
}

/* A server that only fails is given up, and the last reason is told. */
static void test_given_up(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--fault", "status=500@1");
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 1, .max_failures = 7};
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.engine = 0}), EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_E_DEVICE);
    assert_int_equal(s->n, 7);
    assert_non_null(strstr(s->err.message, "7 requests failed"));
    assert_non_null(strstr(s->err.message, "HTTP 500"));
    assert_int_equal(s->total.n_outcome[EL_LOAD_HTTP], 7);
    el_sample_close(s);
    s = EL_SAMPLE_SERVE("--fault", "status=404@1");
    assert_int_equal(el_sample_open(s, (el_load_target){.retries = 5}), EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_E_DEVICE);
    assert_int_equal(s->n, 1);
    el_sample_close(s);
}

/* The server goes away between two runs. */
static void test_gone(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--itl", "0.0002");
    el_load_work work = {.shape = &shape,
                         .n_shape = 1,
                         .streams = 2,
                         .n_request = 2,
                         .max_failures = 100};
    (void)state;

    assert_int_equal(
        el_sample_open(s, (el_load_target){.retries = 1, .backoff_s = 1e-3}),
        EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    el_fake_openai_stop(&s->server);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->n, 4); /* each tried again */
    for (size_t i = 0; i < s->n; i++) {
        assert_int_equal(s->r[i].outcome, EL_LOAD_NO_CONNECTION);
        assert_true(isnan(s->r[i].sent_s));
        assert_int_equal(s->r[i].again, s->r[i].attempt == 1);
    }
    el_sample_close(s);
}

/* A retry that will not be made is reported, so that every `again` is met. */
static void test_stopped_before_retry(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--fault", "status=500@1");
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 2, .duration_s = 0.5};
    size_t n, stopped = 0;
    (void)state;

    assert_int_equal(
        el_sample_open(s, (el_load_target){.retries = 3, .backoff_s = 30}),
        EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    n = s->total.n_outcome[EL_LOAD_HTTP];
    assert_in_range(n, 1, 2); /* of the two that were begun in time */
    for (size_t i = 0; i < s->n; i++) {
        const el_load_request *r = &s->r[i];

        assert_int_equal(r->again, r->outcome == EL_LOAD_HTTP);
        stopped += r->attempt == 2;
        if (r->attempt == 2) {
            assert_int_equal(r->outcome, EL_LOAD_STOPPED);
            assert_true(isnan(r->start_s));
        }
    }
    assert_int_equal(stopped, n);
    el_sample_close(s);
}

/* Out of memory at any place: a status, no leak, no lost stream. */
static void test_no_memory(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--itl", "0", "--ttft", "0");
    el_load_target target = {.api = EL_LOAD_CHAT, .api_key = "k"};
    el_load_work work = {.shape = &shape,
                         .n_shape = 1,
                         .streams = 2,
                         .n_request = 3,
                         .keep_chunks = true};
    long k = 0;
    el_status st;
    (void)state;

    do {
        el_mem_fail_at(k);
        st = el_sample_open(s, target);
        if (st == EL_OK)
            st = el_sample_run(s, work);
        el_mem_fail_at(-1);
        el_load_close(s->load);
        s->load = NULL;
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
    } while (st != EL_OK && ++k < 1000);
    assert_true(k > 20 && k < 1000);
    assert_int_equal(s->n, 3);
    el_sample_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_whole_timeout),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_stopped_before_retry),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
