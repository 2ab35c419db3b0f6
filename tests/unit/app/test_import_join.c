/* SPDX-License-Identifier: Apache-2.0 */
/* Files to a table: joining, what is given, refusals, every allocation. */
#include "el_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/import.h"
#include "base/mem.h"
#include "io/json.h"

#define REPORT "import_join_report.csv"
#define POWER  "import_join_power.csv"
#define OTHER  "import_join_other.txt"

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* A run of 10 s from 2025-06-15T15:06:40Z on; two boards of 100 and 50 W. */
static int set_up(void **state)
{
    FILE *f;

    (void)state;
    put(REPORT, "Metric,avg\nInput Sequence Length (tokens),100.00\n"
                "Output Sequence Length (tokens),64.00\n"
                "Request Latency (ms),1500.00\n\nMetric,Value\n"
                "Request Count,20.00\nBenchmark Duration (sec),10.00\n"
                "Minimum Request Timestamp (ns),1750000000000000000\n"
                "Maximum Response Timestamp (ns),1750000010000000000\n");
    put(OTHER, "nothing that anybody knows\n");
    f = fopen(POWER, "w");
    assert_non_null(f);
    (void)fputs("timestamp,gpu,socket_power\n", f);
    for (int t = -5; t <= 15; t++)
        (void)fprintf(f, "%d,0,100\n%d,1,50\n", 1750000000 + t, 1750000000 + t);
    return fclose(f);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(REPORT) | unlink(POWER) | unlink(OTHER);
}

static const char *const both[] = {REPORT, POWER};

static void test_whose_energy(void **state)
{
    static const struct {
        double tp, energy_j, node_j;
    } cases[] = {
        {2, 1500, NAN}, {1, NAN, 1500}, {4, NAN, NAN}, {NAN, NAN, NAN}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        el_import_args args;
        el_imported in;

        el_import_args_init(&args);
        args.path = both;
        args.n_path = 2;
        args.given.tp = cases[i].tp;
        args.given.model = "m";
        assert_int_equal(el_app_import(&args, NULL, &in, NULL), EL_OK);
        assert_int_equal(in.n_row, 1);
        assert_string_equal(in.row->model, "m");
        assert_true(el_known_equal(in.row->energy_j, cases[i].energy_j));
        assert_true(
            el_known_equal(in.row->energy_node_gpus_j, cases[i].node_j));
        assert_int_equal(in.n_joined,
                         !isnan(cases[i].energy_j) || !isnan(cases[i].node_j));
        if (!isnan(cases[i].energy_j))
            assert_close(in.row->avg_power_w, 150, 1e-12, 0);
        el_imported_clear(&in);
        assert_int_equal(el_mem_live(), 0);
    }
}

static void test_refusals(void **state)
{
    static const char *const some[] = {OTHER, REPORT};
    static const char *const power[] = {REPORT};
    el_import_args args;
    el_imported in = {.n_row = 77};
    el_error err = {0};

    (void)state;
    el_import_args_init(&args);
    assert_int_equal(el_app_import(&args, NULL, &in, &err), EL_E_ARG);
    args.path = some;
    args.n_path = 1;
    assert_int_equal(el_app_import(&args, NULL, &in, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, OTHER));
    assert_int_equal(in.n_row, 77);
    args.n_path = 2;
    args.power = power; /* a report is no power log */
    args.n_power = 1;
    assert_int_equal(el_app_import(&args, NULL, &in, &err), EL_OK);
    assert_int_equal(in.n_row, 1);
    assert_int_equal(in.n_refused, 2);
    assert_non_null(strstr(in.source[2].refused, "no power over time"));
    el_imported_clear(&in);
    args.path = (const char *const[]){"import_join_nowhere"};
    args.n_path = 1;
    assert_int_equal(el_app_import(&args, NULL, &in, &err), EL_E_IO);
    assert_int_equal(el_mem_live(), 0);
}

static void test_out_of_memory(void **state)
{
    el_import_args args;
    el_status st;
    long k = 0;

    (void)state;
    el_import_args_init(&args);
    args.path = both;
    args.n_path = 2;
    args.given.tp = 2;
    do {
        el_imported in = {.n_row = 77};

        el_mem_fail_at(k);
        st = el_app_import(&args, NULL, &in, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK) {
            assert_close(in.row->energy_j, 1500, 1e-12, 0);
            el_imported_clear(&in);
        } else {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(in.n_row, 77);
        }
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 5000);
    assert_int_equal(st, EL_OK);
    assert_true(k > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whose_energy),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_out_of_memory)};

    el_json_init();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
