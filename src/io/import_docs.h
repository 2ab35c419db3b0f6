/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes to what importers look at. Used by import.c alone. Layer: io. */
#ifndef EL_IO_IMPORT_DOCS_H
#define EL_IO_IMPORT_DOCS_H
#include "io/import.h"

/*
 * UTF-8 of data (UTF-16 with its mark is converted, a UTF-8 mark dropped), NUL
 * after *len bytes, for el_free. EL_E_DATA "name: reason": neither, NUL bytes,
 * a git-LFS pointer, compressed. EL_E_NOMEM.
 */
EL_NODISCARD el_status el_import_decode(const char *data, size_t size,
                                        const char *name, char **text,
                                        size_t *len, el_error *err);

/*
 * The JSON documents of file->text: one, the elements of an array, one a line,
 * or one that other lines stand around; into docs, is_array, cut_lines. Bare
 * Infinity and NaN become null. docs stays NULL where the text is no JSON;
 * EL_E_DATA where it begins like JSON but is none. EL_E_NOMEM.
 */
EL_NODISCARD el_status el_import_docs(el_import_file *file, el_error *err);

/* "a Hugging Face config.json: ..." for a file that no importer reads, or
 * NULL. */
const char *el_import_known(const el_import_file *file);

#endif
