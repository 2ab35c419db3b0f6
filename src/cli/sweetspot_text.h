/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of sweetspot for people: heat map, tables, pictures. Layer: cli.
 */
#ifndef EL_CLI_SWEETSPOT_TEXT_H
#define EL_CLI_SWEETSPOT_TEXT_H
#include "cli/cli.h"
#include "io/plot.h"
#include "model/sweetspot_answer.h"

/* Heat map of the surface in use, optima, other surfaces, moves: to out. */
EL_NODISCARD el_status el_sweetspot_text(const el_cli *cli,
                                         const el_sweetspot_answer *answer,
                                         el_buf *out, el_error *err);

/* "h100-sxm5-80gb, bfloat16, vLLM, tp=2 batch=8" */
void el_sweetspot_place(const el_sweetspot_answer *answer, el_buf *out);

/* The heat map of the surface in use to whoever wants it. What the sink gives;
 * EL_E_DATA: nothing to draw; EL_E_NOMEM. */
EL_NODISCARD el_status el_sweetspot_chart(const el_sweetspot_answer *answer,
                                          el_plot_sink sink, void *ctx,
                                          el_error *err);

/* Does the path end in .svg, .png or .html? */
bool el_sweetspot_is_picture(const char *path);

/* The heat map of the surface in use; .html has the text below it. EL_E_IO,
 * EL_E_NOMEM. */
EL_NODISCARD el_status
el_sweetspot_save_picture(const el_cli *cli, const el_sweetspot_answer *answer,
                          const char *path, el_error *err);

#endif
