/* SPDX-License-Identifier: Apache-2.0 */
/* Replicas that are added while requests wait. Layer: model. */
#ifndef EL_MODEL_SCALE_H
#define EL_MODEL_SCALE_H
#include "model/traffic.h"

/* Intervals of the scaling until the last request; the last goes on. */
size_t el_interval_count(const el_replicas *replicas, const el_arrivals *log);
size_t el_interval_of(double t_s, double interval_s, size_t n_interval);

/*
 * Who is awake (by interval, those that wake up included) and who serves each
 * request, from what an autoscaler would have seen: the log is served up to the
 * start of each interval, and there
 *
 *   waiting > depth awake, or the first has waited longer than wait_s:
 *       awake = max(awake + 1, ceil(waiting / depth)), at most all
 *   nothing waits since calm_s, and awake - 1 batches used to `target` would
 *   hold all in flight:
 *       awake - 1, at least `least`; again after calm_s
 *
 * At first all are awake. A new replica draws idle power at once and takes
 * requests after wake_s; requests come to those that are ready in turn, and
 * stay where they came, as in engines behind a plain router.
 *
 * EL_E_NOMEM, EL_E_CANCELLED; awake and owner are then undefined.
 * Cost     that of el_traffic_serve, on one thread.
 */
EL_NODISCARD el_status el_scale_by_queue(const el_replicas *replicas,
                                         const el_arrivals *log,
                                         const el_task *task, size_t *awake,
                                         size_t *owner, el_error *err);

#endif
