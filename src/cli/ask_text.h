/* SPDX-License-Identifier: Apache-2.0 */
/* What answers of optimize, explore, account and report are about, in words.
 * Layer: cli. */
#ifndef EL_CLI_ASK_TEXT_H
#define EL_CLI_ASK_TEXT_H
#include "app/optimize.h"

/* "Llama-3.1-8B on H100-SXM5-80GB, bfloat16, vLLM"; several setups: what they
 * share, and how many they are */
void el_ask_print_subject(const el_ask_state *state, el_buf *out);
/* "GPUs in use", "whole nodes of 8 GPUs", ... */
void el_ask_print_scope(const el_optimize_query *query, el_buf *out);
/* Does this axis tell setups of the search apart? */
bool el_ask_varies(const el_ask_state *state, el_setup_axis axis);
/* "tp=2 dp=4 batch=64", degrees of 1 left out except tp */
void el_config_print(const el_config *config, el_buf *out);
/* "h100-sxm5-80gb fp8 tp=2 batch=64": before it what tells setups apart */
void el_ask_print_config(const el_ask_state *state, size_t setup,
                         const el_config *config, el_buf *out);

#endif
