/* SPDX-License-Identifier: Apache-2.0 */
/* User folders: overrides, bad files, round trip, memory. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/catalog_json.h"
#include "io/catalog_read.h"
#include "io/file.h"
#include "io/json.h"

static el_catalog *built_in(void)
{
    el_catalog *c = NULL;
    el_error err = {0};

    if (el_catalog_load(NULL, &c, &err) != EL_OK)
        fail_msg("%s", err.message);
    return c;
}

#define GPU_HEAD "{\"schema\": \"energylens.gpu\", \"version\": 1, "
#define LLM_HEAD "{\"schema\": \"energylens.model\", \"version\": 1, "

static char folder[64];

static void put(const char *name, const char *text)
{
    char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(el_file_write(path, text, strlen(text), NULL), EL_OK);
}

static void drop(const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(remove(path), 0);
}

static int make_folder(void **state)
{
    (void)state;
    (void)strcpy(folder, "/tmp/el_catalog_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void user_overrides(void **state)
{
    el_catalog *c = NULL;
    el_error err = {0};
    char sub[128];
    const el_gpu *gpu;

    (void)state;
    (void)snprintf(sub, sizeof sub, "%s/llm", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    put("h100.json",
        GPU_HEAD "\"slug\": \"h100-sxm5-80gb\", \"name\": \"Mine\", "
                 "\"aliases\": [\"l4\"], \"source\": \"our meter\", "
                 "\"values\": {\"tdp_w\": 500, \"idle_w\": {\"value\": 70, "
                 "\"confidence\": \"confirmed\", \"note\": \"cold\"}}}");
    put("llm/tuned.json",
        LLM_HEAD "\"slug\": \"tuned\", \"base\": "
                 "\"llama-3.1-8b\", \"aliases\": [\"o/T1\"]}");
    put(".hidden.json", "broken");
    put("notes.txt", "not an entry");
    if (el_catalog_load(folder, &c, &err) != EL_OK)
        fail_msg("%s", err.message);
    gpu = el_catalog_find_gpu(c, "NVIDIA H100 80GB HBM3"); /* inherited */
    assert_non_null(gpu);
    assert_string_equal(gpu->name, "Mine");
    assert_close(gpu->tdp_w, 500, 0, 0);
    assert_false(el_is_known(gpu->memory_bytes));
    assert_ptr_equal(el_catalog_find_gpu(c, "L4"), gpu); /* user's alias wins */
    for (size_t i = 0; i < el_catalog_n_gpus(c); i++) {
        const el_entry *entry = el_catalog_gpu_entry(c, i);

        if (el_catalog_gpu_at(c, i) != gpu)
            continue;
        assert_string_equal(entry->fact[6].key, "tdp_w");
        assert_string_equal(entry->fact[6].source, "our meter");
        assert_string_equal(entry->fact[6].confidence, "inferred");
        assert_string_equal(entry->fact[7].note, "cold");
        assert_non_null(strstr(entry->path, "h100.json"));
    }
    assert_close(el_catalog_find_llm(c, "T1")->layers, 32, 0, 0);
    el_catalog_free(c);
    drop("h100.json");
    drop("llm/tuned.json");
    drop(".hidden.json");
    drop("notes.txt");
    assert_int_equal(rmdir(sub), 0);
}

