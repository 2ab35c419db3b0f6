/* SPDX-License-Identifier: Apache-2.0 */
/* Readings as the CSV that replay: plays back. Layer: app. */
#ifndef EL_APP_METER_SAMPLES_H
#define EL_APP_METER_SAMPLES_H
#include "app/meter.h"

/* All readings of a stopped sampler, times from zero_s on. EL_E_IO, NOMEM. */
EL_NODISCARD el_status el_meter_samples_write(const char *path,
                                              const el_sampler *sampler,
                                              const el_metered *m,
                                              double zero_s, el_error *err);
#endif
