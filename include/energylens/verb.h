/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/verb.h
 * @brief Everything that the command line can do, from inside a program.
 *
 * Layer: cli. Part of the stable interface (docs/library.md): words in, text
 * out, so that a verb can learn an option without a change here.
 */
#ifndef EL_VERB_H
#define EL_VERB_H
#include <stddef.h>

#include "energylens/api.h"
#include "energylens/error.h"
#include "energylens/task.h"
#include "energylens/text.h"

EL_API_BEGIN

/**
 * Do what `energylens WORD...` does, and give what it would print.
 *
 *   const char *const word[] = {"optimize", "--fit", "h100.fit.json", "--isl",
 *                               "2000", "--osl", "400", "--json"};
 *
 * The words are those of the manual, without a shell: verb, options, files.
 * With --json the text is the JSON of the contract. Files are written where
 * the words say so (-o FILE). Other than the program it reads neither
 * energylens.json nor ENERGYLENS_* variables, prints nothing, and catches no
 * signal.
 *
 * @param[in]  word      n_word of them, borrowed for the call
 * @param[in]  task      warn, progress and cancelled are called; seed and
 *                       threads count where the words have none; may be NULL
 * @param[out] out       replaced by the text, only on EL_OK; el_buf_clear
 * @param[out] exit_code as of the program: 0, 1 where the answer is no, or of
 *                       the command that `meter` ran; may be NULL
 * @retval EL_OK, EL_E_ARG (unknown verb or option, a value that it does not
 *         take: the message of the program), and the errors of the verb
 *
 * Thread-safe but for `meter` and `profile`, which start processes.
 * Cost    that of the verb; some 10 us beside it
 */
EL_NODISCARD el_status el_verb_run(const char *const *word, size_t n_word,
                                   const el_task *task, el_buf *out,
                                   int *exit_code, el_error *err);

/** Exit code of the program for a status: 0, 2, 3, 4, 5, 70, 130. */
int el_exit_code(el_status status);

/**
 * The program itself: terminal, signals, settings, environment. Returns its
 * exit code; standard output is closed.
 */
int el_main(int argc, char **argv);

EL_API_END

#endif
