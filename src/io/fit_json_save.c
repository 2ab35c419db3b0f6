/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "energylens/error.h"
#include "io/file.h"

/* Declared in fit_json_part.h, which cannot be included beside io/file.h. */
el_status el_fit_text_write(const char *path, const char *text, size_t len,
                            el_error *err);

el_status el_fit_text_write(const char *path, const char *text, size_t len,
                            el_error *err)
{
    return el_file_write(path, text, len, err);
}
