/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs, the context they run in, and the way in. Layer: cli. */
#ifndef EL_CLI_CLI_H
#define EL_CLI_CLI_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/task.h"
#include "cli/opt.h"
#include "energylens/error.h"
#include "io/json_write.h"

/* What a verb is handed; see opt.h, "How to add a verb". */
typedef struct el_cli {
    el_task task;           /* seed, threads, progress, warnings, Ctrl-C */
    const char *const *pos; /* positional arguments */
    size_t n_pos;
    const char *output;      /* -o FILE, NULL for stdout */
    const char *catalog_dir; /* --catalog DIR, or NULL */
    bool json;
    bool quiet;
    bool color;        /* the result goes to a terminal that shows colour */
    bool utf8;         /* ... and it may hold more than ASCII */
    int width;         /* columns for the result */
    el_buf out;        /* the result; the frame writes it */
    el_buf after;      /* for stderr, once the result was written to a file */
    bool written;      /* the verb wrote the result to `output` itself */
    bool answer_is_no; /* exit 1 although all went well */
    bool partial;      /* Ctrl-C ended the work early: what there was by then
                          is the result, the exit code is the signal's */
    int exit_code;     /* of the command that the verb ran; 0: none, or well */
    const struct el_verb *verb;
} el_cli;

typedef struct el_example {
    const char *command; /* runs as printed; NULL ends the table */
    const char *what;
} el_example;

typedef struct el_verb {
    const char *name;    /* NULL ends nothing: tables hold pointers */
    const char *group;   /* heading in the overview; NULL: hidden verb */
    const char *summary; /* one line, lower case, no full stop */
    const char *usage;   /* positionals: "DATA.csv ..."; NULL: none */
    const char *about;   /* paragraphs split by "\n\n"; may be NULL */
    size_t min_pos, max_pos;
    const el_opt *options;      /* own ones; may be NULL */
    const el_example *examples; /* may be NULL */
    size_t args_size;           /* 0: run() gets NULL */
    bool no_settings;           /* does not read energylens.json */
    el_status (*run)(el_cli *cli, const void *args, el_error *err);
} el_verb;

/* Options that every verb takes: -o, --json, --seed and so on. */
extern const el_opt el_common_options[];

/* The product's verbs, NULL-terminated, in order of the help. */
extern const el_verb *const el_verbs[];

/*
 * Replace cli->out by {"schema": "energylens.<verb>", ..., "result": result}.
 * Steals result, also on failure; NULL counts as out of memory.
 */
EL_NODISCARD el_status el_cli_json(el_cli *cli, json_t *result, el_error *err);
/* The same around el_write_...(w, "result", ...). */
el_json_writer el_cli_begin_json(el_cli *cli);
EL_NODISCARD el_status el_cli_end_json(el_cli *cli, el_json_writer *w,
                                       el_error *err);

/* el_main() over any table of verbs (tests). */
int el_cli_run(const el_verb *const *verbs, int argc, char **argv);

#endif
