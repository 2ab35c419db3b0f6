/* SPDX-License-Identifier: Apache-2.0 */
/* A few measurements correct the analytic model. */
#include "el_calibrate_sample.h"

#include <string.h>

#include "base/mem.h"

static double terms_sum(const el_terms *t)
{
    double sum = 0.0;

    for (size_t i = 0; i < t->n; i++)
        sum += t->term[i].value;
    return sum;
}

/* At the rows to the shrinkage of 0.5^2 against 0.03^2 of noise; far from
 * them most of the level is left. */
static void test_constant_factor(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_row at = el_sample_row(2, 8, 1024, 256),
           far = el_sample_row(8, 64, 8192, 2048);
    el_prediction was = el_runs_sample_ask(b, &at),
                  was_far = el_runs_sample_ask(b, &far), p;
    el_calibrated done;

    (void)state;
    el_runs_sample_six(b, 1.5, 0.8);
    done = el_runs_sample_calibrate(b);
    assert_int_equal(done.n_rows, 6);
    assert_int_equal(done.n_refused, 0);
    assert_close(done.before_pct, 100.0 / 3, 1e-9, 0);
    assert_true(done.left_out_pct < 4);
    p = el_runs_sample_ask(b, &at);
    assert_int_equal(p.source, EL_SOURCE_CALIBRATED);
    assert_close(p.energy_per_request_j / was.energy_per_request_j, 1.5, 2e-3,
                 0);
    assert_close(p.ttft_s / was.ttft_s, 0.8, 2e-3, 0);
    assert_close(p.tpot_s / was.tpot_s, 0.8, 2e-3, 0);
    assert_close(p.latency_s, p.ttft_s + 255 * p.tpot_s, 1e-12, 0);
    assert_close(p.avg_power_w / was.avg_power_w, 1.5 / 0.8, 5e-3, 0);
    assert_close(terms_sum(&p.terms), p.energy_per_request_j, 1e-9, 0);
    assert_close(p.prefill_energy_j + p.decode_energy_j, p.energy_per_request_j,
                 1e-9, 0);
    assert_close(p.energy_j, 8 * p.energy_per_request_j, 1e-9, 0);
    assert_close(log(p.energy_per_request_hi_j / p.energy_per_request_j),
                 1.6448536 * p.spread_ln, 1e-6, 0);
    assert_true(p.spread_ln < was.spread_ln);
    assert_int_equal(p.extrapolated_axes, 0);
    p = el_runs_sample_ask(b, &far);
    assert_close(log(p.energy_per_request_j / was_far.energy_per_request_j),
                 log(1.5), 0.15, 0);
    assert_int_equal(p.extrapolated_axes,
                     1u << EL_AXIS_TP | 1u << EL_AXIS_ISL | 1u << EL_AXIS_OSL);
    assert_non_null(strstr(p.note, "tp 8 outside 2..4"));
    el_runs_sample_close(b);
}

static void test_one_row(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_row at = el_sample_row(2, 8, 1024, 256),
           far = el_sample_row(2, 64, 1024, 256);
    el_prediction was = el_runs_sample_ask(b, &at),
                  was_far = el_runs_sample_ask(b, &far), p, q;
    double moved, moved_far;

    (void)state;
    el_runs_sample_add(b, at, 1.5, 1);
    assert_false(el_is_known(el_runs_sample_calibrate(b).left_out_pct));
    p = el_runs_sample_ask(b, &at);
    q = el_runs_sample_ask(b, &far);
    moved = log(p.energy_per_request_j / was.energy_per_request_j);
    moved_far = log(q.energy_per_request_j / was_far.energy_per_request_j);
    assert_true(moved < log(1.5) && moved > 0.98 * log(1.5));
    assert_true(moved_far < moved && moved_far > 0.85 * log(1.5));
    assert_true(p.spread_ln < q.spread_ln);
    el_runs_sample_close(b);
}

/* Level, slope and bend over the batch, read between and beyond the rows. */
static double bent(double batch)
{
    double x = log(batch / 8.0);

    return exp(0.3 + 0.1 * x - 0.03 * x * x);
}

static void test_slope_and_bend(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_prediction was, p;

    (void)state;
    for (int k = 0; k < 6; k++)
        el_runs_sample_add(b, el_sample_row(4, exp2(k), 1024, 256),
                           bent(exp2(k)), 1);
    for (int k = 0; k < 6; k++) {
        el_row row = el_sample_row(4, 1.4 * exp2(k), 1024, 256);

        el_analytic_sample fresh =
            el_sample_analytic(el_llama, &b->arch, el_sample_h100(), "vLLM");
        el_point point = el_row_point(&row);
        was = el_sample_predict(&fresh, point);
        el_sample_close(&fresh);
        (void)el_runs_sample_calibrate(b);
        p = el_runs_sample_ask(b, &row);
        assert_close(p.energy_per_request_j / was.energy_per_request_j,
                     bent(row.batch_size), k < 5 ? 0.02 : 0.04, 0);
    }
    el_runs_sample_close(b);
}

