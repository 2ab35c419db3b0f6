/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/verb.h"

#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "cli/help.h"
#include "cli/run.h"
#include "cli/verbs.h"

/* What a caller says of the work; the words come first. */
static void take_task(el_cli *cli, const el_task *task)
{
    el_task given = task ? *task : (el_task){0};

    if (cli->task.seed)
        given.seed = cli->task.seed;
    if (cli->task.threads)
        given.threads = cli->task.threads;
    cli->task = given;
    cli->quiet = true; /* nothing for standard error */
    cli->utf8 = true;
}

static el_status help(const el_verb *verb, el_buf *out, el_error *err)
{
    const el_help_style style = {.width = EL_RUN_WIDTH};
    el_buf text = {0};

    el_help_verb(verb, style, &text);
    if (!el_buf_ok(&text)) {
        el_buf_clear(&text);
        return el_fail(err, EL_E_NOMEM, "help: out of memory");
    }
    el_buf_clear(out);
    *out = text;
    return EL_OK;
}

static el_status work(el_run *run, const el_words *words, const el_task *task,
                      el_error *err)
{
    el_status st = el_run_read(run, words, false, err);

    if (st != EL_OK)
        return st;
    take_task(&run->cli, task);
    st = el_run_work(run, err);
    return st == EL_OK ? el_run_write(run, err) : st;
}

/* argv: after the verb. */
static el_status run_words(const el_verb *verb, const el_words *words,
                           const el_task *task, el_buf *out, int *exit_code,
                           el_error *err)
{
    el_run run = {.verbs = el_verbs, .verb = verb};
    el_status st = work(&run, words, task, err);

    if (st == EL_OK && exit_code)
        *exit_code = el_run_exit_code(&run);
    if (st == EL_OK) {
        el_buf_clear(out);
        if (!el_run_goes_to_file(&run)) {
            *out = run.cli.out;
            run.cli.out = (el_buf){0};
        }
    }
    el_run_clear(&run);
    return st;
}

el_status el_verb_run(const char *const *word, size_t n_word,
                      const el_task *task, el_buf *out, int *exit_code,
                      el_error *err)
{
    const el_verb *verb;
    el_words words;
    char **argv;
    el_status st;

    if (!word || n_word == 0 || n_word > INT_MAX || !out)
        return el_fail(err, EL_E_ARG, "no verb given");
    verb = el_verb_find(el_verbs, word[0], err);
    if (!verb)
        return EL_E_ARG;
    argv = el_array(n_word, sizeof *argv);
    if (!argv)
        return el_fail(err, EL_E_NOMEM, "out of memory");
    memcpy(argv, word + 1, (n_word - 1) * sizeof *argv);
    words = (el_words){(int)(n_word - 1), argv};
    if (el_opt_wants_help(&words)) {
        st = help(verb, out, err);
        if (exit_code)
            *exit_code = 0;
    } else
        st = run_words(verb, &words, task, out, exit_code, err);
    el_free(argv);
    return st;
}
