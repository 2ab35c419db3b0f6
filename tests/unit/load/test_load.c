/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a server that keeps its own times and counts. */
#include "el_test.h"

#include <string.h>

#include "el_load_sample.h"

#define N(a) (sizeof(a) / sizeof *(a))

static const el_load_shape short_ones[] = {{40, 5}, {70, 8}};

static el_load_work closed(size_t streams, size_t n)
{
    return (el_load_work){.shape = short_ones,
                          .n_shape = N(short_ones),
                          .streams = streams,
                          .n_request = n};
}

static void check_all_ok(const el_load_sample *s, size_t n)
{
    assert_int_equal(s->n, n);
    for (size_t i = 0; i < n; i++) {
        const el_load_request *r = &s->r[i];

        if (r->outcome != EL_LOAD_OK)
            fail_msg("request %zu: %s: %s", r->index,
                     el_load_outcome_name(r->outcome), r->detail);
        assert_int_equal(r->input_tokens,
                         short_ones[r->index % 2].input_tokens);
        assert_close(r->prompt_tokens, (double)r->input_tokens, 0, 0);
        assert_close(r->completion_tokens, (double)r->output_tokens, 0, 0);
        assert_int_equal(r->http_status, 200);
        assert_int_equal(r->attempt, 1);
    }
}

static void check_engine(const char *engine, el_load_api api,
                         const char *letters, const char *split)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--engine", engine, "--itl", "0.0002",
                                        "--letters", letters, "--split", split);
    el_load_server server;

    assert_int_equal(el_sample_open(s, (el_load_target){.api = api}), EL_OK);
    server = el_load_server_of(s->load);
    assert_string_equal(server.model, "fake-model");
    assert_string_equal(el_load_engine_name(server.engine), engine);
    assert_int_equal(server.prompt, api == EL_LOAD_CHAT ? EL_LOAD_PROMPT_TEXT
                                                        : EL_LOAD_PROMPT_IDS);
    assert_int_equal(el_sample_run(s, closed(3, 8)), EL_OK);
    check_all_ok(s, 8);
    for (size_t i = 0; i < s->n; i++)
        assert_int_equal(s->r[i].n_chunk, s->r[i].output_tokens);
    assert_int_equal(s->total.n_request, 8);
    assert_int_equal(s->total.n_attempt, 8);
    assert_int_equal(s->total.n_outcome[EL_LOAD_OK], 8);
    assert_int_equal(s->total.peak_in_flight, 3);
    el_sample_close(s);
}

/* Whatever a tokenizer takes as a word, in whatever pieces the answer comes. */
static void test_exact_lengths(void **state)
{
    static const char *const engine[] = {"vllm", "sglang", "tensorrt-llm",
                                         "llama.cpp"};
    (void)state;

    for (size_t i = 0; i < N(engine); i++) {
        check_engine(engine[i], EL_LOAD_COMPLETIONS, "7", i % 2 ? "0" : "5");
        check_engine(engine[i], EL_LOAD_CHAT, i % 2 ? "7" : "4", "0");
    }
}

/* A server of no known kind may end its answers: they are not what was asked,
   and are not taken for it. */
static void test_unknown_engine(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--engine", "openai", "--eos", "3");
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.engine = 0}), EL_OK);
    assert_int_equal(el_load_server_of(s->load).prompt, EL_LOAD_PROMPT_TEXT);
    assert_int_equal(el_sample_run(s, closed(2, 4)), EL_OK);
    for (size_t i = 0; i < s->n; i++) {
        assert_int_equal(s->r[i].outcome, EL_LOAD_SHORT);
        assert_close(s->r[i].completion_tokens, 3, 0, 0);
        assert_close(s->r[i].prompt_tokens, (double)s->r[i].input_tokens, 0, 0);
    }
    el_sample_close(s);
}

/* Events that carry several tokens each: counts are those of the server. */
static void test_merged_tokens(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--merge", "4", "--itl", "0.0002");
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.engine = 0}), EL_OK);
    assert_int_equal(el_sample_run(s, closed(2, 4)), EL_OK);
    check_all_ok(s, 4);
    for (size_t i = 0; i < s->n; i++)
        assert_int_equal(s->r[i].n_chunk, (s->r[i].output_tokens + 3) / 4);
    el_sample_close(s);
}

/* Causes come before effects, on both sides, by the same clock. */
static void check_order(const el_load_request *r, const el_fake_log *l,
                        double lag_s)
{
    assert_true(r->due_s <= r->start_s);
    assert_true(r->start_s <= r->sent_s);
    assert_true(r->sent_s <= l->recv_s);
    assert_true(l->recv_s + 0.002 <= l->first_s);
    assert_true(l->first_s <= r->first_s + lag_s);
    assert_true(r->first_s <= r->last_s);
    assert_true(l->last_s <= r->last_s + lag_s);
    assert_true(r->last_s <= r->end_s);
    assert_close(el_load_ttft_s(r), r->first_s - r->sent_s, 0, 0);
    assert_close(el_load_tpot_s(r),
                 (r->last_s - r->first_s) / (double)(r->output_tokens - 1),
                 1e-12, 0);
}