/* Every entry dumped and read back as a user's folder is the same entry. */
static void round_trip(void **state)
{
    el_catalog *a = built_in(), *b = NULL;
    el_error err = {0};
    char sub[2][128], name[160];

    (void)state;
    (void)snprintf(sub[0], sizeof sub[0], "%s/hw", folder);
    (void)snprintf(sub[1], sizeof sub[1], "%s/llm", folder);
    assert_int_equal(mkdir(sub[0], 0700) | mkdir(sub[1], 0700), 0);
    for (size_t i = 0; i < el_catalog_n_gpus(a) + el_catalog_n_llms(a); i++) {
        size_t n = el_catalog_n_gpus(a);
        json_t *doc =
            i < n ? el_catalog_gpu_json(a, i) : el_catalog_llm_json(a, i - n);
        el_buf text = {0};

        assert_int_equal(el_json_print(doc, &text, &err), EL_OK);
        (void)snprintf(name, sizeof name, "%s/%s.json", i < n ? "hw" : "llm",
                       json_string_value(json_object_get(doc, "slug")));
        put(name, el_buf_text(&text));
        el_buf_clear(&text);
        json_decref(doc);
    }
    if (el_catalog_load(folder, &b, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(el_catalog_n_gpus(a), el_catalog_n_gpus(b));
    for (size_t i = 0; i < el_catalog_n_llms(a); i++) {
        const el_entry *x = el_catalog_llm_entry(a, i);
        const el_entry *y = el_catalog_llm_entry(b, i);

        assert_string_equal(x->slug, y->slug);
        assert_int_equal(el_catalog_llm_at(a, i)->arch,
                         el_catalog_llm_at(b, i)->arch);
        for (size_t k = 0; k < x->n_fact; k++) {
            if (el_is_known(x->fact[k].value))
                assert_close(y->fact[k].value, x->fact[k].value, 0, 0);
            assert_string_equal(x->fact[k].source, y->fact[k].source);
        }
    }
    for (size_t i = 0; i < el_catalog_n_gpus(a) + el_catalog_n_llms(a); i++) {
        size_t n = el_catalog_n_gpus(a);

        (void)snprintf(name, sizeof name, "%s/%s.json", i < n ? "hw" : "llm",
                       i < n ? el_catalog_gpu_at(a, i)->slug
                             : el_catalog_llm_at(a, i - n)->slug);
        drop(name);
    }
    el_catalog_free(a);
    el_catalog_free(b);
    assert_int_equal(rmdir(sub[0]) | rmdir(sub[1]), 0);
}

static void bad(const char *text, el_status want, const char *part)
{
    el_catalog *c = NULL;
    el_error err = {0};
    el_status st;

    put("x.json", text);
    st = el_catalog_load(folder, &c, &err);
    drop("x.json");
    if (st != want || !strstr(err.message, part) ||
        strncmp(err.message, folder, strlen(folder)) != 0)
        fail_msg("status %d, message \"%s\", want %d, \"%s\"", (int)st,
                 err.message, (int)want, part);
    assert_null(c);
}

static void bad_files(void **state)
{
    (void)state;
    bad("{", EL_E_DATA, "x.json:1");
    bad("[]", EL_E_DATA, "x.json: ");
    bad("{}", EL_E_DATA, "x.json: schema");
    bad("{\"schema\": \"energylens.fit\", \"version\": 1}", EL_E_DATA,
        "x.json: schema: want \"energylens.gpu\" or");
    bad("{\"schema\": \"energylens.gpu\", \"version\": 7}", EL_E_VERSION,
        "version 7 is newer than 1");
    bad(GPU_HEAD "\"slug\": \"A b\"}", EL_E_DATA, "x.json: slug: want");
    bad(GPU_HEAD "\"slug\": 7}", EL_E_DATA, "slug: not a string");
    bad(GPU_HEAD "\"name\": \"x\"}", EL_E_DATA, "slug: want");
    bad(GPU_HEAD "\"slug\": \"x\", \"colour\": 1}", EL_E_DATA,
        "unknown key \"colour\"");
    bad(GPU_HEAD "\"slug\": \"x\", \"family\": \"f\"}", EL_E_DATA,
        "unknown key");
    bad(GPU_HEAD "\"slug\": \"x\", \"name\": 1}", EL_E_DATA, "name: not a str");
    bad(GPU_HEAD "\"slug\": \"x\", \"notes\": 1}", EL_E_DATA, "notes: not");
    bad(GPU_HEAD "\"slug\": \"x\", \"arch\": 1}", EL_E_DATA, "arch: not a str");
    bad(GPU_HEAD "\"slug\": \"x\", \"source\": 1}", EL_E_DATA, "source: not");
    bad(GPU_HEAD "\"slug\": \"x\", \"confidence\": \"sure\"}", EL_E_DATA,
        "confidence: want confirmed");
    bad(GPU_HEAD "\"slug\": \"x\", \"confidence\": 2}", EL_E_DATA,
        "confidence: not a string");
    bad(GPU_HEAD "\"slug\": \"x\", \"aliases\": \"y\"}", EL_E_DATA,
        "aliases: not a list");
    bad(GPU_HEAD "\"slug\": \"x\", \"aliases\": [1]}", EL_E_DATA,
        "aliases[0]: not a name");
    bad(GPU_HEAD "\"slug\": \"x\", \"aliases\": [\"a\", \"--\"]}", EL_E_DATA,
        "aliases[1]: not a name");
    bad(GPU_HEAD "\"slug\": \"x\", \"values\": []}", EL_E_DATA,
        "values: not an object");
    bad(GPU_HEAD "\"slug\": \"x\", \"values\": {\"tdp\": 1}}", EL_E_DATA,
        "values: unknown key: \"tdp\"");
    bad(GPU_HEAD "\"slug\": \"x\", \"values\": {\"tdp_w\": \"1\"}}", EL_E_DATA,
        "x.json: values.tdp_w: not a number");
    bad(GPU_HEAD "\"slug\": \"x\", \"values\": {\"tdp_w\": 0}}", EL_E_DATA,
        "values.tdp_w: not above 0");
    bad(GPU_HEAD
        "\"slug\": \"x\", \"values\": {\"tdp_w\": {\"value\": \"1\"}}}",
        EL_E_DATA, "x.json: values.tdp_w.value: not a number");
    bad(GPU_HEAD "\"slug\": \"x\", \"values\": {\"tdp_w\": {\"unit\": 1}}}",
        EL_E_DATA, "values.tdp_w: unknown key \"unit\"");
    bad(GPU_HEAD
        "\"slug\": \"x\", \"values\": {\"tdp_w\": {\"confidence\": \"x\"}}}",
        EL_E_DATA, "values.tdp_w.confidence: want");
    bad(LLM_HEAD "\"slug\": \"x\"}", EL_E_DATA, "arch: want dense");
    bad(LLM_HEAD "\"slug\": \"x\", \"arch\": \"big\"}", EL_E_DATA,
        "arch: want dense");
    bad(LLM_HEAD "\"slug\": \"x\", \"base\": \"gone\"}", EL_E_DATA,
        "base: no model has the slug \"gone\"");
    bad(LLM_HEAD "\"slug\": \"x\", \"arch\": \"dense\", \"values\": "
                 "{\"layers\": -1}}",
        EL_E_DATA, "values.layers: negative");
}

static void bad_folders(void **state)
{
    el_catalog *c = NULL;
    el_error err = {0};

    (void)state;
    assert_int_equal(el_catalog_load("/nonexistent/x", &c, &err), EL_E_IO);
    assert_non_null(strstr(err.message, "/nonexistent/x: No such file"));
    assert_int_equal(el_catalog_load(folder, &c, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "no *.json in it"));
    assert_int_equal(el_catalog_load(NULL, NULL, &err), EL_E_ARG);
    put("a.json", GPU_HEAD "\"slug\": \"same\"}");
    put("b.json", GPU_HEAD "\"slug\": \"other\", \"aliases\": [\"Same\"]}");
    assert_int_equal(el_catalog_load(folder, &c, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "a.json: \"same\" is already a name "
                                        "of other ("));
    drop("b.json");
    put("b.json", GPU_HEAD "\"slug\": \"same\"}");
    assert_int_equal(el_catalog_load(folder, &c, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "slug \"same\" is already that of"));
    drop("a.json");
    drop("b.json");
    assert_null(c);
}

/*
 * The first allocations fail one by one, then ever rarer: there are thousands.
 * jansson's own are left alone: its 2.14 lexer ignores a failed growth of the
 * token buffer and then writes past the end of the token.
 */
static void out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    put("a.json", GPU_HEAD "\"slug\": \"x\", \"aliases\": [\"xx\"], "
                           "\"values\": {\"tdp_w\": 9}}");
    json_set_alloc_funcs(malloc, free);
    do {
        el_catalog *c = NULL;

        el_mem_fail_at(k);
        st = el_catalog_load(folder, &c, NULL);
        el_mem_fail_at(-1);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        if (st == EL_OK)
            el_catalog_free(c);
        else
            assert_null(c);
        assert_int_equal(el_mem_live(), 0);
        k += 1 + k / 64;
    } while (st != EL_OK);
    el_json_init();
    drop("a.json");
    assert_true(k > 1000);
}

static void list_out_of_memory(void **state)
{
    static const char *const name[] = {"c.json", "hw", "a.json", "b", "b.json"};
    const char **path = NULL;
    el_status st;
    size_t n = 0;
    long k = 0;

    (void)state;
    for (size_t i = 0; i < 5; i++) /* "hw" is a file: no folder, no matter */
        put(name[i], "{}");
    do {
        el_catalog *c = NULL;

        assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
        el_mem_fail_at(k);
        st = el_catalog_list(c, folder, &path, &n, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK) {
            assert_int_equal(n, 3);
            assert_non_null(strstr(path[0], "/a.json"));
            assert_non_null(strstr(path[2], "/c.json"));
            el_free(path);
        } else {
            assert_int_equal(st, EL_E_NOMEM);
            assert_null(path);
        }
        el_catalog_free(c);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    for (size_t i = 0; i < 5; i++)
        drop(name[i]);
}

static void dump_out_of_memory(void **state)
{
    el_catalog *c = built_in();
    json_t *doc = NULL;
    long live = el_mem_live();

    (void)state;
    for (long k = 0; !doc && k < 2000; k++) {
        el_mem_fail_at(k);
        doc = el_catalog_llm_json(c, 0);
        el_mem_fail_at(-1);
        if (!doc)
            assert_int_equal(el_mem_live(), live);
    }
    assert_non_null(doc);
    json_decref(doc);
    el_catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(user_overrides, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(round_trip, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(bad_files, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(bad_folders, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(out_of_memory, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(list_out_of_memory, make_folder,
                                        drop_folder),
        cmocka_unit_test(dump_out_of_memory),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
