/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluations as tables and learning curves. Layer: cli. */
#ifndef EL_CLI_EVALUATE_TEXT_H
#define EL_CLI_EVALUATE_TEXT_H
#include "app/evaluate.h"
#include "cli/cli.h"
#include "io/plot.h"

/* Everything that evaluate prints; curve: what learning curves show. */
EL_NODISCARD el_status el_evaluate_text(el_cli *cli,
                                        const el_evaluate_args *args,
                                        const el_evaluate_result *result,
                                        el_figure_id curve, el_error *err);

/* One chart a split with several counts of samples, into cli->out. */
EL_NODISCARD el_status el_evaluate_draw(el_cli *cli,
                                        const el_evaluation *evaluation,
                                        el_figure_id curve, el_error *err);

/* The chart of one split to whoever wants it; nothing is done where it has
 * none. What the sink gives; EL_E_NOMEM. */
EL_NODISCARD el_status el_evaluate_chart(const el_evaluation *evaluation,
                                         el_split split, el_figure_id curve,
                                         el_plot_sink sink, void *ctx,
                                         el_error *err);

/* The chart of the first such split, by the ending of path. As el_plot_save;
 * EL_E_DATA where no form has a figure. */
EL_NODISCARD el_status el_evaluate_save_plot(const el_evaluation *evaluation,
                                             el_figure_id curve,
                                             const char *path, el_error *err);

#endif
