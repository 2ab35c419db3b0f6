/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/catalog.h"
#include "app/fit.h"
#include "base/mem.h"
#include "io/file_hash.h"
#include "io/json.h"

static char path[] = "/tmp/el_test_app_fit_XXXXXX";

/* Two models, three degrees, four batches: power laws with a little scatter. */
static int setup(void **state)
{
    FILE *f;
    int fd = mkstemp(path);
    int k = 0;

    (void)state;
    el_json_init();
    f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return -1;
    (void)fputs("model,gpu,tp,precision,engine,batch_size,input_tokens,"
                "output_tokens,energy_j,latency_s\n",
                f);
    for (int m = 0; m < 2; m++)
        for (int tp = 1; tp <= 4; tp *= 2)
            for (int b = 1; b <= 64; b *= 4, k++)
                (void)fprintf(f, "%s,%s,%d,bfloat16,vLLM,%d,256,256,%d,%g\n",
                              m ? "mistralai/Mistral-7B-v0.1" : "Qwen/Qwen3-8B",
                              "A100-SXM4-40GB", tp, b,
                              900 + 100 * tp + 20 * b + k % 5, 4.0 / tp);
    return fclose(f);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static const char *const paths[] = {path};

static el_fit_args usual(void)
{
    el_fit_args a = {
        .path = paths,
        .n_path = 1,
        .options = {.prior = EL_PRIOR_PHYSICAL, .scope = EL_SCOPE_GPUS},
        .clean = {.min_latency_s = 1.5}};

    return a;
}

static void test_fit(void **state)
{
    el_fit_args a = usual();
    el_task task = {.seed = 5, .threads = 2};
    el_fit_result r;
    el_error err = {0};
    el_cleaning sum;
    char hash[EL_HASH_LEN];

    (void)state;
    a.n_draw = 10;
    if (el_app_fit(&a, &task, &r, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(r.set.n, 2);
    assert_int_equal(r.set.seed, 5);
    assert_true(r.has_bootstrap);
    assert_int_equal(r.bootstrap.n, 2);
    assert_string_equal(r.set.form, "closed12");
    assert_string_equal(r.set.source, strrchr(path, '/') + 1);
    assert_int_equal(el_file_hash(paths, 1, hash, NULL), EL_OK);
    assert_string_equal(r.set.data_hash, hash);
    sum = el_fit_total(&r.groups);
    assert_int_equal(sum.rows, 24);
    assert_int_equal(sum.kept + sum.short_run + sum.merged + sum.flagged +
                         sum.no_energy + sum.other_session,
                     24);
    assert_int_equal(sum.short_run, 8); /* tp 4 takes 1 s */
    el_fit_result_clear(&r);
    assert_int_equal(el_mem_live(), 0);
}

/* Another model on the same GPU moves the centres; prior and data stay. */
static void test_learned(void **state)
{
    el_fit_args a = usual();
    el_fit_result physical, learned;

    (void)state;
    a.options.prior = EL_PRIOR_PHYSICAL;
    assert_int_equal(el_app_fit(&a, NULL, &physical, NULL), EL_OK);
    a.options.prior = EL_PRIOR_LEARNED;
    a.n_draw = 5;
    assert_int_equal(el_app_fit(&a, NULL, &learned, NULL), EL_OK);
    assert_int_equal(learned.set.prior, EL_PRIOR_LEARNED);
    assert_int_equal(learned.set.n, physical.set.n);
    for (size_t i = 0; i < 2; i++) {
        const el_group_fit *p = &physical.set.fit[i];
        const el_group_fit *q = &learned.set.fit[i];

        assert_int_equal(p->n_slice, q->n_slice);
        assert_close(q->mape_pct, p->mape_pct, 0.5, 1.0);
        for (size_t k = 0; k < p->n_slice; k++)
            assert_int_equal(p->slice[k].n, q->slice[k].n);
    }
    el_fit_result_clear(&learned);
    el_fit_result_clear(&physical);
    assert_int_equal(el_mem_live(), 0);
}

static void test_filters(void **state)
{
    el_fit_args a = usual();
    el_fit_result r;
    el_error err;

    (void)state;
    a.model = "qwen3-8b";
    assert_int_equal(el_app_fit(&a, NULL, &r, NULL), EL_OK);
    assert_int_equal(r.set.n, 1);
    assert_int_equal(r.groups.n, 1);
    el_fit_result_clear(&r);
    a.gpu = "h100";
    assert_int_equal(el_app_fit(&a, NULL, &r, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "no row of GPU \"h100\""));
    a.model = "llama-3-8b";
    assert_int_equal(el_app_fit(&a, NULL, &r, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "the table has qwen3-8b, mistral-7b"));
    assert_int_equal(el_mem_live(), 0);
}

static void test_refused(void **state)
{
    static const char *const none[] = {"/none.csv"};
    el_fit_args a = usual();
    el_fit_result r = {.set = {.n = 77}};

    (void)state;
    a.path = none;
    assert_int_equal(el_app_fit(&a, NULL, &r, NULL), EL_E_IO);
    a = usual();
    a.clean.min_latency_s = 100;
    assert_int_equal(el_app_fit(&a, NULL, &r, NULL), EL_E_DATA);
    a = usual();
    a.options.scope = EL_SCOPE_NODE;
    assert_int_equal(el_app_fit(&a, NULL, &r, NULL), EL_E_DATA);
    a = usual();
    a.catalog_dir = "/none";
    assert_int_equal(el_app_fit(&a, NULL, &r, NULL), EL_E_IO);
    a = usual();
    a.n_draw = EL_BOOTSTRAP_MAX + 1u;
    assert_int_equal(el_app_fit(&a, NULL, &r, NULL), EL_E_ARG);
    assert_int_equal(r.set.n, 77);
    assert_int_equal(el_mem_live(), 0);
}

static void test_no_memory(void **state)
{
    el_fit_args a = usual();

    (void)state;
    /* Up to where the catalogue is parsed: jansson 2.14 reads past its buffer
     * when an allocation fails inside its lexer. */
    for (long k = 0; k < 15; k++) {
        el_fit_result r;

        el_mem_fail_at(k);
        assert_int_equal(el_app_fit(&a, NULL, &r, NULL), EL_E_NOMEM);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
    }
}

/* Vectors of RFC 9923: FNV-1a 64 of "", "a" and "foobar". */
static void test_hash(void **state)
{
    char file[] = "/tmp/el_test_hash_XXXXXX", hash[EL_HASH_LEN];
    const char *const one[] = {file};
    const char *const stream[] = {file, "-"};
    int fd = mkstemp(file);

    (void)state;
    assert_int_equal(el_file_hash(one, 1, hash, NULL), EL_OK);
    assert_string_equal(hash, "cbf29ce484222325");
    assert_int_equal(write(fd, "a", 1), 1);
    assert_int_equal(el_file_hash(one, 1, hash, NULL), EL_OK);
    assert_string_equal(hash, "af63dc4c8601ec8c");
    assert_int_equal(pwrite(fd, "foobar", 6, 0), 6);
    assert_int_equal(el_file_hash(one, 1, hash, NULL), EL_OK);
    assert_string_equal(hash, "85944171f73967e8");
    assert_int_equal(el_file_hash(stream, 2, hash, NULL), EL_OK);
    assert_string_equal(hash, "");
    (void)close(fd);
    (void)unlink(file);
    assert_int_equal(el_file_hash(one, 1, hash, NULL), EL_E_IO);
}

static void test_catalog(void **state)
{
    el_catalog_kind kind = EL_CATALOG_GPUS;
    el_catalog_view v;
    el_error err;

    (void)state;
    assert_int_equal(el_catalog_kind_parse("models", &kind, NULL), EL_OK);
    assert_int_equal(kind, EL_CATALOG_MODELS);
    assert_int_equal(el_catalog_kind_parse("disks", &kind, &err), EL_E_ARG);
    assert_int_equal(el_app_catalog(NULL, kind, "Qwen/Qwen3-8B", &v, NULL),
                     EL_OK);
    assert_string_equal(el_catalog_llm_at(v.catalog, v.entry)->slug,
                        "qwen3-8b");
    el_catalog_view_clear(&v);
    assert_int_equal(el_app_catalog(NULL, EL_CATALOG_GPUS, "h100", &v, NULL),
                     EL_OK);
    assert_string_equal(el_catalog_gpu_at(v.catalog, v.entry)->slug,
                        "h100-sxm5-80gb");
    el_catalog_view_clear(&v);
    assert_int_equal(el_app_catalog(NULL, EL_CATALOG_GPUS, "a100", &v, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "did you mean"));
    assert_int_equal(el_app_catalog(NULL, kind, "xyz", &v, &err), EL_E_DATA);
    assert_int_equal(el_app_catalog("/none", kind, NULL, &v, &err), EL_E_IO);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit),       cmocka_unit_test(test_learned),
        cmocka_unit_test(test_filters),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_hash),
        cmocka_unit_test(test_catalog),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
