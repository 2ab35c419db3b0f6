/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to ask: what is refused before, and by whom. Keys stay secret. */
#include "el_test.h"

#include <string.h>

#include "el_load_sample.h"

#define KEY "sk-7f3a-do-not-print"

/* Nothing listens at port 1; none of these gets that far. */
static void check_refused(el_load_target target, const char *part)
{
    el_load *load = NULL;
    el_error err = {EL_OK, ""};

    if (!target.url)
        target.url = "http://127.0.0.1:1";
    assert_int_equal(el_load_open(&target, NULL, &load, &err), EL_E_ARG);
    assert_null(load);
    if (!strstr(err.message, part) || strstr(err.message, "secret"))
        fail_msg("\"%s\" lacks \"%s\"", err.message, part);
}

static void test_refused(void **state)
{
    static const char *const bad_url[] = {"",
                                          "127.0.0.1:8000",
                                          "ftp://host",
                                          "http://",
                                          "http:///v1",
                                          "http://a b",
                                          "http://a\nb",
                                          "http://h/?key=1",
                                          "http://h/#a",
                                          "HTTP://h"};
    const char *no_colon[] = {"X-Trace 1"}, *two[] = {"A: 1\r\nB: 2"};
    (void)state;

    for (size_t i = 0; i < sizeof bad_url / sizeof *bad_url; i++)
        check_refused((el_load_target){.url = bad_url[i]}, "not a URL");
    check_refused((el_load_target){.url = "http://me:secret@h:1"}, "password");
    check_refused((el_load_target){.api_key = "two words"}, "API key");
    check_refused((el_load_target){.api_key = ""}, "API key");
    check_refused((el_load_target){.api_key = "secret\r\nX: y"}, "API key");
    check_refused((el_load_target){.header = no_colon, .n_header = 1},
                  "header");
    check_refused((el_load_target){.header = two, .n_header = 1}, "header");
    check_refused((el_load_target){.gap_timeout_s = -1}, "timeout");
    check_refused((el_load_target){.timeout_s = (double)NAN}, "timeout");
    check_refused((el_load_target){.vocabulary = 5, .first_id = 5}, "ids");
    check_refused(
        (el_load_target){.api = EL_LOAD_CHAT, .prompt = EL_LOAD_PROMPT_IDS},
        "token ids");
    check_refused((el_load_target){.extra_json = "\"a\":1}"}, "members");
    check_refused((el_load_target){.extra_json = "\"a\":1,"}, "members");
    check_refused((el_load_target){.extra_json = ""}, "members");
    check_refused((el_load_target){.extra_json = "1"}, "members");
}

static void check_device(const char *const *option, el_load_target target,
                         const char *part)
{
    el_load_sample *s = el_sample_serve(option);

    assert_int_equal(el_sample_open(s, target), EL_E_DEVICE);
    assert_null(s->load);
    if (!strstr(s->err.message, part) || strstr(s->err.message, KEY))
        fail_msg("\"%s\" lacks \"%s\"", s->err.message, part);
    el_sample_close(s);
}

static void test_server_refuses(void **state)
{
    const char *none[] = {NULL}, *key[] = {"--api-key", "other", NULL},
               *loading[] = {"--load-time", "100", NULL};
    (void)state;

    check_device(none, (el_load_target){.model = "llama-9"},
                 "no model llama-9");
    check_device(key, (el_load_target){.api_key = KEY},
                 "HTTP 401: Incorrect API key provided: ***");
    check_device(key, (el_load_target){.api_key = NULL}, "HTTP 401");
    check_device(loading, (el_load_target){.model = NULL},
                 "HTTP 503: Loading model");
}

static void check_models(const char *page, const char *model, el_status want,
                         const char *part)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--models", page);

    assert_int_equal(el_sample_open(s, (el_load_target){.model = model}), want);
    if (want != EL_OK && !strstr(s->err.message, part))
        fail_msg("\"%s\" lacks \"%s\"", s->err.message, part);
    if (want == EL_OK)
        assert_string_equal(el_load_server_of(s->load).model, part);
    el_sample_close(s);
}

static void test_models(void **state)
{
    static const char two[] = "{\"object\":\"list\",\"data\":[{\"id\":\"a\","
                              "\"owned_by\":\"vllm\",\"meta\":{\"n\":[1]}},"
                              "{\"id\":\"b\",\"owned_by\":\"vllm\"}]}";
    (void)state;

    check_models(two, "b", EL_OK, "b");
    check_models(two, NULL, EL_E_DEVICE, "has 2 models");
    check_models(two, "c", EL_E_DEVICE, "no model c");
    check_models("{\"data\":[]}", NULL, EL_E_DATA, "not a list of models");
    check_models("{\"data\":7}", NULL, EL_E_DATA, "not a list of models");
    check_models("{\"data\":[7]}", NULL, EL_E_DATA, "not a list of models");
    check_models("{\"data\":[{\"id\":\"a\"}", NULL, EL_E_DATA, "not a list");
    check_models("{}", NULL, EL_E_DATA, "not a list of models");
    check_models("<html>", NULL, EL_E_DATA, "not a list of models");
    check_models("", NULL, EL_E_DATA, "not a list of models");
    check_models("{\"data\":[{\"id\":7}]}", NULL, EL_E_DEVICE, "no model");
    check_models("{\"data\":[{\"id\":\"a\\n\",\"owned_by\":\"vllm\"}]}", NULL,
                 EL_E_DATA, "escapes");
}