static void test_times(void **state)
{
    char path[] = "/tmp/el_load_XXXXXX";
    int fd = mkstemp(path);
    el_fake_log log[32];
    el_load_sample *s = EL_SAMPLE_SERVE("--log", path, "--ttft", "0.002");
    size_t n;
    (void)state;

    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(el_sample_open(s, (el_load_target){.engine = 0}), EL_OK);
    assert_int_equal(el_sample_run(s, closed(4, 24)), EL_OK);
    check_all_ok(s, 24);
    el_fake_openai_stop(&s->server); /* flushes its log */
    n = el_fake_log_read(path, log, N(log));
    (void)unlink(path);
    assert_int_equal(n, 24);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < s->n && s->r[k].index != log[i].index)
            k++;
        assert_true(k < s->n);
        check_order(&s->r[k], &log[i], s->total.lag_max_s);
    }
    el_sample_close(s);
}

typedef struct chunks {
    size_t n;
    double worst;
} chunks;

static bool check_chunks(const el_load_request *r, void *ctx)
{
    chunks *c = ctx;
    double sum = 0, least = INFINITY, most = 0;

    assert_non_null(r->chunk_us);
    assert_close(1e-6 * r->chunk_us[0], el_load_ttft_s(r), 0, 2e-6);
    assert_close(1e-6 * r->chunk_us[r->n_chunk - 1], r->last_s - r->sent_s, 0,
                 2e-6);
    for (size_t i = 1; i < r->n_chunk; i++) {
        double gap = 1e-6 * (r->chunk_us[i] - r->chunk_us[i - 1]);

        assert_true(r->chunk_us[i] >= r->chunk_us[i - 1]);
        sum += gap;
        least = fmin(least, gap);
        most = fmax(most, gap);
    }
    assert_close(r->gap_mean_s, sum / (double)(r->n_chunk - 1), 0, 2e-6);
    assert_close(r->gap_min_s, least, 0, 2e-6);
    assert_close(r->gap_max_s, most, 0, 2e-6);
    assert_true(r->gap_sd_s >= 0);
    c->n++;
    return true;
}

static void test_chunks(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--itl", "0.0005");
    el_load_work work = closed(2, 6);
    chunks c = {.n = 0};
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.engine = 0}), EL_OK);
    work.keep_chunks = true;
    work.done = check_chunks;
    work.ctx = &c;
    assert_int_equal(el_load_run(s->load, &work, NULL, &s->total, &s->err),
                     EL_OK);
    assert_int_equal(c.n, 6);
    el_sample_close(s);
}

static size_t count_new(const el_load_sample *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += s->r[i].new_connection;
    return n;
}

/* One connection a stream, in all runs of a client; other prompts in each. */
static void test_connections_are_kept(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--itl", "0.0002");
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.engine = 0}), EL_OK);
    assert_int_equal(el_sample_run(s, closed(5, 40)), EL_OK);
    check_all_ok(s, 40);
    assert_int_equal(count_new(s), 5);
    assert_int_equal(el_sample_run(s, closed(5, 40)), EL_OK);
    check_all_ok(s, 40);
    assert_int_equal(count_new(s), 0);
    assert_int_equal(el_sample_run(s, closed(2, 4)), EL_OK); /* fewer */
    check_all_ok(s, 4);
    assert_int_equal(s->total.peak_in_flight, 2);
    assert_int_equal(el_sample_run(s, closed(7, 14)), EL_OK); /* more */
    check_all_ok(s, 14);
    assert_int_equal(s->total.peak_in_flight, 7);
    el_sample_close(s);
}

static bool until_all_decode(const el_load_now *now, void *ctx)
{
    (void)ctx;
    return now->n_decoding < 300;
}

/* None ends before all have their first token. */
static void test_many_streams(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--itl", "1000");
    el_load_work work = closed(300, 0);
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.engine = 0}), EL_OK);
    work.tick = until_all_decode;
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->total.peak_in_flight, 300);
    assert_int_equal(s->total.n_outcome[EL_LOAD_STOPPED], 300);
    for (size_t i = 0; i < s->n; i++)
        assert_int_equal(s->r[i].n_chunk, 1);
    el_sample_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_lengths),
        cmocka_unit_test(test_unknown_engine),
        cmocka_unit_test(test_merged_tokens),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_connections_are_kept),
        cmocka_unit_test(test_many_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
