/* SPDX-License-Identifier: Apache-2.0 */
/* One verb from its words to its result; no terminal, no signals. Layer: cli.
 */
#ifndef EL_CLI_RUN_H
#define EL_CLI_RUN_H
#include "cli/cli.h"
#include "cli/common.h"

#define EL_RUN_WIDTH 100 /* columns where the result is no terminal */

typedef struct el_run {
    const el_verb *const *verbs;
    const el_verb *verb;
    el_cli cli;
    el_common common;
    void *args;
    const char **pos;
    el_strings strings;
} el_run;

/* NULL with EL_E_ARG: "unknown verb prdict, did you mean predict?" */
const el_verb *el_verb_find(const el_verb *const *verbs, const char *name,
                            el_error *err);

/* getenv, before any thread. */
char *el_run_lookup(const char *name);

/*
 * Options, from defaults and words; from the project file and the environment
 * too if `surroundings`. run->verbs and run->verb are set; clears in any case:
 * el_run_clear.
 */
EL_NODISCARD el_status el_run_read(el_run *run, const el_words *words,
                                   bool surroundings, el_error *err);

/* The verb itself; there is a message where it fails. */
EL_NODISCARD el_status el_run_work(el_run *run, el_error *err);

/* -o FILE names one. */
bool el_run_goes_to_file(const el_run *run);

/* The file of -o, unless the verb wrote it itself. EL_E_NOMEM, EL_E_IO. */
EL_NODISCARD el_status el_run_write(el_run *run, el_error *err);

/* Of a run that did not fail. */
int el_run_exit_code(const el_run *run);
void el_run_clear(el_run *run);

#endif