static void test_nobody_there(void **state)
{
    el_load_target target = {.url = "http://127.0.0.1:1"};
    el_load *load = NULL;
    el_error err;
    (void)state;

    assert_int_equal(el_load_open(&target, NULL, &load, &err), EL_E_DEVICE);
    assert_non_null(strstr(err.message, "http://127.0.0.1:1/v1/models: "));
    target.url = "https://127.0.0.1:1";
    assert_int_equal(el_load_open(&target, NULL, &load, &err), EL_E_DEVICE);
    (void)setenv("EL_CURL_PATH", "/nonexistent.so", 1); /* NOLINT */
    assert_int_equal(el_load_open(&target, NULL, &load, &err), EL_E_DEVICE);
    assert_non_null(strstr(err.message, "/nonexistent.so is not there"));
    (void)unsetenv("EL_CURL_PATH"); /* NOLINT */
    assert_null(load);
}

static bool yes(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_cancelled(void **state)
{
    const el_task task = {.cancelled = yes};
    el_load_sample *s = EL_SAMPLE_SERVE("--port", "0");
    el_load_target target = {.url = s->server.url};
    (void)state;

    assert_int_equal(el_load_open(&target, &task, &s->load, &s->err),
                     EL_E_CANCELLED);
    el_sample_close(s);
}

/* The URL in each of its usual spellings, a key, further members. */
static void test_taken(void **state)
{
    static const char *const end[] = {"", "/", "/v1", "/v1/"};
    const el_load_shape shape = {9, 2};
    const char *header[] = {"X-Trace: 1"};
    (void)state;

    for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
        el_load_sample *s = EL_SAMPLE_SERVE("--api-key", KEY);
        char url[80];
        el_load_target target = {.url = url,
                                 .model = "fake-model",
                                 .api_key = KEY,
                                 .extra_json = "\"top_k\":1,\"x\":[\"y\"]",
                                 .header = header,
                                 .n_header = 1};
        el_load_work work = {
            .shape = &shape, .n_shape = 1, .streams = 1, .n_request = 2};

        (void)snprintf(url, sizeof url, "%s%s", s->server.url, end[i]);
        assert_int_equal(el_load_open(&target, NULL, &s->load, &s->err), EL_OK);
        memset(url, 'x', sizeof url - 1); /* texts were copied */
        assert_int_equal(el_sample_run(s, work), EL_OK);
        assert_int_equal(s->total.n_outcome[EL_LOAD_OK], 2);
        el_sample_close(s);
    }
}

/* Ids below a vocabulary are taken; beyond it the server says so. */
static void test_vocabulary(void **state)
{
    el_load_sample *s = EL_SAMPLE_SERVE("--vocabulary", "64");
    const el_load_shape shape = {50, 2};
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 1, .n_request = 3};
    (void)state;

    assert_int_equal(
        el_sample_open(s, (el_load_target){.first_id = 3, .vocabulary = 64}),
        EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->total.n_outcome[EL_LOAD_OK], 3);
    el_load_close(s->load);
    assert_int_equal(el_sample_open(s, (el_load_target){.vocabulary = 0}),
                     EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_OK);
    assert_int_equal(s->total.n_outcome[EL_LOAD_HTTP], 3);
    assert_non_null(strstr(s->r[0].detail, "out of vocabulary"));
    el_sample_close(s);
}

/* A chat's template is longer than the prompt; no words of one token. */
static void test_texts(void **state)
{
    const el_load_shape shape = {11, 2};
    el_load_work work = {
        .shape = &shape, .n_shape = 1, .streams = 1, .n_request = 1};
    el_load_sample *s = EL_SAMPLE_SERVE("--port", "0");
    (void)state;

    assert_int_equal(el_sample_open(s, (el_load_target){.api = EL_LOAD_CHAT}),
                     EL_OK);
    assert_int_equal(el_sample_run(s, work), EL_E_ARG);
    assert_non_null(strstr(s->err.message, "at least 12"));
    el_sample_close(s);
    s = EL_SAMPLE_SERVE("--letters", "1");
    assert_int_equal(el_sample_open(s, (el_load_target){.api = EL_LOAD_CHAT}),
                     EL_E_DATA);
    assert_non_null(strstr(s->err.message, "0 of 48 words"));
    el_sample_close(s);
}

static void test_key(void **state)
{
    char path[] = "/tmp/el_key_XXXXXX";
    el_buf key = {0};
    el_error err;
    int fd = mkstemp(path);
    char from[64];
    (void)state;

    (void)setenv("EL_TEST_KEY", KEY, 1); /* NOLINT */
    assert_int_equal(el_load_key("env:EL_TEST_KEY", &key, &err), EL_OK);
    assert_string_equal(key.text, KEY);
    el_load_key_clear(&key);
    assert_null(key.text);
    assert_int_equal(el_load_key("env:EL_NO_SUCH", &key, &err), EL_E_IO);
    assert_int_equal(el_load_key(KEY, &key, &err), EL_E_ARG);
    assert_null(strstr(err.message, KEY));
    (void)setenv("EL_TEST_KEY", KEY " \n", 1); /* NOLINT */
    assert_int_equal(el_load_key("env:EL_TEST_KEY", &key, &err), EL_E_ARG);
    assert_null(strstr(err.message, KEY));
    (void)snprintf(from, sizeof from, "file:%s", path);
    assert_int_equal(el_load_key(from, &key, &err), EL_E_IO); /* empty */
    assert_int_equal(write(fd, KEY "\nmore\n", sizeof KEY + 5), sizeof KEY + 5);
    (void)close(fd);
    assert_int_equal(el_load_key(from, &key, &err), EL_OK);
    assert_string_equal(key.text, KEY);
    el_load_key_clear(&key);
    (void)unlink(path);
    assert_int_equal(el_load_key(from, &key, &err), EL_E_IO);
    assert_null(key.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_server_refuses),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_vocabulary),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
