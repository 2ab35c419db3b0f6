/* SPDX-License-Identifier: Apache-2.0 */
/* What profile did, as people read it. Layer: cli. */
#ifndef EL_CLI_PROFILE_TEXT_H
#define EL_CLI_PROFILE_TEXT_H
#include "app/profile.h"
#include "cli/cli.h"

EL_NODISCARD el_status el_profile_text(el_cli *cli, const el_profiled *p,
                                       el_error *err);

#endif
