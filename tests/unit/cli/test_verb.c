/* SPDX-License-Identifier: Apache-2.0 */
/* el_verb_run: the program inside a program. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "energylens/energylens.h"

#define RUN(out, code, err, ...)                                               \
    run((const char *const[]){__VA_ARGS__, NULL}, NULL, out, code, err)

static const char fit[] = EL_SOURCE_DIR "/data/fits/a100-sxm4-40gb.fit.json";

static el_status run(const char *const *word, const el_task *task, el_buf *out,
                     int *code, el_error *err)
{
    size_t n = 0;

    while (word[n])
        n++;
    return el_verb_run(word, n, task, out, code, err);
}

static void test_json(void **state)
{
    el_buf out = {0};
    int code = -1;
    el_error err = {0};

    (void)state;
    if (RUN(&out, &code, &err, "predict", "--fit", fit, "--model", "llama-3-8b",
            "--osl", "100", "--tp", "2", "--json") != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(code, 0);
    assert_non_null(strstr(el_buf_text(&out), "\"energylens.predict\""));
    assert_non_null(strstr(el_buf_text(&out), "\"energy_per_request_j\": "));
    el_buf_clear(&out);
    assert_int_equal(el_mem_live(), 0);
}

/* The text of the second call replaces that of the first. */
static void test_text(void **state)
{
    el_buf out = {0};
    el_error err = {0};
    char want[64];

    (void)state;
    assert_int_equal(RUN(&out, NULL, &err, "predict", "-h"), EL_OK);
    assert_non_null(strstr(el_buf_text(&out), "--tensor-parallel-size"));
    assert_int_equal(RUN(&out, NULL, &err, "version"), EL_OK);
    (void)snprintf(want, sizeof want, "energylens %s\n", el_version());
    assert_string_equal(el_buf_text(&out), want);
    el_buf_clear(&out);
}

static void test_no(void **state)
{
    el_buf out = {0};
    int code = 0;
    el_error err = {0};

    (void)state;
    if (RUN(&out, &code, &err, "optimize", "--model", "llama-3.1-8b", "--gpu",
            "l4", "--isl", "2000", "--osl", "400", "--tpot", "1us",
            "--json") != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(code, 1);
    el_buf_clear(&out);
}

static void test_errors(void **state)
{
    el_buf out = {0};
    el_error err = {0};

    (void)state;
    assert_int_equal(RUN(&out, NULL, &err, "prdict"), EL_E_ARG);
    assert_non_null(strstr(err.message, "did you mean predict?"));
    assert_int_equal(RUN(&out, NULL, &err, "predict", "--ttp", "2"), EL_E_ARG);
    assert_non_null(strstr(err.message, "--ttp"));
    assert_int_equal(
        RUN(&out, NULL, &err, "predict", "--fit", "/no/such", "--osl", "9"),
        EL_E_IO);
    assert_int_equal(el_exit_code(err.status), 4);
    assert_int_equal(RUN(&out, NULL, &err, "version", "x"), EL_E_ARG);
    assert_int_equal(el_verb_run(NULL, 0, NULL, &out, NULL, &err), EL_E_ARG);
    assert_null(out.text);
    assert_int_equal(el_mem_live(), 0);
}

/* What surrounds the program is nothing to a library. */
static void test_surroundings(void **state)
{
    el_buf out = {0};

    (void)state;
    /* no threads yet: NOLINTNEXTLINE(concurrency-mt-unsafe) */
    assert_int_equal(setenv("ENERGYLENS_JSON", "true", 1), 0);
    assert_int_equal(RUN(&out, NULL, NULL, "version"), EL_OK);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    assert_int_equal(unsetenv("ENERGYLENS_JSON"), 0);
    assert_null(strchr(el_buf_text(&out), '{'));
    el_buf_clear(&out);
}

/* Structs that cross the stable interface: their layout is promised, and
 * written down again in python/energylens/_library.py. */
static void test_layout(void **state)
{
    (void)state;
    if (sizeof(void *) != 8)
        skip();
    assert_int_equal(sizeof(el_error), 516);
    assert_int_equal(sizeof(el_buf), 32);
    assert_int_equal(sizeof(el_task), 48);
    assert_int_equal(offsetof(el_task, warn), 24);
    assert_int_equal(sizeof(el_boundary), 24);
    assert_int_equal(sizeof(el_subject), 40);
    assert_int_equal(sizeof(el_input), 24);
    assert_int_equal(sizeof(el_output), 24);
    assert_int_equal(sizeof(el_column_set), 40);
}

static void keep_line(const char *line, void *ctx)
{
    (void)snprintf(ctx, 256, "%s", line);
}

static void test_task_and_file(void **state)
{
    char line[256] = "", path[] = "/tmp/el_test_verb_XXXXXX";
    const el_task task = {.seed = 7, .warn = keep_line, .ctx = line};
    const char *const word[] = {"fit", path, "-o", "/tmp/el_none", NULL};
    const char *const seeded[] = {"version", "--json", "-o", path, NULL};
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    el_buf out = {0};
    el_error err = {0};
    char text[512] = "";

    (void)state;
    assert_non_null(f);
    assert_true(fputs("model,gpu,tp,batch_size,output_tokens,energy_j,odd\n"
                      "m,g,1,1,1,1,1\n",
                      f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(run(word, &task, &out, NULL, &err), EL_E_DATA);
    assert_non_null(strstr(line, "odd"));
    assert_int_equal(run(seeded, &task, &out, NULL, &err), EL_OK);
    assert_string_equal(el_buf_text(&out), ""); /* it is in the file */
    f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    assert_int_equal(fclose(f), 0);
    assert_non_null(strstr(text, "\"seed\": 7"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(el_mem_live(), 0);
}

static void test_out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_buf out = {0};

        el_mem_fail_at(k);
        st = RUN(&out, NULL, NULL, "version", "--threads", "2");
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_null(out.text);
        }
        el_buf_clear(&out);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    assert_true(k > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_no),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_surroundings),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_task_and_file),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