/* What the closed form says of a row left out is what the others say of it. */
static void test_left_out(void **state)
{
    static const double factor[] = {1.3, 1.1, 1.6, 1.2, 0.9};
    el_runs_sample *b = el_runs_sample_open();
    double all, sum = 0.0;

    (void)state;
    for (int k = 0; k < 5; k++)
        el_runs_sample_add(b, el_sample_row(k % 2 ? 2 : 4, exp2(k), 512, 512),
                           factor[k], 1);
    all = el_runs_sample_calibrate(b).left_out_pct;
    for (size_t k = 0; k < 5; k++) {
        const el_row *out = b->list[k];

        b->list[k] = b->list[4];
        b->n = 4;
        (void)el_runs_sample_calibrate(b);
        sum += fabs(el_runs_sample_ask(b, out).energy_per_request_j /
                        out->energy_per_request_j -
                    1.0);
        b->list[k] = out;
        b->n = 5;
    }
    assert_close(all, 100.0 * sum / 5.0, 1e-9, 0);
    el_runs_sample_close(b);
}

static void test_odd_row(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_calibrated done;

    (void)state;
    el_runs_sample_six(b, 1.2, 1);
    assert_null(el_runs_sample_calibrate(b).odd);
    b->row[4].energy_per_request_j *= 3.0;
    done = el_runs_sample_calibrate(b);
    assert_ptr_equal(done.odd, &b->row[4]);
    assert_close(done.odd_pct, 200, 0.15, 0);
    b->n = 1; /* nothing to compare it with */
    b->row[0].energy_per_request_j *= 20.0;
    assert_null(el_runs_sample_calibrate(b).odd);
    el_runs_sample_close(b);
}

/* Runs that contradict each other more than the model's spread explains. */
static void test_contradictions_widen(void **state)
{
    el_runs_sample *calm = el_runs_sample_open(), *wild = el_runs_sample_open();
    el_row at = el_sample_row(2, 10, 1024, 256);

    (void)state;
    for (int k = 0; k < 8; k++) {
        el_row row = el_sample_row(2, 8 + k, 1024, 256);

        el_runs_sample_add(calm, row, 1.0, 1);
        el_runs_sample_add(wild, row, k % 2 ? 1.4 : 0.7, 1);
    }
    (void)el_runs_sample_calibrate(calm);
    (void)el_runs_sample_calibrate(wild);
    assert_true(el_runs_sample_ask(wild, &at).spread_ln >
                4 * el_runs_sample_ask(calm, &at).spread_ln);
    el_runs_sample_close(calm);
    el_runs_sample_close(wild);
}

static void test_times_that_are_missing(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_row at = el_sample_row(2, 8, 1024, 256);
    el_prediction was = el_runs_sample_ask(b, &at), p;

    (void)state;
    el_runs_sample_six(b, 1.2, 0.8);
    for (size_t i = 0; i < b->n; i++)
        b->row[i].ttft_s = b->row[i].itl_s = EL_UNKNOWN;
    (void)el_runs_sample_calibrate(
        b); /* whole runs stand in for the time between tokens */
    p = el_runs_sample_ask(b, &at);
    assert_close(p.ttft_s, was.ttft_s, 0, 0);
    assert_close(p.ttft_hi_s, was.ttft_hi_s, 0, 0);
    assert_close(p.tpot_s / was.tpot_s, 0.8, 5e-3, 0);
    for (size_t i = 0; i < b->n; i++)
        b->row[i].latency_s = EL_UNKNOWN;
    (void)el_runs_sample_calibrate(b);
    p = el_runs_sample_ask(b, &at);
    assert_close(p.tpot_s, was.tpot_s, 0, 0);
    assert_close(p.avg_power_w / was.avg_power_w, 1.2, 5e-3, 0);
    el_runs_sample_close(b);
}

