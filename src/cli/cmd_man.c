/* SPDX-License-Identifier: Apache-2.0 */
/* Hidden: docs/man/energylens.1 is made by it. */
#include "cli/cli.h"
#include "cli/man.h"
#include "cli/verbs.h"

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    (void)args;
    (void)err;
    el_man_page(el_verbs, &cli->out);
    return EL_OK;
}

const el_verb el_verb_man = {
    .name = "man",
    .summary = "print the manual page (mdoc), made from the option tables",
    .no_settings = true,
    .run = run};
