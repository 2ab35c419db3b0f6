/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /metrics of a vLLM server, scraped again and again: what its counters
 * gained from one page to the next. Layer: io.
 *
 *   el_vllm_init(&v);
 *   while (at < end)                     each page of a text
 *       el_vllm_next(&v, &at, end, "a.prom", &growth, &err);
 *   el_vllm_clear(&v);
 *
 * Counters are summed over engines, replicas and reasons; one that fell was
 * reset by a restart and has gained what it shows (as Prometheus' increase()).
 */
#ifndef EL_IO_VLLM_METRICS_H
#define EL_IO_VLLM_METRICS_H
#include "base/str.h"
#include "energylens/known.h"

#define EL_VLLM_BUCKETS 64u /* of a histogram */

/* Gauges as they stand, counters as gained; NaN: not on the page. */
typedef enum el_vllm_value {
    EL_VLLM_RUNNING, /* requests being served, a gauge */
    EL_VLLM_WAITING, /* ... that wait, a gauge */
    EL_VLLM_N_GAUGES,
    EL_VLLM_PROMPT_TOKENS = EL_VLLM_N_GAUGES,
    EL_VLLM_CACHED_TOKENS, /* of those, from the prefix cache */
    EL_VLLM_OUTPUT_TOKENS,
    EL_VLLM_STEPS, /* of all engines */
    EL_VLLM_PREEMPTIONS,
    EL_VLLM_TTFT_S, /* sums over ... */
    EL_VLLM_TTFT_N, /* ... so many */
    EL_VLLM_ITL_S,
    EL_VLLM_ITL_N,
    EL_VLLM_E2E_S,
    EL_VLLM_N_VALUES
} el_vllm_value;

/* Observations by size: n of them up to le[k], in all. */
typedef struct el_vllm_sizes {
    size_t n_bucket;            /* the last le is INFINITY */
    double le[EL_VLLM_BUCKETS]; /* ascending */
    double upto[EL_VLLM_BUCKETS];
    double sum; /* NaN: not on the page */
} el_vllm_sizes;

typedef struct el_vllm_growth {
    double time_s; /* of the page, since 1970; NaN: not stamped */
    double value[EL_VLLM_N_VALUES];
    el_vllm_sizes prompt, answer; /* tokens of requests that finished */
    size_t n_engine;              /* that tell how many they run */
    size_t n_restart;             /* counters that fell */
} el_vllm_growth;

typedef struct el_vllm_series el_vllm_series;

typedef struct el_vllm {
    size_t n, cap, page; /* pages read */
    el_vllm_series *series;
    el_strings strings;
    const char *model; /* the served name; NULL: no page yet */
    double began_s;    /* of the server's process; NaN: not told */
} el_vllm;             /* owned; el_vllm_clear */

void el_vllm_init(el_vllm *vllm);
void el_vllm_clear(el_vllm *vllm);

/*
 * The page at *at, up to where one of its series comes again; *at moves there.
 * Of the first page everything is gained: since the server began.
 *
 * EL_E_DATA "a.prom: ..." (no metric of vLLM, two models, a value that is no
 * count), EL_E_NOMEM. *out on EL_OK only.
 */
EL_NODISCARD el_status el_vllm_next(el_vllm *vllm, const char **at,
                                    const char *end, const char *name,
                                    el_vllm_growth *out, el_error *err);

#endif
