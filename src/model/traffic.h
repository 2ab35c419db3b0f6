/* SPDX-License-Identifier: Apache-2.0 */
/* A log of requests through equal replicas, some of which may sleep. Layer:
 * model. */
#ifndef EL_MODEL_TRAFFIC_H
#define EL_MODEL_TRAFFIC_H
#include <stdbool.h>

#include "model/replica.h"

/*
 * How many replicas are awake, decided at the start of each interval from the
 * work that came in the one before (in the first: all), so that they are used
 * to `target` of their time. Those that sleep finish what they have. Work is
 * el_replica_work_s().
 */
typedef struct el_scaling {
    double interval_s; /* INFINITY: all are always awake */
    double target;     /* in (0, 1] */
    double wake_s;     /* until a replica that slept takes its first request */
    double sleep_w;    /* of one replica; 0: switched off */
    size_t least;      /* awake in any case, >= 1 */
    /* Or by the queue, at the start of each interval: see scale.h. */
    bool by_queue;
    double depth;  /* waiting requests for each replica awake; INFINITY: any */
    double wait_s; /* of the one that waits longest; INFINITY: any */
    double calm_s; /* nothing waits for so long before one goes to sleep */
} el_scaling;

/* Limits on TTFT and TPOT; NaN: none. */
typedef struct el_promise {
    double ttft_s, tpot_s, percentile; /* percentile in (0, 100) */
} el_promise;

typedef struct el_replicas {
    const el_replica *replica;
    size_t n; /* of them */
    const el_scaling *scaling;
    const el_promise *promise;
    double until_s; /* the accounts go on at least until then */
} el_replicas;

typedef struct el_traffic {
    el_replica_sum sum; /* of all replicas; end_s: the last, peak: the most */
    size_t n_request;
    double span_s;                      /* of the accounts: from t = 0 */
    double awake;                       /* mean replicas */
    double input_tokens, output_tokens; /* of those served */
    double ttft_s, ttft_tail_s, tpot_s, tpot_tail_s; /* median, percentile */
    double ttft_mean_s, itl_mean_s; /* of requests; of tokens after the first */
    double kept;                    /* share of requests within both limits */
} el_traffic;

/*
 * Serve a log, in order of arrival from t >= 0, by the replicas in turn (round
 * robin over those awake). energy_j: n_request values of the requests' own
 * joules (el_replica_serve), or NULL.
 *
 * bins as there; joules of sleeping and idle replicas are in them.
 * EL_E_NOMEM, EL_E_CANCELLED. Same bits for any number of threads.
 * Cost     some 100 ns a request.
 */
EL_NODISCARD el_status el_traffic_serve(const el_replicas *replicas,
                                        const el_arrivals *log, el_bins *bins,
                                        double *energy_j, const el_task *task,
                                        el_traffic *out, el_error *err);

#endif
