/* SPDX-License-Identifier: Apache-2.0 */
/* Charts of a search for laws. Layer: cli. */
#ifndef EL_CLI_DISCOVER_PLOT_H
#define EL_CLI_DISCOVER_PLOT_H
#include "app/discover.h"
#include "cli/cli.h"

/* The front, then predicted against measured by its pick. EL_E_NOMEM. */
EL_NODISCARD el_status el_discover_plots(const el_cli *cli,
                                         const el_discovered *d, el_buf *out,
                                         el_error *err);

/* The second of them to FILE.svg or FILE.png; errors of el_plot_save(). */
EL_NODISCARD el_status el_discover_save_plot(const el_discovered *d,
                                             const char *path, el_error *err);
/* The first of them; the front has a law. */
EL_NODISCARD el_status el_discover_save_front(const el_discovered *d,
                                              const char *path, el_error *err);

#endif
