/* SPDX-License-Identifier: Apache-2.0 */
#include "el_device_sample.h"

#include <string.h>

#include "base/mem.h"
#include "energylens/links.h"

#define MAX_ROWS 400

/* A curve that nobody fitted: 12 us, 230 GB/s, ... */
static el_link_curve truth(el_collective c, double gpus)
{
    return (el_link_curve){c, gpus, 12e-6, 3e-6, 40e-6, 230e9, EL_UNKNOWN};
}

/* Sizes 512 B to 1 GB, each with noise of sd * a uniform in +-sqrt 3. */
static size_t measure(const el_link_curve *c, double sd, double n_sm,
                      uint64_t *seed, el_link_row *row)
{
    size_t n = 0;

    for (int power = 9; power <= 30; power++) {
        double bytes = ldexp(1, power);
        double e = el_test_unif(seed, -sqrt(3), sqrt(3));
        double sm = el_is_known(n_sm) ? n_sm : 0;

        row[n++] = (el_link_row){.collective = c->collective,
                                 .gpus = c->gpus,
                                 .bytes = bytes,
                                 .time_s = el_link_curve_time(c, bytes, sm) *
                                           exp(sd * e),
                                 .n_sm = n_sm,
                                 .power_w = EL_UNKNOWN};
    }
    return n;
}

static void test_names(void **state)
{
    el_collective c;

    (void)state;
    for (int i = 0; i < EL_N_COLLECTIVES; i++) {
        const char *name = el_collective_name((el_collective)i);

        assert_true(el_collective_parse(name, strlen(name), &c));
        assert_int_equal(c, i);
    }
    assert_true(el_collective_parse("AllReduce", 9, &c));
    assert_int_equal(c, EL_COLL_ALL_REDUCE);
    assert_true(el_collective_parse("all-to-all", 10, &c));
    assert_int_equal(c, EL_COLL_ALL_TO_ALL);
    assert_true(el_collective_parse("sendrecv", 8, &c));
    assert_int_equal(c, EL_COLL_SEND);
    assert_false(el_collective_parse("broadcast", 9, &c));
    assert_false(el_collective_parse("all_reduc", 9, &c));
    assert_false(el_collective_parse("", 0, &c));
}

/* Known constants come back from noisy times. */
static void test_recovery(void **state)
{
    el_link_row row[MAX_ROWS];

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t s = seed;
        el_link_curve t = truth(EL_COLL_ALL_REDUCE, 8);
        size_t n = measure(&t, 0.03, EL_UNKNOWN, &s, row);
        el_link_fit f;

        n += measure(&t, 0.03, EL_UNKNOWN, &s, row + n);
        assert_int_equal(el_link_fit_curve(row, n, &f, NULL), EL_OK);
        assert_int_equal(f.n, n);
        assert_int_equal(f.n_size, 22);
        assert_close(f.curve.bus_bytes_s, 230e9, 0.05, 0);
        assert_close(f.curve.alpha_s, 12e-6, 0.08, 0);
        assert_close(f.curve.alpha_s + f.curve.first_s, 15e-6, 0.1, 0);
        assert_true(f.error_median < 0.04 && f.error_worst < 0.12);
        assert_true(f.held_median < 0.06);
        assert_false(el_is_known(f.curve.sm_bytes_s));
        assert_close(f.bytes_lo, 512, 0, 0);
        assert_close(f.bytes_hi, 0x1p30, 0, 0);
    }
}

/* Without noise they come back exactly, and the held-out error is 0. */
static void test_exact(void **state)
{
    el_link_row row[MAX_ROWS];
    uint64_t s = 1;
    el_link_curve t = truth(EL_COLL_SEND, 2);
    size_t n = measure(&t, 0, EL_UNKNOWN, &s, row);
    el_link_fit f;

    (void)state;
    assert_int_equal(el_link_fit_curve(row, n, &f, NULL), EL_OK);
    assert_close(f.curve.bus_bytes_s, 230e9, 1e-6, 0);
    assert_close(f.curve.ramp_s, 40e-6, 1e-6, 0);
    assert_close(f.held_worst, 0, 0, 1e-6);
}

