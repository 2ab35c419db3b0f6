/* SPDX-License-Identifier: Apache-2.0 */
/* Hidden: manual pages and completions are made by it when building. */
#include "cli/cli.h"
#include "cli/completion.h"
#include "cli/man.h"
#include "cli/run.h"
#include "cli/verbs.h"

typedef struct man_args {
    int completion; /* el_shell */
} man_args;

static const el_opt options[] = {
    {.name = "completion",
     .kind = EL_OPT_ENUM,
     .choices = el_shells,
     EL_OPT_AT(man_args, completion),
     .def = "none",
     .group = "Answer",
     .help = "A script with which this shell completes verbs and options, in "
             "place of a page."},
    {.name = NULL}};

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const man_args *a = args;
    const el_verb *verb;

    if (a->completion)
        el_completion(el_verbs, (el_shell)a->completion, &cli->out);
    else if (cli->n_pos == 0)
        el_man_page(el_verbs, &cli->out);
    else {
        verb = el_verb_find(el_verbs, cli->pos[0], err);
        if (!verb)
            return EL_E_ARG;
        el_man_verb_page(verb, &cli->out);
    }
    return EL_OK;
}

const el_verb el_verb_man = {
    .name = "man",
    .summary = "print a manual page (mdoc), made from the option tables",
    .usage = "[VERB]",
    .about = "The whole manual, or the page of one verb. With --completion, "
             "what bash, zsh or fish need to complete words.",
    .max_pos = 1,
    .options = options,
    .args_size = sizeof(man_args),
    .no_settings = true,
    .run = run};
