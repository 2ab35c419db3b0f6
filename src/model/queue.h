/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Poisson arrivals at one replica: how many requests are in flight and how long
 * a prompt waits. Layer: model. No allocation, no state.
 *
 * Continuous batching: every step makes one token for each request in flight
 * and reads prompts that have come meanwhile, at most `chunk` of them; a prompt
 * longer than that takes several steps, one prompt after another. What
 * decoding loses to prompts is a share rho = rate s of all time, s being the
 * seconds that a prompt adds.
 */
#ifndef EL_MODEL_QUEUE_H
#define EL_MODEL_QUEUE_H
#include <stdbool.h>
#include <stddef.h>

#define EL_QUEUE_KNOTS 40u

/* Times at some batch sizes, linear between them and beyond the last. */
typedef struct el_queue_times {
    size_t n;                         /* knots, >= 1 */
    double at[EL_QUEUE_KNOTS];        /* 1 = at[0] < at[1] < ... */
    double prompts_s[EL_QUEUE_KNOTS]; /* so many prompts in passes together */
    double step_s[EL_QUEUE_KNOTS];    /* one token for so many requests */
} el_queue_times;

typedef struct el_queue_load {
    double rate_hz;    /* requests/s at this replica, > 0 */
    double batch;      /* most requests in flight, whole, >= 1 */
    double osl;        /* tokens of an answer, >= 1 */
    double chunk;      /* prompts that one pass takes; below 1: a prompt takes
                          several; INFINITY */
    double percentile; /* of the tails, in (0, 1) */
} el_queue_load;

/* Of a queue that does not hold, only the first two are set. */
typedef struct el_queue {
    double utilisation;  /* rate / most_rate_hz; below 1: it holds */
    double most_rate_hz; /* with a batch that is always full */
    double in_flight;    /* mean over all time */
    double empty;        /* share of time without a request */
    double busy;         /* mean while there is any */
    double decoding;     /* mean that share a step, of steps with any */
    double peak;         /* at the percentile, <= batch */
    double ttft_s, tpot_s;
    double full;    /* share of requests that wait for a place */
    double place_s; /* part of ttft_s: waiting for a place in the batch */
    double pass;    /* prompts in one pass, of those that hold any */
    double ttft_tail_s, tpot_tail_s; /* at the percentile of the load */
} el_queue;

/*
 * Requests in flight and times of a replica that reads prompts and decodes.
 *
 * Method   The number decoding is a birth-death chain: k leave at k / T(k),
 *          T(k) = (O - 1) step(k) / (1 - rho) (insensitive to how long answers
 *          vary, as M/G/infinity is). A prompt waits for the step under way,
 *          as long as arrivals see it (length-biased), and for its own; prompts
 *          of several steps queue as M/D/1 with vacations. Waiting for a place
 *          in the batch is M/D/c (Cosmetatos' factor on Erlang's delay).
 * Accuracy against simulation at utilisations .3 to .8, mean in flight and
 *          mean TTFT: 5 % and 15 % (18 % for prompts longer than half a pass)
 *          while prompts take up to half of the time and the batch hardly ever
 *          fills; else 22 % and 25 %. Those that share a step: 5 %, long
 *          prompts 13 %, long and heavy ones up to 39 % too many
 *          (tests/prop/model/test_queue_prop.c).
 * Cost     O(batch), some ns each.
 */
void el_queue_serve(const el_queue_times *times, const el_queue_load *load,
                    el_queue *out);

/*
 * The same for one batch limit after another (load->batch is not used): what
 * they have in common is worked out once, where it is first needed. times must
 * stay. Begin one for each rate.
 */
typedef struct el_queue_flow {
    const el_queue_times *times;
    el_queue_load load;
    size_t n; /* knots so far, of what a request meets while so many decode */
    double ttft_s[EL_QUEUE_KNOTS];   /* without waiting for a place */
    double decode_s[EL_QUEUE_KNOTS]; /* of all tokens after the first */
    double step_s[EL_QUEUE_KNOTS];   /* prompts in it */
    double stay_s[EL_QUEUE_KNOTS];   /* and of one of so many in flight */
} el_queue_flow;

void el_queue_flow_begin(el_queue_flow *flow, const el_queue_times *times,
                         const el_queue_load *load);
void el_queue_flow_serve(el_queue_flow *flow, double batch, el_queue *out);

/*
 * A replica that only reads prompts and hands them on: step_s, batch and osl
 * are not used; in_flight counts prompts waiting or being read; tpot_s is NaN.
 *
 * Method   prompts of one pass leave together; the next takes all that came
 *          meanwhile, up to chunk. Below 2 prompts a pass: M/D/1.
 */
void el_queue_prefill(const el_queue_times *times, const el_queue_load *load,
                      el_queue *out);

#endif
