/* SPDX-License-Identifier: Apache-2.0 */
/* What a file that was handed over is. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/serve_kind.h"
#include "energylens/files.h"

static char dir[64], path[96];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/el_kind.XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(dir);
}

/* The kind of a file of that name and text, to be freed; NULL: no memory. */
static json_t *kind_of(const char *name, const char *text)
{
    const el_task task = {.threads = 1};
    el_object o = el_object_new();
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    o.failed |= el_serve_kind_put(path, &task, &o) != EL_OK;
    assert_int_equal(unlink(path), 0);
    return el_object_done(&o);
}

static const char *get(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

#define TABLE                                                                  \
    "model,gpu,precision,engine,tp,batch_size,input_tokens,output_tokens,"     \
    "energy_j\n"                                                               \
    "a,h100,fp8,vLLM,1,8,100,10,50\n"                                          \
    "a,h100,fp8,vLLM,2,8,100,10,60\n"                                          \
    "b,h100,fp8,vLLM,1,8,100,10,70\n"
#define CONFIG                                                                 \
    "{\"model_type\": \"llama\", \"hidden_size\": 4096, "                      \
    "\"num_hidden_layers\": 32, \"num_attention_heads\": 32, "                 \
    "\"intermediate_size\": 11008, \"vocab_size\": 32000}"

static void test_fit(void **state)
{
    el_object o = el_object_new();
    json_t *got, *groups;

    (void)state;
    assert_int_equal(el_serve_kind_put(EL_SOURCE_DIR
                                       "/data/fits/a100-sxm4-40gb.fit.json",
                                       NULL, &o),
                     EL_OK);
    got = el_object_done(&o);
    groups = json_object_get(got, "groups");
    assert_string_equal(get(got, "kind"), "fit");
    assert_true(json_array_size(groups) > 10);
    assert_string_equal(get(json_array_get(groups, 0), "gpu"),
                        "a100-sxm4-40gb");
    json_decref(got);
}

static void test_table(void **state)
{
    json_t *o = kind_of("runs.csv", TABLE), *groups;

    (void)state;
    assert_string_equal(get(o, "kind"), "table");
    assert_int_equal(json_integer_value(json_object_get(o, "rows")), 3);
    groups = json_object_get(o, "groups");
    assert_int_equal(json_array_size(groups), 2);
    assert_string_equal(get(json_array_get(groups, 1), "model"), "b");
    assert_string_equal(get(json_array_get(groups, 1), "precision"), "fp8");
    json_decref(o);
}

static void test_model(void **state)
{
    json_t *o = kind_of("config.json", CONFIG);

    (void)state;
    assert_string_equal(get(o, "kind"), "model");
    json_decref(o);
}

/* Each says why, and of a file of ours it is that file's own reason. */
static void test_other(void **state)
{
    static const struct {
        const char *name, *text, *word;
    } cases[] = {
        {"a.csv", "x,y\n1,2\n", "missing columns"},
        {"a.csv", "", "a.csv"},
        {"a.json", "{", "a.json:1"},
        {"a.json", "{\"a\": 1}", "model_type"},
        {"a.json", "{\"schema\": \"energylens.links\", \"version\": 1}",
         "energylens.links"},
        {"a.JSON", "{\"schema\": \"energylens.fit\", \"version\": 99}", "99"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *o = kind_of(cases[i].name, cases[i].text);

        assert_string_equal(get(o, "kind"), "other");
        assert_non_null(strstr(get(o, "note"), cases[i].word));
        json_decref(o);
    }
}

static void test_no_memory(void **state)
{
    static const char *const file[][2] = {{"runs.csv", TABLE},
                                          {"config.json", CONFIG}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_t *o;
        int k = 0;

        do {
            el_mem_fail_at(k);
            o = kind_of(file[i][0], file[i][1]);
            el_mem_fail_at(-1);
            if (o) /* never taken for garbage */
                assert_string_not_equal(get(o, "kind"), "other");
            assert_true(o || el_mem_live() == 0);
            json_decref(o);
            assert_int_equal(el_mem_live(), 0);
        } while (!o && ++k < 2000);
        assert_true(k > 3 && k < 2000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit),       cmocka_unit_test(test_table),
        cmocka_unit_test(test_model),     cmocka_unit_test(test_other),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("serve_kind", tests, setup, teardown);
}
