/* SPDX-License-Identifier: Apache-2.0 */
/* The result of meter, and the meters of doctor, for people. Layer: cli. */
#ifndef EL_CLI_METER_TEXT_H
#define EL_CLI_METER_TEXT_H
#include "app/meter.h"
#include "app/meters.h"
#include "cli/cli.h"

EL_NODISCARD el_status el_meter_text(el_cli *cli, const el_metered *m,
                                     el_error *err);

/* A line for each kind of meter and one for each of its devices. */
void el_meters_text(el_cli *cli, const el_meters *list);

#endif
