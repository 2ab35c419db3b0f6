/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line as typed, into arguments, without a shell. Layer: profile.
 *
 * Blanks separate words. 'single quotes' keep everything; "double quotes" keep
 * everything but \" and \\; outside quotes a backslash keeps the next
 * character. Nothing else is special: no $, *, ~, |, >, ;, & or newline.
 *
 * Once it is split, {name} inside a word stands for a value and {{ and }} for
 * a brace, so a value never makes two words of one.
 */
#ifndef EL_PROFILE_ENGINE_WORDS_H
#define EL_PROFILE_ENGINE_WORDS_H
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "energylens/error.h"

#define EL_ENGINE_MAX_WORDS 4096u

/* Arguments of a command; v[n] is NULL. {0} is none. */
typedef struct el_argv {
    char **v;
    size_t n;
    char *text; /* what v points into */
} el_argv;

/* What stands for {name}. */
typedef struct el_engine_value {
    const char *name;
    const char *text;
} el_engine_value;

/*
 * Split and fill in. EL_E_ARG: a quote that does not end, a backslash at the
 * end, no word, an unknown {name} (the known ones are listed), a lone brace,
 * too many words. EL_E_NOMEM. *out is written on EL_OK only.
 */
EL_NODISCARD el_status el_engine_words(const char *command,
                                       const el_engine_value *value,
                                       size_t n_value, el_argv *out,
                                       el_error *err);
void el_argv_clear(el_argv *argv);

/* The command line that el_engine_words() splits into these words again. */
void el_argv_print(const el_argv *argv, el_buf *out);

/*
 * The same for files that others read: what stands behind a word that names a
 * key, a token of a hub, a secret or a password is "***", as in "--api-key
 * ***" and "HF_TOKEN=***". Against oversight; what hides elsewhere stays.
 */
void el_argv_print_masked(const el_argv *argv, el_buf *out);

/* True if command holds {name}. */
bool el_engine_asks_for(const char *command, const char *name);

#endif
