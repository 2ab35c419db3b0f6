/* SPDX-License-Identifier: Apache-2.0 */
/* What `import` made of each file. Layer: cli. */
#ifndef EL_CLI_IMPORT_TEXT_H
#define EL_CLI_IMPORT_TEXT_H
#include "app/import.h"

/* Lines of at most `width` columns where words allow it. EL_E_NOMEM. */
EL_NODISCARD el_status el_import_summary(const el_imported *imported, int width,
                                         el_buf *out, el_error *err);

#endif
