/* SPDX-License-Identifier: Apache-2.0 */
/* Tables out of stores, and imported rows into them. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/import_store.h"
#include "app/tables.h"
#include "base/mem.h"

static char dir[64], db[96], csv[96];

static void no_files(void)
{
    static const char *const tail[] = {"", "-wal", "-shm", "-journal"};
    char name[128];

    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof name, "%s%s", db, tail[i]);
        (void)unlink(name);
    }
    (void)unlink(csv);
}

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "%s/el_tables.XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(db, sizeof db, "%s/runs.db", dir);
    (void)snprintf(csv, sizeof csv, "%s/runs.csv", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    no_files();
    return rmdir(dir);
}

/* n rows, the last two of them alike. */
static void make(el_imported *in, el_import_row *row, size_t n)
{
    el_import_args blank;

    memset(in, 0, sizeof *in);
    for (size_t i = 0; i < n; i++) {
        el_import_args_init(&blank);
        row[i] = blank.given;
        row[i].model = "llama-3.1-8b";
        row[i].gpu = "h100";
        row[i].tp = 1;
        row[i].batch_size = 8;
        row[i].output_tokens =
            i + 1 < n ? 100 + (double)i : row[i - 1].output_tokens;
        row[i].energy_j = 1000.0 / 3;
        row[i].latency_s = 12;
        row[i].start_s = row[i].end_s = EL_UNKNOWN;
        row[i].clock = EL_CLOCK_NONE;
    }
    in->row = row;
    in->n_row = n;
}

static void store_rows(size_t want_new)
{
    el_import_row row[4];
    el_imported in;
    size_t n_new = 0;
    el_error err = {.status = EL_OK};

    make(&in, row, 4);
    if (el_app_import_store(&in, db, "tests", &n_new, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(n_new, want_new);
}

static el_status to_file(void *ctx, const char *text, size_t len, el_error *err)
{
    (void)err;
    return fwrite(text, 1, len, ctx) == len ? EL_OK : EL_E_IO;
}

static void write_csv(void)
{
    char name[EL_STORE_NAME];
    FILE *f = fopen(csv, "wb");

    assert_non_null(f);
    assert_int_equal(el_store_table(db, NULL, to_file, f, name, NULL), EL_OK);
    assert_int_equal(fclose(f), 0);
    assert_string_equal(name, db);
}

/* The same rows from the store as from its export, and of the same hash. */
static void test_store_as_table(void **state)
{
    const char *path[] = {db, csv};
    char hash[2][EL_HASH_LEN], both[EL_HASH_LEN];
    el_table *t[2];

    (void)state;
    no_files();
    store_rows(4);
    store_rows(0); /* the same import again */
    write_csv();
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            el_tables_read(&path[i], 1, EL_TABLE_MEASURED, NULL, &t[i], NULL),
            EL_OK);
        assert_int_equal(el_table_n_rows(t[i]), 4);
        assert_int_equal(el_tables_hash(&path[i], 1, hash[i], NULL), EL_OK);
    }
    for (size_t k = 0; k < 4; k++) {
        const el_row *a = &el_table_rows(t[0])[k], *b = &el_table_rows(t[1])[k];

        assert_int_equal(a->line, b->line);
        assert_string_equal(a->file, db);
        assert_string_equal(a->model, b->model);
        assert_close(a->output_tokens, k < 3 ? 100 + (double)k : 102, 0, 0);
        assert_close(a->energy_per_request_j, b->energy_per_request_j, 0, 0);
        assert_true(isnan(a->input_tokens));
    }
    el_table_free(t[0]);
    el_table_free(t[1]);
    assert_string_equal(hash[0], hash[1]);
    assert_int_equal(el_file_hash(&path[1], 1, both, NULL), EL_OK);
    assert_string_equal(hash[0], both);
    assert_int_equal(el_tables_hash(path, 2, both, NULL), EL_OK);
    assert_string_not_equal(hash[0], both);
    path[1] = "-";
    assert_int_equal(el_tables_hash(path, 2, both, NULL), EL_OK);
    assert_string_equal(both, "");
    assert_int_equal(el_mem_live(), 0);
}

static void test_errors(void **state)
{
    el_import_row row[4];
    el_imported in;
    el_csv *out = NULL;
    size_t n_new = 7;
    el_error err;

    (void)state;
    no_files();
    make(&in, row, 4);
    in.n_row = 0;
    assert_int_equal(el_app_import_store(&in, db, "tests", &n_new, NULL),
                     EL_OK);
    assert_int_equal(n_new, 0);
    assert_int_equal(el_tables_csv(db, NULL, &out, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "runs.db: no complete run"));
    make(&in, row, 4);
    row[2].energy_j = -1;
    assert_int_equal(el_app_import_store(&in, db, "tests", &n_new, &err),
                     EL_E_DATA);
    assert_string_equal(err.message, "store: energy_j: below 0 (-1)");
    assert_int_equal(n_new, 0);
    assert_int_equal(el_app_import_store(&in, db, "", &n_new, &err), EL_E_ARG);
    store_rows(2); /* those before the bad one had been kept */
    assert_int_equal(el_tables_csv("/no/such/runs.db", NULL, &out, &err),
                     EL_E_IO);
    assert_null(out);
    assert_int_equal(el_mem_live(), 0);
}

static void test_names(void **state)
{
    static const struct {
        const char *path, *name;
    } cases[] = {
        {"a/b/runs.csv", "runs.csv"},
        {"-", "standard input"},
        {"postgresql://anna:s3cret@host:5432/team?sslmode=require", "team"},
        {"postgres://anna:s3cret@host", "postgresql"},
        {"postgresql:///team?password=s3/cret", "team"}};
    char name[EL_STORE_NAME];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        el_tables_name(cases[i].path, name);
        assert_string_equal(name, cases[i].name);
    }
}

static void test_no_memory(void **state)
{
    const char *path = db;
    el_import_row row[4];
    el_imported in;
    el_status st;
    long k = 0;

    (void)state;
    no_files();
    store_rows(4);
    make(&in, row, 4);
    do {
        el_table *table = NULL;
        size_t n_new = 7;

        el_mem_fail_at(k);
        st = el_tables_read(&path, 1, EL_TABLE_MEASURED, NULL, &table, NULL);
        if (st == EL_OK)
            st = el_app_import_store(&in, db, "tests", &n_new, NULL);
        el_mem_fail_at(-1);
        el_table_free(table);
        assert_true(st == EL_OK ? n_new == 0 : st == EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 2000);
    assert_int_equal(st, EL_OK);
    assert_true(k > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_as_table),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("tables", tests, setup, teardown);
}
