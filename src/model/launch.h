/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that start a configuration on a serving engine. Layer: model. */
#ifndef EL_MODEL_LAUNCH_H
#define EL_MODEL_LAUNCH_H
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "energylens/optimize.h"

typedef enum el_launcher {
    EL_LAUNCH_VLLM,
    EL_LAUNCH_SGLANG,
    EL_LAUNCH_TRTLLM,
    EL_N_LAUNCHERS
} el_launcher;

const char *el_launcher_name(el_launcher launcher); /* "vllm", ... */

typedef struct el_launch {
    el_launcher launcher;
    const char *model;     /* Hugging Face id or path */
    const char *precision; /* as in the fit */
    bool moe;
    el_config config;
    const char *kv; /* format of the KV cache; NULL, "", "auto": as released */
} el_launch;

/* The launch of a setup's configuration; borrows the setup's names. */
el_launch el_launch_of(el_launcher launcher, const el_setup *setup,
                       const el_facts *facts, const el_config *config);

/*
 * Append one shell command without newline. Replicas of a dense model are data
 * parallel ranks of one server where the engine has them; where it has not
 * (TensorRT-LLM), and for experts (whose ranks vLLM and SGLang couple), they
 * are servers of their own: see el_launch_servers.
 *
 * Source  vLLM "Engine Arguments", SGLang "Server Arguments", TensorRT-LLM
 *         "trtllm-serve", as of 2026-11.
 */
void el_launch_print(const el_launch *launch, el_buf *out);

/* What a server of a disaggregated deployment does. */
typedef enum el_launch_role { EL_ROLE_PREFILL, EL_ROLE_DECODE } el_launch_role;

/*
 * The same for one replica of a pool (config.dp is not used), with the flags
 * that make it send or take KV caches. They need a router in front:
 * el_launch_router.
 *
 * Source  vLLM "NixlConnector Usage Guide", SGLang "PD Disaggregation",
 *         TensorRT-LLM "Disaggregated Serving", as of 2026-11.
 */
void el_launch_print_pool(const el_launch *launch, el_launch_role role,
                          el_buf *out);

/* What stands in front of the pools: a command, or "# ..." where it takes a
 * file or a script. */
const char *el_launch_router(el_launcher launcher);

/* How many servers with this command make the configuration. */
double el_launch_servers(const el_launch *launch);

#endif
