/* SPDX-License-Identifier: Apache-2.0 */
/* The public measurement tables, read in place; skipped where absent. */
#include "el_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/table_csv.h"

#define DIR EL_SHARED "/data/measurements/"

typedef struct expected {
    const char *path;
    size_t n_rows;
    size_t n_known_input, n_known_node, n_known_avg_batch, n_known_latency;
    size_t n_flagged;
} expected;

static void refuse_warning(const char *line, void *ctx)
{
    (void)ctx;
    fail_msg("warned: %s", line);
}

static el_table *read_table(const char *path, el_table_use use)
{
    const el_task task = {.warn = refuse_warning};
    el_table *table = NULL;
    el_error err = {0};

    if (access(path, R_OK) != 0)
        skip();
    if (el_table_read(&path, 1, use, &task, &table, &err) != EL_OK)
        fail_msg("%s", err.message);
    return table;
}

/* Columns that are empty in a whole file, and the energies' agreement. */
static void check(const expected *want)
{
    el_table *table = read_table(want->path, EL_TABLE_MEASURED);
    const el_row *r = el_table_rows(table);
    expected got = {.path = want->path, .n_rows = el_table_n_rows(table)};

    for (size_t i = 0; i < got.n_rows; i++) {
        got.n_known_input += isnan(r[i].input_tokens) ? 0 : 1;
        got.n_known_node += isnan(r[i].energy_node_per_request_j) ? 0 : 1;
        got.n_known_avg_batch += isnan(r[i].avg_batch) ? 0 : 1;
        got.n_known_latency += isnan(r[i].latency_s) ? 0 : 1;
        got.n_flagged += *r[i].quality_flag != '\0';
        assert_true(r[i].energy_per_request_j > 0);
        assert_true(r[i].params > 1e9 && r[i].params < 1e12);
        assert_close(r[i].num_gpus, r[i].pp * r[i].dp * fmax(r[i].tp, r[i].ep),
                     0, 0);
        assert_int_equal(r[i].line, i + 2);
    }
    assert_int_equal(got.n_rows, want->n_rows);
    assert_int_equal(got.n_known_input, want->n_known_input);
    assert_int_equal(got.n_known_node, want->n_known_node);
    assert_int_equal(got.n_known_avg_batch, want->n_known_avg_batch);
    assert_int_equal(got.n_known_latency, want->n_known_latency);
    assert_int_equal(got.n_flagged, want->n_flagged);
    el_table_free(table);
    assert_int_equal(el_mem_live(), 0);
}

static void test_argonne(void **state)
{
    const expected want = {
        DIR "argonne_synthetic.csv", 2383, 2383, 2383, 0, 2383, 1250};

    (void)state;
    check(&want);
}

static void test_mlenergy_v2(void **state)
{
    const expected want = {DIR "mlenergy_v2.csv", 356, 0, 0, 356, 0, 356};

    (void)state;
    check(&want);
}

static void test_mlenergy_v3(void **state)
{
    const expected want = {DIR "mlenergy_v3_h100.csv", 405, 0, 0, 405, 0, 0};
    el_table *table;
    const el_row *r;
    size_t n_expert = 0;

    (void)state;
    check(&want);
    table = read_table(want.path, EL_TABLE_MEASURED);
    r = el_table_rows(table);
    for (size_t i = 0; i < el_table_n_rows(table); i++)
        n_expert += r[i].ep > r[i].tp; /* logged as tp = 1 */
    assert_true(n_expert > 0);
    el_table_free(table);
}

static void test_splitwise(void **state)
{
    const expected want = {
        DIR "splitwise_llama2_70b.csv", 260, 260, 0, 0, 260, 260};

    (void)state;
    check(&want);
}

/* As predict reads them: same rows, nothing measured. */
static void test_as_query(void **state)
{
    el_table *table = read_table(DIR "argonne_synthetic.csv", EL_TABLE_QUERY);

    (void)state;
    assert_int_equal(el_table_n_rows(table), 2383);
    for (size_t i = 0; i < el_table_n_rows(table); i++) {
        assert_true(isnan(el_table_rows(table)[i].energy_per_request_j));
        assert_true(isnan(el_table_rows(table)[i].latency_s));
    }
    el_table_free(table);
}

/* Files that break naive readers: one clear line each. */
static void test_awkward(void **state)
{
    static const struct {
        const char *name, *what;
    } file[] = {
        {"BOM_CRLF_emissions.csv", ":1: missing columns: model, gpu, tp,"},
        {"CRLF_emissions_llama_pruning.csv", ":1: missing columns: model,"},
        {"padded_columns_emissions.csv", ":1: missing columns: model,"},
        {"range_in_cell_models.csv", ":1: missing columns: model,"},
        {"empty_nvidia-smi.csv", ": empty file"},
        {"only_newline_emissions.csv", ":1: blank line instead of a header"},
        {"git_lfs_pointer_BurstGPT_1.csv", ": a git-LFS pointer, not the"},
        {"mtr-utf-16le.csv", ": UTF-16 text, save it as UTF-8"},
        {"truncated_24576_nvidia-smi.csv", ":1: missing columns: model,"},
    };

    (void)state;
    if (access(EL_SHARED "/samples/awkward", R_OK) != 0)
        skip();
    for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
        char path[512];
        const char *one = path;
        el_table *table = NULL;
        el_error err = {0};

        (void)snprintf(path, sizeof path, EL_SHARED "/samples/awkward/%s",
                       file[i].name);
        assert_int_equal(
            el_table_read(&one, 1, EL_TABLE_MEASURED, NULL, &table, &err),
            EL_E_DATA);
        if (!strstr(err.message, file[i].what))
            fail_msg("%s", err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_argonne),     cmocka_unit_test(test_mlenergy_v2),
        cmocka_unit_test(test_mlenergy_v3), cmocka_unit_test(test_splitwise),
        cmocka_unit_test(test_as_query),    cmocka_unit_test(test_awkward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
