/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/nearest.h"
#include "cli/settings.h"
#include "energylens/verb.h"
#include "io/file.h"
#include "io/json.h"

#define EXIT_ANSWER_IS_NO 1
#define EXIT_USAGE        2
#define EXIT_IO           4
#define EXIT_SIGINT       130

int el_exit_code(el_status status)
{
    switch (status) {
    case EL_OK:
        return 0;
    case EL_E_ARG:
        return EXIT_USAGE;
    case EL_E_DATA:
    case EL_E_VERSION:
        return 3;
    case EL_E_IO:
    case EL_E_DEVICE:
        return EXIT_IO;
    case EL_E_NUMERIC:
        return 5;
    case EL_E_CANCELLED: /* no signal known: as if by Ctrl-C */
        return EXIT_SIGINT;
    case EL_E_NOMEM:
        break;
    }
    return 70;
}

static void unknown_verb(const el_verb *const *verbs, const char *name,
                         el_error *err)
{
    const char *names[EL_OPT_MAX_LIST + 1] = {NULL};
    const char *near;

    for (size_t i = 0, n = 0; verbs[i] && n < EL_OPT_MAX_LIST; i++)
        if (verbs[i]->group)
            names[n++] = verbs[i]->name;
    near = el_nearest_name(name, strlen(name), names);
    if (near)
        (void)el_fail(err, EL_E_ARG, "unknown verb %.80s, did you mean %s?",
                      name, near);
    else
        (void)el_fail(err, EL_E_ARG, "unknown %s %.80s",
                      name[0] == '-' ? "option" : "verb", name);
}

const el_verb *el_verb_find(const el_verb *const *verbs, const char *name,
                            el_error *err)
{
    for (size_t i = 0; verbs[i]; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    unknown_verb(verbs, name, err);
    return NULL;
}

char *el_run_lookup(const char *name)
{
    return getenv(name); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}

static el_status check_positionals(const el_run *run, el_error *err)
{
    const el_verb *v = run->verb;
    size_t n = run->cli.n_pos;

    if (n > v->max_pos)
        return el_fail(err, EL_E_ARG, "unexpected argument \"%.80s\"",
                       run->pos[v->max_pos]);
    if (n < v->min_pos)
        return el_fail(err, EL_E_ARG, "missing argument: %s",
                       v->usage ? v->usage : "one more");
    return EL_OK;
}

/* Defaults, project file, environment, words: the last one wins. */
static el_status read_options(el_run *run, const el_words *words,
                              bool surroundings, el_error *err)
{
    const el_opt_set sets[] = {{run->verb->options, run->args},
                               {el_common_options, &run->common}};
    el_status st = el_opt_defaults(&sets[0], &run->strings, err);

    if (st == EL_OK)
        st = el_opt_defaults(&sets[1], &run->strings, err);
    if (st == EL_OK && surroundings && !run->verb->no_settings)
        st = el_settings_read(EL_SETTINGS_FILE, run->verbs, run->verb, &sets[0],
                              &sets[1], &run->strings, err);
    if (st == EL_OK && surroundings)
        st = el_opt_environment(sets, 2, el_run_lookup, &run->strings, err);
    if (st == EL_OK)
        st = el_opt_parse(sets, 2, words, run->pos, &run->cli.n_pos,
                          &run->strings, err);
    return st;
}

static el_status check_output(const char *path, el_error *err)
{
    if (*path == '\0')
        return el_fail(err, EL_E_ARG, "-o: no file name");
    return el_file_may_write(path, err);
}

el_status el_run_read(el_run *run, const el_words *words, bool surroundings,
                      el_error *err)
{
    el_cli *c = &run->cli;
    el_status st;

    run->pos = el_array((size_t)words->argc + 1, sizeof *run->pos);
    if (run->verb->args_size)
        run->args = el_array(1, run->verb->args_size);
    if (!run->pos || (run->verb->args_size && !run->args))
        return el_fail(err, EL_E_NOMEM, "out of memory");
    st = read_options(run, words, surroundings, err);
    if (st == EL_OK)
        st = check_positionals(run, err);
    if (st == EL_OK && el_run_goes_to_file(run)) /* not after hours of work */
        st = check_output(run->common.output, err);
    c->verb = run->verb;
    c->pos = run->pos;
    c->output = run->common.output;
    c->catalog_dir = run->common.catalog;
    c->json = run->common.json;
    c->width = EL_RUN_WIDTH;
    c->task.seed = run->common.seed;
    c->task.threads = (unsigned)run->common.threads;
    return st;
}

el_status el_run_work(el_run *run, el_error *err)
{
    el_error why = {0};
    el_status st = run->verb->run(&run->cli, run->args, &why);

    if (st != EL_OK)
        return el_fail(err, st, "%s",
                       *why.message ? why.message : el_status_text(st));
    if (!run->cli.written && !el_buf_ok(&run->cli.out))
        return el_fail(err, EL_E_NOMEM, "result: out of memory");
    return EL_OK;
}

bool el_run_goes_to_file(const el_run *run)
{
    return run->common.output && strcmp(run->common.output, "-") != 0;
}

el_status el_run_write(el_run *run, el_error *err)
{
    const el_buf *out = &run->cli.out;

    if (run->cli.written || !el_run_goes_to_file(run))
        return EL_OK;
    return el_file_write(run->common.output, el_buf_text(out), out->len, err);
}

int el_run_exit_code(const el_run *run)
{
    if (run->cli.exit_code)
        return run->cli.exit_code;
    return run->cli.answer_is_no ? EXIT_ANSWER_IS_NO : 0;
}

void el_run_clear(el_run *run)
{
    el_buf_clear(&run->cli.after);
    el_buf_clear(&run->cli.out);
    el_strings_clear(&run->strings);
    el_free(run->args);
    el_free(run->pos);
}

static void name_schema(const el_cli *cli, char schema[64])
{
    (void)snprintf(schema, 64, "energylens.%s", cli->verb->name);
}

el_status el_cli_json(el_cli *cli, json_t *result, el_error *err)
{
    char schema[64];
    json_t *doc;
    el_status st;

    name_schema(cli, schema);
    doc = el_json_envelope(schema, 1, cli->task.seed, result);
    if (!doc)
        return el_fail(err, EL_E_NOMEM, "result: out of memory");
    el_buf_clear(&cli->out);
    st = el_json_print(doc, &cli->out, err);
    json_decref(doc);
    return st;
}

el_json_writer el_cli_begin_json(el_cli *cli)
{
    el_json_writer w = {.out = &cli->out};

    el_buf_clear(&cli->out);
    el_write_head(&w);
    return w;
}

el_status el_cli_end_json(el_cli *cli, el_json_writer *w, el_error *err)
{
    char schema[64];

    name_schema(cli, schema);
    el_write_tail(w, schema, 1, cli->task.seed);
    if (!el_buf_ok(&cli->out))
        return el_fail(err, EL_E_NOMEM, "result: out of memory");
    return EL_OK;
}
