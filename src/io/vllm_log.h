/* SPDX-License-Identifier: Apache-2.0 */
/* A log of requests made up from what a vLLM server counted. Layer: io. */
#ifndef EL_IO_VLLM_LOG_H
#define EL_IO_VLLM_LOG_H
#include <stdint.h>

#include "model/moves.h"

#define EL_VLLM_MAX_FILE     ((size_t)256 << 20) /* bytes */
#define EL_VLLM_MAX_REQUESTS 2e7

/* Files of GET /metrics, oldest first, one page or several in each, or what
 * Prometheus kept of them (prom_range.h). */
typedef struct el_vllm_ask {
    size_t n;
    const char *const *path;
    double span_s; /* from the first page to the last, or of the only one from
                      the server's start; NaN: the pages are stamped */
    uint64_t seed;
} el_vllm_ask;

/* What the pages say beside the requests. NaN: they do not. */
typedef struct el_vllm_said {
    size_t n_page; /* 0: there were none */
    char model[128];
    double span_s;
    double output_tokens; /* made, also of requests that did not finish */
    double cached_share;  /* of prompt tokens, from the prefix cache */
    double preemptions;
    double ttft_s, itl_s;    /* means: of requests, of tokens */
    double in_system;        /* mean requests running or waiting */
    double running, waiting; /* means of the pages */
    size_t n_engine;         /* on the last page */
    size_t n_restart;        /* counters that fell */
} el_vllm_said;

/*
 * The requests that finished between pages, one page: since the server's start.
 * So many arrive in each interval as finished in it, evenly at random (a
 * Poisson process of that count). Lengths are quantiles of the two histograms,
 * in random order and independent of each other. Inside a bucket (a, b] a
 * length is a + (b - a) u^g, u uniform, with the one g that gives the sum that
 * the server counted; what is above the last bound reaches as far as that sum
 * needs. The seed decides order and times, not lengths.
 *
 * EL_E_DATA "a.prom: ..." (el_vllm_next, el_prom_range_open; no histogram;
 * pages not in order, or some without a time; none finished, or more than
 * EL_VLLM_MAX_REQUESTS), EL_E_ARG (span_s missing, or not needed), EL_E_IO,
 * EL_E_NOMEM. Outputs on EL_OK only.
 */
EL_NODISCARD el_status el_vllm_log_read(const el_vllm_ask *ask, el_lengths *out,
                                        el_vllm_said *said, el_error *err);

#endif
