/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of requests through one replica with continuous batching, from event to
 * event: what each request costs and how long it waits. Layer: model.
 *
 * Every step makes one token for each request in flight. A step that admits
 * requests also reads their prompts in one pass, and takes the time of both:
 * all that have come and fit, in order of arrival, at most `chunk_tokens` of
 * them (a longer prompt passes alone). Their first token is made by that pass.
 * A request is admitted once there is a place in the batch and room in the KV
 * cache for all of its tokens, so that none is ever put back.
 */
#ifndef EL_MODEL_REPLICA_H
#define EL_MODEL_REPLICA_H
#include "energylens/error.h"
#include "energylens/task.h"

/*
 * One replica in numbers. A step of b requests with c tokens of context in all
 * takes step_s[b - 1] + context_s[b - 1] c; joules likewise. A pass over x
 * prompt tokens is linear between the knots, and in proportion to its tokens
 * beyond the last. Owned; el_replica_clear.
 */
typedef struct el_replica {
    size_t batch;        /* most in flight, >= 1 */
    double kv_tokens;    /* that fit; INFINITY: no limit */
    double chunk_tokens; /* of one pass */
    double idle_w;       /* all of its GPUs, with nothing in flight */
    double *step_s, *context_s, *step_j, *context_j; /* batch */
    size_t n_knot;
    double *knot_tokens, *pass_s, *pass_j; /* n_knot, tokens ascending */
} el_replica;

EL_NODISCARD el_status el_replica_make(size_t batch, size_t n_knot,
                                       el_replica *out, el_error *err);
void el_replica_clear(el_replica *replica);

/* value (pass_s or pass_j) of a pass over so many tokens. */
double el_replica_pass(const el_replica *replica, const double *value,
                       double tokens);

/* Seconds of replica work that a request adds where batches are full. */
double el_replica_work_s(const el_replica *replica, double isl, double osl);

/* Watts with nothing in flight, by intervals of equal length from t = 0. */
typedef struct el_idle {
    double interval_s;    /* INFINITY: one for all time */
    size_t n;             /* of them; the last goes on */
    const double *idle_w; /* n; NULL: the replica's own */
} el_idle;

/* Requests of one replica, by arrival; lengths whole, >= 1. Borrowed. */
typedef struct el_arrivals {
    size_t n;
    const double *arrive_s, *isl, *osl;
} el_arrivals;

/* What became of each request. Arrays of n, the caller's. */
typedef struct el_served {
    double *ttft_s, *tpot_s; /* TPOT of one-token answers: NaN */
    double *energy_j;        /* its passes and its share of each step */
} el_served;

/* Joules by hour of the log's clock, the caller's; n = 0: not wanted. */
typedef struct el_bins {
    double from_s, width_s; /* t = from_s is where bin 0 begins */
    size_t n;               /* time before and after goes to the ends */
    double *energy_j;
} el_bins;

typedef struct el_replica_sum {
    size_t n_refused; /* longer than the KV cache: left out, served NaN */
    double end_s;     /* when the last answer ends */
    double prefill_s, decode_s, idle_s;
    double prefill_j, decode_j, idle_j;
    double tokens, steps; /* made by steps; of all sizes */
    double peak;          /* most in flight */
} el_replica_sum;

/*
 * Serve all requests from t = 0 to the last answer.
 *
 * Energy of a step is shared evenly by those in flight, of a pass by prompt
 * tokens. sum(energy_j) = prefill_j + decode_j, and the bins gain that plus
 * idle_j, both to rounding.
 *
 * Method   between two events steps have one batch and a context that grows by
 *          b a step: closed sums; requests leave a heap of last steps.
 * EL_E_NOMEM, EL_E_CANCELLED (task may be NULL; its progress is not called).
 * Cost     O(n log batch), some 100 ns a request.
 */
EL_NODISCARD el_status el_replica_serve(const el_replica *replica,
                                        const el_arrivals *arrivals,
                                        const el_idle *idle, el_bins *bins,
                                        const el_served *served,
                                        const el_task *task,
                                        el_replica_sum *out, el_error *err);

/*
 * The same in pieces, for those who deal requests by what they see: *arrivals
 * and *served may grow between two runs (and what they point to may move), by
 * requests that come after all that there were.
 */
typedef struct el_replica_sim el_replica_sim;

EL_NODISCARD el_status el_replica_begin(const el_replica *replica,
                                        const el_arrivals *arrivals,
                                        const el_served *served,
                                        el_replica_sim **out, el_error *err);
/* Up to the first event at or after until_s. EL_E_CANCELLED. */
EL_NODISCARD el_status el_replica_run(el_replica_sim *s, double until_s,
                                      const el_task *task, el_error *err);
/* Requests that wait; in flight; when the first of those waiting came
 * (INFINITY: none waits). */
typedef struct el_replica_queue {
    size_t waiting, in_flight;
    double since_s;
} el_replica_queue;

el_replica_queue el_replica_look(const el_replica_sim *s);
void el_replica_end(el_replica_sim *s); /* NULL is fine */

/* Then nothing until until_s: sum gains the idle time and joules. */
void el_replica_rest(const el_replica *replica, const el_idle *idle,
                     double until_s, el_bins *bins, el_replica_sum *sum);

#endif
