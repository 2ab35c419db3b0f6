/* SPDX-License-Identifier: Apache-2.0 */
/* What `profile` is told. Layer: cli. */
#ifndef EL_CLI_PROFILE_OPTIONS_H
#define EL_CLI_PROFILE_OPTIONS_H
#include "cli/opt.h"

typedef struct el_profile_opts {
    const char *store, *campaign;
    bool resume, dry_run;
    el_ints row;
    const char *engine_cmd, *engine_url, *engine_model, *logs;
    double start_timeout_s, stop_s;
    const char *served, *api_key, *ca_file;
    int api, engine, prompt;
    double request_timeout_s;
    uint64_t retries;
    const char *meter;
    el_names gpus;
    double interval_s, idle_s, window_s, max_s;
    bool allow_short;
    uint64_t repeats, max_repeats;
    el_amount confidence;
    int split;
    const char *slurm;
    el_names sbatch;
} el_profile_opts;

extern const el_opt el_profile_options[];

#endif
