/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damaged files. Cut anywhere, a file gives what the whole one gives, or less,
 * or is refused: never another number. With bits flipped it gives finite
 * numbers above 0 or none, and no more records than it has lines. The files are
 * those of el_import_sample.h and, where there are any, ../shared/samples.
 */
#include "el_test.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "el_import_sample.h"
#include "io/file.h"
#include "io/import.h"
#include "io/json.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): readdir on own streams */

#define SAMPLES EL_SHARED "/samples/"
#define SEED    20261121u

static bool is_subset(double part, double whole)
{
    return isnan(part) || part == whole ||
           fabs(part - whole) <= 1e-12 * fabs(whole);
}

/* Row i of the cut file is row i of the whole one with some numbers blank. */
static void check_rows(const char *name, size_t cut, const el_import *part,
                       const el_import *whole)
{
    if (part->n_row > whole->n_row)
        fail_msg("%s cut at %zu: %zu rows", name, cut, part->n_row);
    for (size_t i = 0; i < part->n_row; i++) {
#define X(member)                                                              \
    if (!is_subset(part->row[i].member, whole->row[i].member))                 \
        fail_msg("%s cut at %zu: row %zu: " #member " is %.17g, not %.17g",    \
                 name, cut, i, part->row[i].member, whole->row[i].member);
        EL_IMPORT_NUMBERS(X)
#undef X
    }
}

static void check_power(const char *name, size_t cut, const el_import *part,
                        const el_import *whole)
{
    if (part->n_sample > whole->n_sample || part->n_window > whole->n_window)
        fail_msg("%s cut at %zu: more readings", name, cut);
    for (size_t i = 0; i < part->n_sample; i++) {
        const el_power_sample *a = &part->sample[i], *b = &whole->sample[i];

        if (!is_subset(a->power_w, b->power_w) ||
            !is_subset(a->counter_j, b->counter_j) ||
            !is_subset(a->time_s, b->time_s))
            fail_msg("%s cut at %zu: reading %zu differs", name, cut, i);
    }
}

/* Means over what requests there are: other requests, other means. */
static bool is_mean_of_lines(const el_import *whole, const char *data)
{
    return strcmp(whole->format, "aiperf") == 0 && strstr(data, "\"metadata\"");
}

static void cut_at(const char *data, size_t len, const char *name,
                   const el_import *whole)
{
    el_import part = {0};
    el_error err = {0};
    el_status st = el_import_parse(data, len, name, NULL, &part, &err);

    if (st != EL_OK) {
        if (st != EL_E_DATA || strchr(err.message, '\n'))
            fail_msg("%s cut at %zu: status %d: %s", name, len, st,
                     err.message);
        return;
    }
    if (strcmp(part.format, whole->format) == 0) {
        if (!is_mean_of_lines(whole, data))
            check_rows(name, len, &part, whole);
        if (strcmp(part.format, "zeus") != 0) /* by GPU, then by window */
            check_power(name, len, &part, whole);
    } else if (part.n_row + part.n_sample > 0) {
        fail_msg("%s cut at %zu: %s is taken for %s", name, len, whole->format,
                 part.format);
    }
    el_import_clear(&part);
}

static void check_sane(const char *name, const el_import *got, size_t lines)
{
    if (got->n_row > 0 && !strstr(name, ".json") && got->n_row > lines)
        fail_msg("%s: more rows than lines", name);
    for (size_t i = 0; i < got->n_row; i++) {
#define X(member)                                                              \
    if (!isnan(got->row[i].member) &&                                          \
        !(got->row[i].member > 0 && isfinite(got->row[i].member)))             \
        fail_msg("%s: " #member " is %g", name, got->row[i].member);
        EL_IMPORT_NUMBERS(X)
#undef X
    }
    for (size_t i = 0; i < got->n_sample; i++) {
        assert_true(!isinf(got->sample[i].power_w));
        assert_true(got->sample[i].gpu < got->gpus.n);
        assert_false(got->sample[i].power_w <= 0);
    }
}

static void flip(char *data, size_t len, const char *name, uint64_t *seed,
                 size_t rounds)
{
    size_t lines = 1;

    for (size_t i = 0; i < len; i++)
        lines += data[i] == '\n' ? 1u : 0u;
    for (size_t i = 0; i < rounds; i++) {
        uint64_t r = el_test_next(seed);
        size_t at = (size_t)(r >> 8) % len;
        char was = data[at];
        el_import got = {0};
        el_status st;

        data[at] = (char)(was ^ (1 << (r & 7)));
        st = el_import_parse(data, len, name, NULL, &got, NULL);
        assert_true(st == EL_OK || st == EL_E_DATA);
        if (st == EL_OK)
            check_sane(name, &got, lines + 1);
        el_import_clear(&got);
        data[at] = was;
    }
}

static void damage(char *data, size_t len, const char *name, size_t step,
                   size_t flips, uint64_t *seed)
{
    el_import whole = {0};

    if (len == 0 ||
        el_import_parse(data, len, name, NULL, &whole, NULL) != EL_OK) {
        el_import_clear(&whole);
        return;
    }
    for (size_t n = step; n < len; n += step) {
        char kept = data[n];

        data[n] = '\0'; /* a reader that goes on sees it */
        cut_at(data, n, name, &whole);
        data[n] = kept;
    }
    flip(data, len, name, seed, flips);
    el_import_clear(&whole);
}

static void test_made_up(void **state)
{
    uint64_t seed = SEED;

    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < EL_N_IMPORT_SAMPLES; i++) {
        const el_import_sample *s = &el_import_samples[i];
        size_t len = strlen(s->text);
        char *data = el_array(len + 1, 1);

        memcpy(data, s->text, len + 1);
        damage(data, len, s->name, 1, 1000, &seed);
        el_free(data);
        assert_int_equal(el_mem_live(), 0);
    }
}

static void folder(const char *name, uint64_t *seed)
{
    char path[1024];
    struct dirent *entry;
    DIR *dir;

    (void)snprintf(path, sizeof path, SAMPLES "%s", name);
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        char *data = NULL;
        size_t len = 0;

        (void)snprintf(path, sizeof path, SAMPLES "%s/%s", name, entry->d_name);
        if (*entry->d_name == '.' ||
            el_file_read(path, 4u << 20, &data, &len, NULL) != EL_OK)
            continue;
        /* every kilobyte, as long as that is not thousands of times */
        damage(data, len, entry->d_name, len > (256u << 10) ? 16384 : 1024,
               len > 65536 ? 5 : 40, seed);
        el_free(data);
    }
    if (dir)
        (void)closedir(dir);
}

static void test_samples(void **state)
{
    uint64_t seed = SEED;
    struct dirent *entry;
    DIR *dir = opendir(SAMPLES);

    (void)state;
    if (!dir) {
        skip();
        return;
    }
    while ((entry = readdir(dir)) != NULL)
        if (!strchr(entry->d_name, '.') &&
            strncmp(entry->d_name, "hf_", 3) != 0) /* all are refused */
            folder(entry->d_name, &seed);
    (void)closedir(dir);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_made_up),
                                       cmocka_unit_test(test_samples)};

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* NOLINTEND(concurrency-mt-unsafe) */
