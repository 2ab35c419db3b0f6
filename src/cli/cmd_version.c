/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "energylens/version.h"

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    (void)args;
    if (cli->json)
        return el_cli_json(cli, json_pack("{s:s}", "version", el_version()),
                           err);
    el_buf_printf(&cli->out, "energylens %s\n", el_version());
    return EL_OK;
}

static const el_example examples[] = {
    {"energylens version --json", "The version, for a script."}, {NULL, NULL}};

const el_verb el_verb_version = {.name = "version",
                                 .group = "Tool",
                                 .summary = "print the version",
                                 .examples = examples,
                                 .no_settings = true,
                                 .run = run};
