/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept in memory is what a reader would find in the file. */
#include "el_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "energylens/files.h"
#include "io/json.h"
#include "io/kept.h"

#define FIT EL_SOURCE_DIR "/data/fits/a100-sxm4-40gb.fit.json"

static void test_catalog_is_shared(void **state)
{
    el_catalog *first, *second;

    (void)state;
    assert_int_equal(el_kept_open(NULL), EL_OK);
    assert_int_equal(el_catalog_load(NULL, &first, NULL), EL_OK);
    assert_int_equal(el_catalog_load(NULL, &second, NULL), EL_OK);
    assert_ptr_equal(first, second);
    el_catalog_free(first);
    assert_non_null(el_catalog_find_gpu(second, "h100"));
    el_kept_close(); /* who still holds it is not left with nothing */
    assert_non_null(el_catalog_find_gpu(second, "h100"));
    el_catalog_free(second);
    assert_int_equal(el_mem_live(), 0);
}

/* The last of those who opened closes. */
static void test_nests(void **state)
{
    el_catalog *first, *second;

    (void)state;
    assert_int_equal(el_kept_open(NULL), EL_OK);
    first = el_kept_catalog();
    assert_int_equal(el_kept_open(NULL), EL_OK);
    el_kept_close();
    second = el_kept_catalog();
    assert_non_null(second);
    assert_ptr_equal(first, second);
    el_catalog_free(second);
    el_catalog_free(first);
    el_kept_close();
    assert_null(el_kept_catalog());
    el_kept_close(); /* once too often does no harm */
    assert_int_equal(el_mem_live(), 0);
}

static void test_fits_are_shared(void **state)
{
    el_fit_set read = {0}, again = {0};

    (void)state;
    assert_int_equal(el_kept_open(NULL), EL_OK);
    assert_false(el_kept_fit(FIT, &again));
    assert_int_equal(el_fit_set_load(FIT, &read, NULL), EL_OK);
    assert_true(el_kept_fit(FIT, &again));
    assert_int_equal(again.n, read.n);
    assert_ptr_equal(again.fit, read.fit); /* no 400 kB for each question */
    assert_string_equal(again.data_hash, read.data_hash);
    el_fit_set_clear(&read);
    assert_string_equal(again.fit[0].key.gpu, "a100-sxm4-40gb");
    el_kept_close(); /* who still holds it is not left with nothing */
    assert_string_equal(again.fit[0].key.gpu, "a100-sxm4-40gb");
    el_fit_set_clear(&again);
    assert_false(el_kept_fit(FIT, &again));
    assert_int_equal(el_mem_live(), 0);
}

static void copy_file(const char *from, const char *to, const char *end)
{
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    char part[4096];
    size_t n;

    assert_true(in && out);
    while ((n = fread(part, 1, sizeof part, in)) > 0)
        assert_int_equal(fwrite(part, 1, n, out), n);
    assert_true(fputs(end, out) >= 0);
    assert_int_equal(fclose(in) + fclose(out), 0);
}

static void test_changed_file(void **state)
{
    char path[] = "/tmp/el-kept-XXXXXX";
    int fd = mkstemp(path);
    el_fit_set set = {0};

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    copy_file(FIT, path, "");
    assert_int_equal(el_kept_open(NULL), EL_OK);
    assert_int_equal(el_fit_set_load(path, &set, NULL), EL_OK);
    el_fit_set_clear(&set);
    copy_file(FIT, path, "\n");
    assert_false(el_kept_fit(path, &set));
    assert_int_equal(el_fit_set_load(path, &set, NULL), EL_OK);
    el_fit_set_clear(&set);
    assert_true(el_kept_fit(path, &set));
    el_fit_set_clear(&set);
    assert_int_equal(unlink(path), 0);
    assert_false(el_kept_fit(path, &set)); /* gone is gone */
    el_kept_close();
    assert_int_equal(el_mem_live(), 0);
}

static int start(void **state)
{
    (void)state;
    el_json_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalog_is_shared),
        cmocka_unit_test(test_nests),
        cmocka_unit_test(test_fits_are_shared),
        cmocka_unit_test(test_changed_file),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