/* Bandwidth by SM: 14 GB/s each up to a knee of 20. */
static void test_sm(void **state)
{
    static const double sm[] = {4, 8, 12, 16, 20, 24};
    el_link_row row[MAX_ROWS];
    el_link_curve t = truth(EL_COLL_EXPERT_EXCHANGE, 8);
    uint64_t s = 7;
    size_t n = 0;
    el_link_fit f;

    (void)state;
    t.sm_bytes_s = 14e9;
    t.bus_bytes_s = 280e9;
    for (size_t i = 0; i < 6; i++)
        n += measure(&t, 0.02, sm[i], &s, row + n);
    assert_int_equal(el_link_fit_curve(row, n, &f, NULL), EL_OK);
    assert_close(f.curve.sm_bytes_s, 14e9, 0.03, 0);
    assert_close(f.curve.bus_bytes_s, 280e9, 0.05, 0);
    /* one number of SMs tells nothing of one SM */
    assert_int_equal(el_link_fit_curve(row, 22, &f, NULL), EL_OK);
    assert_false(el_is_known(f.curve.sm_bytes_s));
}

/* A few rows ten times too slow do not move the rest. */
static void test_outliers(void **state)
{
    el_link_row row[MAX_ROWS];
    uint64_t s = 3;
    el_link_curve t = truth(EL_COLL_ALL_GATHER, 4);
    size_t n = measure(&t, 0.01, EL_UNKNOWN, &s, row);
    el_link_fit f;

    (void)state;
    row[5].time_s *= 10;
    row[20].time_s *= 10;
    assert_int_equal(el_link_fit_curve(row, n, &f, NULL), EL_OK);
    assert_close(f.curve.bus_bytes_s, 230e9, 0.15, 0);
    assert_close(f.curve.alpha_s, 12e-6, 0.25, 0);
}

static void test_refused(void **state)
{
    el_link_row row[MAX_ROWS];
    uint64_t s = 3;
    el_link_curve t = truth(EL_COLL_ALL_GATHER, 4);
    size_t n = measure(&t, 0, EL_UNKNOWN, &s, row);
    el_link_fit f = {.n = 99};
    el_error err;

    (void)state;
    assert_int_equal(el_link_fit_curve(row, 3, &f, &err), EL_E_DATA);
    assert_string_equal(err.message, "all_gather of 4 GPUs: 3 message sizes, a "
                                     "fit needs 4");
    for (size_t i = 0; i < n; i++)
        row[i].time_s = 1e-5 * pow(0.9, (double)i);
    assert_int_equal(el_link_fit_curve(row, n, &f, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "no bandwidth"));
    assert_int_equal(f.n, 99);
}

/* P = idle + 2 W an SM + 0.5 nJ a byte */
static void test_power(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_link_row row[MAX_ROWS];
    uint64_t s = 3;
    el_link_curve t = truth(EL_COLL_ALL_REDUCE, 2);
    size_t n = measure(&t, 0, EL_UNKNOWN, &s, row);
    double spin, bus;

    (void)state;
    assert_int_equal(el_link_fit_power(row, n, &d, &spin, &bus, NULL), EL_OK);
    assert_false(el_is_known(spin) || el_is_known(bus));
    for (size_t i = 0; i < n; i++)
        row[i].power_w =
            d.idle_w + 2 * d.link_sm + 0.5e-9 * row[i].bytes / row[i].time_s;
    assert_int_equal(el_link_fit_power(row, n, &d, &spin, &bus, NULL), EL_OK);
    assert_close(spin, 2, 1e-9, 0);
    assert_close(bus, 0.5e-9, 1e-9, 0);
}

static double seconds(const el_device *d, el_comm_kind kind, double bytes,
                      double degree, double n_sm)
{
    el_cost c;

    el_comm_cost(d, kind, bytes, degree, n_sm, &c);
    return c.time_s;
}

