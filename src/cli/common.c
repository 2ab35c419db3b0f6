/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/common.h"

#include "cli/cli.h"

static const char *const color_modes[] = {"auto", "always", "never", NULL};

const el_opt el_common_options[] = {
    {.name = "help",
     .letter = 'h',
     .kind = EL_OPT_FLAG,
     .help = "Show this help."},
    {.name = "out",
     /* a verb with --osl takes this alias for itself, as vLLM's tools do */
     .alias = "output",
     .letter = 'o',
     .kind = EL_OPT_STRING,
     EL_OPT_AT(el_common, output),
     .meta = "FILE",
     .help = "Write the result to FILE: all of it or nothing."},
    {.name = "json",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(el_common, json),
     .help = "Print JSON for programs."},
    {.name = "seed",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(el_common, seed),
     .def = "0",
     .help = "Seed of all random choices; the same seed gives the same "
             "bytes."},
    {.name = "threads",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(el_common, threads),
     .def = "0",
     .min = 0,
     .max = 4096,
     .help = "Threads to use; 0 is one for each core."},
    {.name = "quiet",
     .letter = 'q',
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(el_common, quiet),
     .help = "No progress and no warnings; errors still show."},
    {.name = "color",
     .kind = EL_OPT_ENUM,
     .choices = color_modes,
     EL_OPT_AT(el_common, color),
     .meta = "WHEN",
     .def = "auto",
     .help = "Colour of the result."},
    {.name = "catalog",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(el_common, catalog),
     .meta = "DIR",
     .help = "Folder whose GPUs and models replace and extend the built-in "
             "ones."},
    {.name = NULL}};
