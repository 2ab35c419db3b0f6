/* SPDX-License-Identifier: Apache-2.0 */
/* Files of data/ compiled into the program. Layer: io. */
#ifndef EL_IO_EMBEDDED_H
#define EL_IO_EMBEDDED_H

typedef struct el_embedded_file {
    const char *path; /* "data/hw/l4.json"; NULL ends the table */
    const char *text;
} el_embedded_file;

extern const el_embedded_file el_embedded[];

#endif
