/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole configurations predicted by the analytic model, both phases, on one
 * core: lowering is done once, as in a search. Goals: 100,000/s for a 70 B
 * dense model, 10,000/s with uneven expert load.
 */
#include "../support/el_bench.h"
#include "app/analytic.h"
#include "energylens/files.h"

#define N_CALLS 2000u

typedef struct bench {
    el_analytic_state state;
    el_point point;
    double sum;
} bench;

static double round_points(void *ctx)
{
    bench *b = ctx;
    el_prediction p;

    for (unsigned i = 0; i < N_CALLS; i++) {
        b->point.batch = 1.0 + (double)(i % 64u); /* nothing to hoist */
        b->point.tp = i % 2u ? 4.0 : 8.0;
        b->point.ep = b->point.ep > 1.0 ? b->point.tp : 1.0;
        if (el_analytic_predict(b->state.analytic, &b->point, "",
                                b->point.batch, &p, NULL) == EL_OK)
            b->sum += p.energy_per_request_j;
    }
    return N_CALLS;
}

/* name: of the figure; ep: over as many GPUs as tp. */
static int rate(const el_catalog *catalog, const char *name, const char *model,
                bool ep)
{
    el_analytic_wish wish = {.model = model,
                             .gpu = "h100-sxm5-80gb",
                             .clock_hz = EL_UNKNOWN,
                             .cap_w = EL_UNKNOWN};
    static bench b;
    el_error err = {0};
    el_status st = el_analytic_open(catalog, &wish, &b.state, &err);

    b.point = (el_point){.pp = 1.0,
                         .ep = ep ? 8.0 : 1.0,
                         .dp = 1.0,
                         .isl = 2048.0,
                         .osl = 256.0,
                         .workload = -1};
    for (unsigned n = 4; n <= 8 && st == EL_OK; n *= 2) {
        double tp = (double)n;
        el_shard shard = {.tp = tp, .pp = 1.0, .ep = ep ? tp : 1.0, .cp = 1.0};
        st = el_analytic_prepare(b.state.analytic, &shard, &err);
    }
    if (st != EL_OK) {
        (void)fprintf(stderr, "%s: %s\n", model, err.message);
        return 1;
    }
    el_bench_print(name, el_bench_rate(round_points, &b), "predictions/s");
    el_analytic_close(&b.state);
    return !(b.sum > 0.0);
}

int main(void)
{
    el_catalog *catalog = NULL;
    el_error err = {0};
    int bad;

    if (el_catalog_load(NULL, &catalog, &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    bad = rate(catalog, "analytic_llama3_70b", "Llama-3-70B", false);
    bad |= rate(catalog, "analytic_qwen3_30b_a3b", "qwen3-30b-a3b", false);
    bad |= rate(catalog, "analytic_qwen3_30b_a3b_ep", "qwen3-30b-a3b", true);
    el_catalog_free(catalog);
    return bad;
}
