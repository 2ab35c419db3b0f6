/* SPDX-License-Identifier: Apache-2.0 */
/* A log of requests through one replica: requests/s on one core. */
#include <math.h>
#include <stdlib.h>

#include "../support/el_bench.h"
#include "base/rng.h"
#include "energylens/known.h"
#include "model/traffic.h"

#define REQUESTS 200000u
#define BATCH    256u

typedef struct setting {
    el_replica replica;
    double *arrive_s, *isl, *osl;
} setting;

/* About the steps of an 8B model on one H100. */
static int make(setting *s, double rate_hz)
{
    el_rng rng;
    double now_s = 0.0;

    if (el_replica_make(BATCH, 2, &s->replica, NULL) != EL_OK)
        return 1;
    for (size_t k = 0; k < BATCH; k++) {
        s->replica.step_s[k] = 6e-3 + 2e-5 * (double)k;
        s->replica.context_s[k] = 5e-8;
        s->replica.step_j[k] = 3.0 + 0.01 * (double)k;
        s->replica.context_j[k] = 3e-5;
    }
    s->replica.knot_tokens[1] = 8192.0;
    s->replica.pass_s[0] = 8e-3;
    s->replica.pass_s[1] = 0.25;
    s->replica.pass_j[1] = 150.0;
    s->replica.kv_tokens = INFINITY;
    s->replica.chunk_tokens = 8192.0;
    s->replica.idle_w = 100.0;
    el_rng_init(&rng, 1, 0);
    for (size_t i = 0; i < REQUESTS; i++) {
        now_s -= log1p(-el_rng_unit(&rng)) / rate_hz;
        s->arrive_s[i] = now_s;
        s->isl[i] = 1.0 + (double)el_rng_below(&rng, 2000);
        s->osl[i] = 1.0 + (double)el_rng_below(&rng, 400);
    }
    return 0;
}

static double serve_all(void *ctx)
{
    const setting *s = ctx;
    const el_arrivals log = {REQUESTS, s->arrive_s, s->isl, s->osl};
    const el_scaling always = {.interval_s = INFINITY, .least = 1};
    const el_promise none = {EL_UNKNOWN, EL_UNKNOWN, 95.0};
    const el_task one = {.threads = 1};
    el_bins bins = {.n = 0};
    el_traffic out;

    if (el_traffic_serve(&(el_replicas){&s->replica, 1, &always, &none, 0.0},
                         &log, &bins, NULL, &one, &out, NULL) != EL_OK)
        _Exit(1);
    return REQUESTS;
}

int main(void)
{
    static double arrive_s[REQUESTS], isl[REQUESTS], osl[REQUESTS];
    static const double rate_hz[] = {1.0, 8.0, 20.0};
    setting s = {.arrive_s = arrive_s, .isl = isl, .osl = osl};

    for (size_t k = 0; k < sizeof rate_hz / sizeof *rate_hz; k++) {
        char name[40];

        if (make(&s, rate_hz[k]) != 0)
            return 1;
        (void)snprintf(name, sizeof name, "traffic_%g_per_s", rate_hz[k]);
        el_bench_print(name, el_bench_rate(serve_all, &s) / 1e6,
                       "million requests/s");
        el_replica_clear(&s.replica);
    }
    return 0;
}
