/* SPDX-License-Identifier: Apache-2.0 */
/* What was typed, as el_discover() takes it. Layer: app. */
#ifndef EL_APP_DISCOVER_OPTIONS_H
#define EL_APP_DISCOVER_OPTIONS_H
#include "app/discover.h"

/* d->options and what they point to, for d->table. EL_E_ARG (unknown names, a
 * malformed direction), EL_E_DATA (units that no constant can mend). */
EL_NODISCARD el_status el_discover_settle(const el_discover_args *args,
                                          el_discovered *d, el_error *err);

#endif
