/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for any rows that correct the analytic model. */
#include "el_calibrate_sample.h"

#include <stdio.h>

#define SEED    20261121u
#define N_DRAWS 60

static el_row random_row(uint64_t *seed)
{
    /* one draw a statement: arguments have no order */
    const double tp = exp2((double)(el_test_next(seed) % 4));
    const double osl = floor(exp(el_test_unif(seed, 2, 8)));
    const double isl = floor(exp(el_test_unif(seed, 3, 9)));
    const double batch = floor(exp(el_test_unif(seed, 0, 6)));

    return el_sample_row(tp, batch, isl, osl);
}

static void check_equal(const el_prediction *p, const el_prediction *q)
{
    assert_close(p->energy_per_request_j, q->energy_per_request_j, 1e-9, 0);
    assert_close(p->energy_per_request_hi_j, q->energy_per_request_hi_j, 1e-9,
                 0);
    assert_close(p->ttft_hi_s, q->ttft_hi_s, 1e-9, 0);
    assert_close(p->tpot_lo_s, q->tpot_lo_s, 1e-9, 0);
}

/* Order of rows; joules, seconds of all rows alike times a factor. */
static void test_order(void **state)
{
    uint64_t seed = SEED;

    (void)state;
    for (size_t d = 0; d < N_DRAWS; d++) {
        el_runs_sample *b = el_runs_sample_open();
        size_t n = 1 + el_test_next(&seed) % 12;
        el_row at = random_row(&seed);
        el_prediction p, q;

        for (size_t i = 0; i < n; i++) {
            const double time = exp(el_test_unif(&seed, -1, 1));
            const double energy = exp(el_test_unif(&seed, -1, 1));

            el_runs_sample_add(b, random_row(&seed), energy, time);
        }
        (void)el_runs_sample_calibrate(b);
        p = el_runs_sample_ask(b, &at);
        for (size_t i = n; i > 1; i--) {
            size_t j = el_test_next(&seed) % i;
            const el_row *row = b->list[i - 1];

            b->list[i - 1] = b->list[j];
            b->list[j] = row;
        }
        (void)el_runs_sample_calibrate(b);
        q = el_runs_sample_ask(b, &at);
        check_equal(&p, &q);
        assert_true(p.energy_per_request_lo_j < p.energy_per_request_j &&
                    p.energy_per_request_j < p.energy_per_request_hi_j &&
                    isfinite(p.energy_per_request_hi_j));
        el_runs_sample_close(b);
    }
}

/* One factor on all rows: found where they are, never overshot anywhere. */
static void test_factor(void **state)
{
    uint64_t seed = SEED + 1;

    (void)state;
    for (size_t d = 0; d < N_DRAWS; d++) {
        el_runs_sample *b = el_runs_sample_open();
        double ln = el_test_unif(&seed, -1, 1), moved;
        el_row far = random_row(&seed);
        double was = el_runs_sample_ask(b, &far).energy_per_request_j;

        for (size_t i = 0; i < 6; i++)
            el_runs_sample_add(b, random_row(&seed), exp(ln), exp(ln));
        (void)el_runs_sample_calibrate(b);
        for (size_t i = 0; i < 6; i++)
            assert_close(el_runs_sample_ask(b, b->list[i]).energy_per_request_j,
                         b->list[i]->energy_per_request_j,
                         0.02 * fabs(ln) + 1e-9, 0);
        moved =
            log(el_runs_sample_ask(b, &far).energy_per_request_j / was) / ln;
        if (!(moved > 0.8 && moved < 1.02))
            fail_msg("draw %zu: %g of the factor %g", d, moved, exp(ln));
        el_runs_sample_close(b);
    }
}

static double wave(const el_row *row)
{
    return exp(0.4 * sin(1.5 * log(row->batch_size)) + 0.1 * log(row->tp) +
               0.1 * sin(log(row->input_tokens)));
}

/* Ever more rows: ever nearer to what they say, ever narrower. */
static void test_many_rows(void **state)
{
    static const size_t many[] = {4, 16, 64};
    double error[3] = {0}, band[3] = {0};

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        el_runs_sample *b = el_runs_sample_open();
        el_runs_sample *alone = el_runs_sample_open();
        uint64_t seed = SEED + 2;

        for (size_t i = 0; i < many[k]; i++) {
            el_row row = random_row(&seed);

            row.input_tokens = row.output_tokens = 512;
            el_runs_sample_add(b, row, wave(&row), 1);
        }
        (void)el_runs_sample_calibrate(b);
        for (size_t i = 0; i < 50; i++) {
            el_row row = random_row(&seed);
            el_prediction p, was;

            row.input_tokens = row.output_tokens = 512;
            was = el_runs_sample_ask(alone, &row);
            p = el_runs_sample_ask(b, &row);
            error[k] += fabs(log(p.energy_per_request_j /
                                 was.energy_per_request_j / wave(&row))) /
                        50.0;
            band[k] += p.spread_ln / 50.0;
        }
        el_runs_sample_close(alone);
        el_runs_sample_close(b);
    }
    assert_true(error[1] < 0.5 * error[0] && error[2] < 0.5 * error[1]);
    assert_true(error[2] < 0.05);
    assert_true(band[1] < band[0] && band[2] < band[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_factor),
        cmocka_unit_test(test_many_rows),
    };

    (void)printf("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
