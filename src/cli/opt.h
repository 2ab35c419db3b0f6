/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option tables: one table parses, prints --help and prints the man page.
 * Layer: cli.
 *
 * How to add a verb
 * -----------------
 * 1. src/cli/cmd_<verb>.c with four things:
 *
 *      typedef struct fit_args {
 *          double min_latency_s;
 *          uint64_t top;
 *          int scope;
 *          el_ints tp;
 *          const char *fit;
 *      } fit_args;
 *
 *      static const char *const scopes[] = {"gpus", "node", NULL};
 *
 *      static const el_opt options[] = {
 *          {.name = "min-latency", .kind = EL_OPT_DURATION,
 *           EL_OPT_AT(fit_args, min_latency_s), .meta = "TIME",
 *           .def = "0s", .group = "Data",
 *           .help = "Leave out runs shorter than this."},
 *          {.name = "scope", .kind = EL_OPT_ENUM, .choices = scopes,
 *           EL_OPT_AT(fit_args, scope), .def = "gpus", .group = "Data",
 *           .help = "Whose energy counts."},
 *          {.name = NULL}};
 *
 *      static const el_example examples[] = {
 *          {"energylens fit runs.csv -o fit.json", "Fit every group."},
 *          {NULL, NULL}};
 *
 *      static el_status run(el_cli *cli, const void *args, el_error *err);
 *
 *      const el_verb el_verb_fit = {
 *          .name = "fit", .group = "Fit and check",
 *          .summary = "fit energy and latency forms to measurements",
 *          .usage = "DATA.csv ...", .min_pos = 1, .max_pos = SIZE_MAX,
 *          .options = options, .examples = examples,
 *          .args_size = sizeof(fit_args), .run = run};
 *
 * 2. One row `X(fit)` in src/cli/verbs.h.
 * 3. `energylens man > docs/man/energylens.1` (ctest cli.man compares).
 *
 * run() reads cli->pos[0 .. n_pos-1] (files) and its args, fills cli->out with
 * text, or where cli->json is set calls el_cli_json(), and returns a status.
 * The frame writes cli->out to stdout or to -o FILE, prints *err and maps the
 * status to an exit code. "Done, but the answer is no" is EL_OK with
 * cli->answer_is_no = true. Strings in args live as long as the run.
 *
 * The defaults (`def`) are parsed by the same code as what the user types, so
 * the help cannot lie about them. Without a default: false, NULL, 0, NaN for
 * doubles and durations and both ends of a range, empty lists, -1 for enums.
 *
 * Read: git's parse-options.h.
 */
#ifndef EL_CLI_OPT_H
#define EL_CLI_OPT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "energylens/error.h"

#define EL_OPT_MAX_LIST 64u

typedef enum el_opt_kind {
    EL_OPT_FLAG,     /* bool; --x and --no-x */
    EL_OPT_STRING,   /* const char * */
    EL_OPT_UINT,     /* uint64_t, whole number */
    EL_OPT_DOUBLE,   /* double, finite */
    EL_OPT_DURATION, /* double [s]: 500ms, 0.5s, 1.5, 20us, 2min, 1h */
    EL_OPT_AMOUNT,   /* el_amount: 50 or 50% */
    EL_OPT_AMOUNTS,  /* el_amounts: 5,20,50 or 20%,50%; all of one unit */
    EL_OPT_INTS,     /* el_ints: 1,2,4 */
    EL_OPT_RANGE,    /* el_range: 64:32768, or 64 for both ends */
    EL_OPT_ENUM,     /* int, index into choices */
    EL_OPT_NAMES,    /* el_names: a,b,c */
    EL_OPT_REPEATED  /* el_names: --x a --x b, values may hold commas */
} el_opt_kind;

typedef struct el_amount {
    double value;
    bool percent;
} el_amount;

typedef struct el_amounts {
    size_t n;
    double v[EL_OPT_MAX_LIST];
    bool percent;
} el_amounts;

typedef struct el_ints {
    size_t n;
    uint64_t v[EL_OPT_MAX_LIST];
} el_ints;

typedef struct el_range {
    double lo, hi;
} el_range;

typedef struct el_names {
    size_t n;
    const char *v[EL_OPT_MAX_LIST];
} el_names;

typedef struct el_opt {
    const char *name;  /* long name without dashes; NULL ends the table */
    const char *alias; /* other long name, e.g. vLLM's; or NULL */
    char letter;       /* short name, or 0 */
    el_opt_kind kind;
    size_t offset, size;        /* EL_OPT_AT */
    const char *meta;           /* value in the help: "FILE"; NULL: by kind */
    const char *def;            /* as a user would type it; NULL: none */
    double min, max;            /* inclusive, where min < max */
    const char *const *choices; /* enum, NULL-terminated */
    const char *group;          /* heading in the help; neighbours share it */
    const char *help;           /* whole sentences */
} el_opt;

#define EL_OPT_AT(type, member)                                                \
    .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/* Options and the struct that their offsets point into. */
typedef struct el_opt_set {
    const el_opt *options; /* may be NULL */
    void *args;
} el_opt_set;

/* Empty values, then the defaults. EL_E_ARG: a default does not parse. */
EL_NODISCARD el_status el_opt_defaults(const el_opt_set *set,
                                       el_strings *strings, el_error *err);

/*
 * Store one value; `who` stands in messages ("--tp", "ENERGYLENS_TP"). `text`
 * is borrowed by strings; `strings` holds the pieces of lists. EL_OPT_REPEATED
 * appends unless `reset`. EL_E_ARG "--tp: not a whole number: \"x\"".
 */
EL_NODISCARD el_status el_opt_store(const el_opt *opt, void *args,
                                    const char *who, const char *text,
                                    bool reset, el_strings *strings,
                                    el_error *err);

/* Option by long name or alias (with its length), NULL if there is none. */
const el_opt *el_opt_find(const el_opt *options, const char *name, size_t len);

/*
 * ENERGYLENS_<NAME> ('-' becomes '_') of every option, through lookup()
 * (getenv, or a test's). Unset and empty variables change nothing.
 */
EL_NODISCARD el_status el_opt_environment(const el_opt_set *set, size_t n_set,
                                          char *(*lookup)(const char *),
                                          el_strings *strings, el_error *err);

/* What the user typed. */
typedef struct el_words {
    int argc;
    char *const *argv;
} el_words;

/* --help or -h anywhere before "--". */
bool el_opt_wants_help(const el_words *words);

/*
 * words: argv without program and verb. Options may stand between
 * positionals, "--" ends them, "-" is a positional. Positionals go to pos
 * (room for argc). Typos are EL_E_ARG naming the nearest option.
 */
EL_NODISCARD el_status el_opt_parse(const el_opt_set *set, size_t n_set,
                                    const el_words *words, const char **pos,
                                    size_t *n_pos, el_strings *strings,
                                    el_error *err);

/* "SIZE", "N", "TIME" ...: meta, or the kind's usual word; NULL for flags. */
const char *el_opt_meta(const el_opt *opt);

#endif
