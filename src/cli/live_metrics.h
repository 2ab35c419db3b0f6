/* SPDX-License-Identifier: Apache-2.0 */
/* Watts and joules in Prometheus' text format. Layer: cli. */
#ifndef EL_CLI_LIVE_METRICS_H
#define EL_CLI_LIVE_METRICS_H
#include "app/live.h"
#include "base/str.h"

/*
 * Appends energylens_measured_* by device and energylens_modelled_* of the
 * watched server; beside them DCGM_FI_DEV_* for NVML's boards and
 * kepler_node_cpu_* for RAPL's packages, by which dashboards know them. Not of
 * a meter that reads an exporter: that one has these names already. What is not
 * known has no line.
 */
void el_live_metrics(const el_live_now *now, el_buf *out);

#endif
