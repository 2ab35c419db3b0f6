/* SPDX-License-Identifier: Apache-2.0 */
/* --help from the tables. Layer: cli. */
#ifndef EL_CLI_HELP_H
#define EL_CLI_HELP_H
#include "cli/cli.h"

typedef struct el_help_style {
    int width; /* columns */
    bool color;
} el_help_style;

/* `energylens --help` */
void el_help_overview(const el_verb *const *verbs, el_help_style style,
                      el_buf *out);
/* `energylens VERB --help` */
void el_help_verb(const el_verb *verb, el_help_style style, el_buf *out);

/*
 * Words of text to out, `at` columns being used on the first line; further
 * lines start with `indent` spaces. "\n\n" parts paragraphs. No final newline.
 */
void el_help_wrap(const char *text, size_t at, size_t indent, size_t width,
                  el_buf *out);

/* "Default: 5. Limits: 1 .. 64." and choices; "" where there are none. */
void el_help_facts(const el_opt *opt, el_buf *out);

/* The summary as a sentence: "Print the version." */
void el_help_summary(const el_verb *verb, el_buf *out);

/* An option of `common` whose alias a verb takes for itself loses it there. */
const char *el_help_alias(const el_opt *opt, const el_verb *verb);

#endif
