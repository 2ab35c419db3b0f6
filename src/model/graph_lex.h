/* SPDX-License-Identifier: Apache-2.0 */
/* Characters and words of a description, with their place. Layer: model. */
#ifndef EL_MODEL_GRAPH_LEX_H
#define EL_MODEL_GRAPH_LEX_H
#include <stdbool.h>
#include <stddef.h>

#include "energylens/error.h"

typedef struct el_lex {
    const char *name; /* of the file */
    const char *text;
    size_t len, pos;
    size_t line_start;
    int line; /* from 1 */
    el_error *err;
} el_lex;

typedef struct el_word {
    const char *text;
    size_t len;
} el_word;

int el_lex_column(const el_lex *lex, size_t pos); /* from 1 */

/* "name:line:column: ..." with the place of byte pos of this line. */
el_status el_lex_fail(const el_lex *lex, size_t pos, const char *fmt, ...)
    EL_PRINTF(3, 4);

/* Past blanks and a comment, not past the end of the line. */
void el_lex_blanks(el_lex *lex);
/* Past blanks, comments and ends of lines; false at the end of the text. */
bool el_lex_lines(el_lex *lex);
/* 0 at the end of the text. */
char el_lex_peek(const el_lex *lex);
bool el_lex_at_eol(const el_lex *lex); /* or at the end of the text */

/* Letters, digits and '_', not a digit first; empty if there is none. */
el_word el_lex_name(el_lex *lex);
/* What stands up to a blank, '#', '{', '}', '"' or the end of the line. */
el_word el_lex_bare(el_lex *lex);

bool el_word_is(el_word word, const char *text);
/* Index in a list that NULL ends; -1 if it is not there. */
int el_word_find(el_word word, const char *const *list);

/* The next character as a person can read it: `"x"`, `byte 0x00`, ... */
const char *el_lex_show(const el_lex *lex, char room[static 32]);

#endif