/* What was measured comes first, the rest stays as it was. */
static void test_device(void **state)
{
    el_device d = el_sample_device(el_sample_a100()), plain = d;
    el_links links = {.n = 2, .spin_w_per_sm = 1, .bus_j_per_byte = 1e-10};
    el_cost c;

    (void)state;
    links.curve[0] = truth(EL_COLL_ALL_REDUCE, 2);
    links.curve[1] = truth(EL_COLL_ALL_REDUCE, 8);
    links.curve[1].alpha_s = 24e-6;
    d.links = &links;
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 1e9, 8, 0),
                 el_link_curve_time(&links.curve[1], 1e9, 0), 1e-12, 0);
    /* 4 GPUs: halfway in ln n */
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 1e7, 4, 0),
                 18e-6 + 3e-6 + 40e-6 * 15e6 / 20.8e6 + 15e6 / 230e9, 1e-9, 0);
    assert_close(seconds(&d, EL_COMM_ALL_GATHER, 1e7, 4, 0),
                 seconds(&plain, EL_COMM_ALL_GATHER, 1e7, 4, 0), 0, 0);
    /* small tensors still go one-shot, with a curve of its own if there is */
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 4096, 8, 0),
                 seconds(&plain, EL_COMM_ALL_REDUCE, 4096, 8, 0), 0, 0);
    links.curve[2] = truth(EL_COLL_ONE_SHOT, 8);
    links.curve[2].alpha_s = 1e-6;
    links.n = 3;
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 4096, 8, 0),
                 el_link_curve_time(&links.curve[2], 4096, 0), 1e-12, 0);
    el_comm_cost(&d, EL_COMM_ALL_REDUCE, 1e9, 8, 0, &c);
    assert_close(c.energy_j, d.link_sm * c.time_s + 1e-10 * 1.75e9, 1e-9, 0);
    assert_false(el_is_known(el_links_time(&links, EL_COLL_SEND, 1e6, 2, 0)));
    assert_false(el_links_have(&links, EL_COMM_SEND));
    assert_true(el_links_have(&links, EL_COMM_ALL_REDUCE));
    assert_close(el_links_time(&links, EL_COLL_ALL_REDUCE, 0, 64, 0), 24e-6,
                 1e-12, 0);
}

/* Dispatch and combine: by SM, a floor for few tokens. */
static void test_exchange(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_links links = {.n = 1, .spin_w_per_sm = NAN, .bus_j_per_byte = NAN};
    double nccl = seconds(&d, EL_COMM_ALL_TO_ALL, 1e4, 8, 0);

    (void)state;
    assert_true(seconds(&d, EL_COMM_ALL_TO_ALL, 1e4, 8, 20) > 1.5 * nccl);
    links.curve[0] = truth(EL_COLL_ALL_TO_ALL, 8);
    d.links = &links; /* the library's stands in where it alone was measured */
    assert_close(seconds(&d, EL_COMM_ALL_TO_ALL, 1e8, 8, 20),
                 el_link_curve_time(&links.curve[0], 1e8, 20), 1e-12, 0);
    links.curve[1] = truth(EL_COLL_EXPERT_EXCHANGE, 8);
    links.curve[1].sm_bytes_s = 10e9;
    links.n = 2;
    assert_close(seconds(&d, EL_COMM_ALL_TO_ALL, 1e8, 8, 10),
                 el_link_curve_time(&links.curve[1], 1e8, 10), 1e-12, 0);
    assert_true(seconds(&d, EL_COMM_ALL_TO_ALL, 1e8, 8, 10) >
                seconds(&d, EL_COMM_ALL_TO_ALL, 1e8, 8, 20));
}

static void test_oom(void **state)
{
    el_link_row row[MAX_ROWS];
    uint64_t s = 3;
    el_link_curve t = truth(EL_COLL_ALL_GATHER, 4);
    el_device d = el_sample_device(el_sample_a100());
    size_t n = measure(&t, 0.01, EL_UNKNOWN, &s, row);
    double a = -1, b = -1;
    el_status st;
    long k = 0;

    (void)state;
    row[0].power_w = row[1].power_w = row[2].power_w = row[3].power_w = 200;
    do {
        el_link_fit f = {.n = 99};

        el_mem_fail_at(k);
        st = el_link_fit_curve(row, n, &f, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(f.n, 99);
        }
    } while (st != EL_OK && ++k < 1000);
    assert_int_equal(st, EL_OK);
    assert_true(k > 8);
    k = 0;
    do {
        el_mem_fail_at(k);
        st = el_link_fit_power(row, n, &d, &a, &b, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st != EL_OK)
            assert_true(st == EL_E_NOMEM && a == -1 && b == -1);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_recovery),
        cmocka_unit_test(test_exact),    cmocka_unit_test(test_sm),
        cmocka_unit_test(test_outliers), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_power),    cmocka_unit_test(test_device),
        cmocka_unit_test(test_exchange), cmocka_unit_test(test_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