/* Nobody wrote the prompts down: what one workload has more stays its own. */
static void test_unknown_prompts(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_row row = el_sample_row(2, 64, EL_UNKNOWN, 100);
    double was = el_runs_sample_ask(b, &row).energy_per_request_j, chat, code;
    el_prediction other;

    (void)state;
    for (int k = 0; k < 6; k++) {
        row = el_sample_row(2, exp2(3 + k - k % 2), EL_UNKNOWN, 100);
        row.workload = k % 2 ? "code" : "chat";
        el_runs_sample_add(b, row, k % 2 ? 1.5 : 1.0, 1)->latency_s =
            EL_UNKNOWN;
    }
    (void)el_runs_sample_calibrate(b);
    row = el_sample_row(2, 64, EL_UNKNOWN, 100);
    row.workload = "chat";
    chat = el_runs_sample_ask(b, &row).energy_per_request_j / was;
    row.workload = "code";
    code = el_runs_sample_ask(b, &row).energy_per_request_j / was;
    assert_close(chat, 1.0, 0.05, 0);
    assert_close(code, 1.5, 0.05, 0);
    row.workload = "poems";
    other = el_runs_sample_ask(b, &row);
    assert_true(other.energy_per_request_j > chat * was &&
                other.energy_per_request_j < code * was);
    assert_false(el_is_known(other.prefill_energy_j));
    row.workload = "chat";
    assert_true(other.spread_ln > 1.2 * el_runs_sample_ask(b, &row).spread_ln);
    el_runs_sample_close(b);
}

static void test_refusals(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_row at = el_sample_row(2, 8, 1024, 256);
    el_prediction was = el_runs_sample_ask(b, &at), p;
    el_calibrated done = {.n_rows = 77};
    el_error err = {0};

    (void)state;
    el_runs_sample_six(b, 1.5, 1);
    assert_int_equal(el_analytic_calibrate(NULL, b->list, 6, &done, &err),
                     EL_E_ARG);
    assert_int_equal(el_analytic_calibrate(b->s.analytic, NULL, 6, &done, &err),
                     EL_E_ARG);
    assert_int_equal(
        el_analytic_calibrate(b->s.analytic, b->list, 6, NULL, &err), EL_E_ARG);
    assert_int_equal(
        el_analytic_calibrate(b->s.analytic, b->list, 0, &done, &err),
        EL_E_DATA);
    assert_int_equal(el_analytic_calibrate(b->s.analytic, b->list,
                                           EL_CALIBRATE_MAX + 1, &done, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "better fitted"));
    for (size_t i = 0; i < b->n; i++)
        b->row[i].tp = 3; /* no plan */
    assert_int_equal(
        el_analytic_calibrate(b->s.analytic, b->list, 6, &done, &err),
        EL_E_DATA);
    assert_int_equal(done.n_rows, 77);
    p = el_runs_sample_ask(b, &at);
    assert_int_equal(p.source, EL_SOURCE_MODELLED);
    assert_close(p.energy_per_request_j, was.energy_per_request_j, 0, 0);
    b->row[0].tp = 2;
    done = el_runs_sample_calibrate(b);
    assert_int_equal(done.n_rows, 1);
    assert_int_equal(done.n_refused, 5);
    el_runs_sample_close(b);
}

/* Rows given before are forgotten, and kept where new ones fail. */
static void test_again(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_row at = el_sample_row(2, 8, 1024, 256);
    el_prediction was = el_runs_sample_ask(b, &at);
    el_calibrated done;

    (void)state;
    el_runs_sample_six(b, 1.5, 1);
    (void)el_runs_sample_calibrate(b);
    for (size_t i = 0; i < b->n; i++)
        b->row[i].energy_per_request_j *= 0.5;
    (void)el_runs_sample_calibrate(b);
    assert_close(el_runs_sample_ask(b, &at).energy_per_request_j /
                     was.energy_per_request_j,
                 0.75, 2e-3, 0);
    assert_int_equal(
        el_analytic_calibrate(b->s.analytic, b->list, 0, &done, NULL),
        EL_E_DATA);
    assert_close(el_runs_sample_ask(b, &at).energy_per_request_j /
                     was.energy_per_request_j,
                 0.75, 2e-3, 0);
    el_runs_sample_close(b);
}

static void test_out_of_memory(void **state)
{
    el_runs_sample *b = el_runs_sample_open();
    el_row at = el_sample_row(2, 8, 1024, 256);
    el_prediction was = el_runs_sample_ask(b, &at);
    long k = 0, live;
    el_status st;

    (void)state;
    el_runs_sample_six(b, 1.5, 1);
    live = el_mem_live();
    do {
        el_calibrated done = {.n_rows = 77};

        el_mem_fail_at(k);
        st = el_analytic_calibrate(b->s.analytic, b->list, b->n, &done, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(done.n_rows, 77);
            assert_int_equal(el_mem_live(), live);
            assert_close(el_runs_sample_ask(b, &at).energy_per_request_j,
                         was.energy_per_request_j, 0, 0);
        }
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    assert_true(k > 5);
    el_runs_sample_close(b);
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_factor),
        cmocka_unit_test(test_one_row),
        cmocka_unit_test(test_slope_and_bend),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_odd_row),
        cmocka_unit_test(test_contradictions_widen),
        cmocka_unit_test(test_times_that_are_missing),
        cmocka_unit_test(test_unknown_prompts),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
