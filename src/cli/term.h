/* SPDX-License-Identifier: Apache-2.0 */
/* What the terminal can show. Reads the environment. Layer: cli. */
#ifndef EL_CLI_TERM_H
#define EL_CLI_TERM_H
#include <stdbool.h>
#include <stddef.h>

#define EL_TERM_WIDTH  80 /* where nothing says otherwise */
#define EL_TERM_HEIGHT 24

typedef enum el_color_mode {
    EL_COLOR_AUTO, /* a terminal, no NO_COLOR, TERM not "dumb" */
    EL_COLOR_ALWAYS,
    EL_COLOR_NEVER
} el_color_mode;

typedef enum el_style {
    EL_STYLE_BOLD,
    EL_STYLE_DIM,
    EL_STYLE_GOOD, /* green */
    EL_STYLE_WARN, /* yellow */
    EL_STYLE_BAD   /* red */
} el_style;

bool el_term_is_tty(int fd);
/* COLUMNS, else the terminal's own width, else 80; 20 .. 400. */
int el_term_width(int fd);
/* Lines; 24 where nothing says otherwise. */
int el_term_height(int fd);
/* A terminal on which lines can be drawn over: TERM is not "dumb". */
bool el_term_redraws(int fd);
bool el_term_color(el_color_mode mode, int fd);
/* From LC_ALL, LC_CTYPE, LANG; setlocale() is never called. */
bool el_term_utf8(void);

/* Escape codes, "" where colour is off. */
const char *el_style_on(el_style style, bool color);
const char *el_style_off(bool color);

/* Columns that n bytes of UTF-8 take; escape codes take none. */
size_t el_text_width_n(const char *text, size_t n);
size_t el_text_width(const char *text);

#endif
