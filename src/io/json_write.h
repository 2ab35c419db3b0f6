/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON written straight into a buffer: the bytes of el_json_print without a
 * tree. Layer: io.
 *
 * Members of an object must come in the order of their keys (strcmp), as
 * el_json_print sorts them. key is NULL in arrays and for the document itself.
 * A failure is sticky in the buffer: out of memory, or text that is not UTF-8.
 */
#ifndef EL_IO_JSON_WRITE_H
#define EL_IO_JSON_WRITE_H
#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

typedef struct el_json_writer {
    el_buf *out;
    unsigned depth; /* 0 at first */
} el_json_writer;

void el_write_object(el_json_writer *w, const char *key); /* "{" */
void el_write_array(el_json_writer *w, const char *key);  /* "[" */
/* Of the object or array opened last: what = '}' or ']'. */
void el_write_end(el_json_writer *w, char what);

void el_write_number(el_json_writer *w, const char *key, double value);
/* An integer where the value is whole. */
void el_write_count(el_json_writer *w, const char *key, double value);
void el_write_text(el_json_writer *w, const char *key, const char *text);
void el_write_bool(el_json_writer *w, const char *key, bool value);
void el_write_null(el_json_writer *w, const char *key);
/* Any tree; its keys need no order. NULL: out of memory. */
void el_write_json(el_json_writer *w, const char *key, const json_t *value);
/* And steals it. */
void el_write_made(el_json_writer *w, const char *key, json_t *value);

#endif
