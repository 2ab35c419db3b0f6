/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "app/plan.h"
#include "base/mem.h"
#include "el_test.h"
#include "io/json.h"

static el_plan_args node4(void)
{
    return (el_plan_args){.space = EL_SOURCE_DIR "/data/spaces/node4.json",
                          .model = "llama-2-7b",
                          .gpu = "a100-sxm4-40gb",
                          .design = EL_DESIGN_ACTIVE,
                          .prior = EL_PRIOR_PHYSICAL,
                          .n_runs = 2,
                          .min_latency_s = 1.5};
}

/* The believed energies are those of the prior that was asked for. */
static void test_priors(void **state)
{
    el_plan_args args = node4();
    el_planned physical, analytic, none, learned;

    (void)state;
    assert_int_equal(el_app_plan(&args, NULL, &physical, NULL), EL_OK);
    args.prior = EL_PRIOR_ANALYTIC;
    assert_int_equal(el_app_plan(&args, NULL, &analytic, NULL), EL_OK);
    args.prior = EL_PRIOR_NONE;
    assert_int_equal(el_app_plan(&args, NULL, &none, NULL), EL_OK);
    args.prior = EL_PRIOR_LEARNED;
    args.engine = "vLLM (eager)";
    assert_int_equal(el_app_plan(&args, NULL, &learned, NULL), EL_OK);
    assert_int_equal(physical.n_step, 2);
    assert_int_equal(physical.runs.n, 46);
    for (size_t i = 0; i < physical.runs.n; i++) {
        assert_true(physical.energy_j[i] > 0.0);
        assert_close(analytic.energy_j[i], physical.energy_j[i], 0.6, 0);
        assert_close(none.energy_j[i], physical.energy_j[i], 1e-12, 0);
        assert_close(learned.energy_j[i], physical.energy_j[i], 0.3, 0);
        assert_true(learned.energy_j[i] != physical.energy_j[i]);
    }
    assert_true(none.settled < physical.settled);
    assert_true(physical.settled < learned.settled); /* it is surer */
    for (size_t i = 0; i < physical.runs.n_load; i++) {
        const el_load_winner *w = &physical.winner[i];

        assert_int_equal(physical.runs.load[w->run], i);
        assert_true(w->lo_j < w->energy_j && w->energy_j < w->hi_j);
        assert_true(w->share > 0.0 && w->share <= 1.0);
    }
    el_planned_clear(&learned);
    el_planned_clear(&none);
    el_planned_clear(&analytic);
    el_planned_clear(&physical);
}

static void test_errors(void **state)
{
    el_plan_args args = node4();
    el_planned p = {.n_used = 7};

    (void)state;
    args.model = NULL;
    assert_int_equal(el_app_plan(&args, NULL, &p, NULL), EL_E_ARG);
    args = node4();
    args.gpu = "nosuch";
    assert_int_equal(el_app_plan(&args, NULL, &p, NULL), EL_E_DATA);
    args = node4();
    args.space = "/nonexistent";
    assert_int_equal(el_app_plan(&args, NULL, &p, NULL), EL_E_IO);
    args = node4();
    args.fit = EL_SOURCE_DIR "/data/fits/a100-sxm4-40gb.fit.json";
    args.measured = "runs.csv";
    assert_int_equal(el_app_plan(&args, NULL, &p, NULL), EL_E_ARG);
    assert_int_equal(p.n_used, 7);
}

static el_status everything(void)
{
    el_plan_args args = node4();
    el_planned p;
    el_buf csv = {0};
    json_t *json = NULL;
    el_status st = el_app_plan(&args, NULL, &p, NULL);

    if (st != EL_OK)
        return st;
    st = el_planned_csv(&p, &csv, NULL);
    if (st == EL_OK) {
        json = el_planned_json(&p);
        st = json ? EL_OK : EL_E_NOMEM;
    }
    json_decref(json);
    el_buf_clear(&csv);
    el_planned_clear(&p);
    return st;
}

/* Some of the many thousand allocations that reading a catalogue takes, and
 * all of the last ones. */
static void test_out_of_memory(void **state)
{
    long k = 0, n = 1;
    el_status st;

    (void)state;
    el_json_init();
    do { /* how many there are */
        n *= 2;
        el_mem_fail_at(n);
        st = everything();
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && n < 1L << 24);
    assert_int_equal(st, EL_OK);
    for (; k < n; k += 1 + n / 60) {
        el_mem_fail_at(k);
        st = everything();
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_priors),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
