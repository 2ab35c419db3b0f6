/* SPDX-License-Identifier: Apache-2.0 */
/* The words of `profile` into a job script. Layer: cli. */
#ifndef EL_CLI_PROFILE_SLURM_H
#define EL_CLI_PROFILE_SLURM_H
#include "app/profile_plan.h"
#include "cli/cli.h"

/* options, args: of the verb; those that each task sets itself are left out.
 * Errors of el_slurm_script(). */
EL_NODISCARD el_status el_profile_slurm(const el_cli *cli,
                                        const el_opt *options, const void *args,
                                        const el_profile_plan *plan,
                                        el_buf *out, el_error *err);

#endif
