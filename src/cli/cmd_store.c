/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "app/store.h"
#include "cli/cli.h"
#include "cli/store_text.h"
#include "cli/verbs.h"
#include "io/file.h"
#include "store/check.h"

typedef struct store_args {
    const char *campaign;
    uint64_t run;
    int what; /* el_store_export_what */
    bool all;
} store_args;

static const char *const whats[] = {"runs", "requests", "samples", NULL};

static const el_opt options[] = {
    {.name = "campaign",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(store_args, campaign),
     .meta = "NAME",
     .group = "Which runs",
     .help = "show, export: those of this campaign alone."},
    {.name = "run",
     .kind = EL_OPT_UINT,
     EL_OPT_AT(store_args, run),
     .min = 1,
     .max = 1e15,
     .group = "Which runs",
     .help = "show: all that is kept of this run; export: this run alone."},
    {.name = "all",
     .kind = EL_OPT_FLAG,
     EL_OPT_AT(store_args, all),
     .group = "Which runs",
     .help = "export: partial and failed runs too."},
    {.name = "what",
     .kind = EL_OPT_ENUM,
     .choices = whats,
     EL_OPT_AT(store_args, what),
     .def = "runs",
     .group = "Export",
     .help = "runs (a measurement table, version 1), requests (one row each) "
             "or samples of the meters; those of one run can be played back "
             "by meter --meter replay:FILE."},
    {.name = NULL}};

static el_store_filter filter_of(const store_args *a)
{
    return (el_store_filter){.campaign = a->campaign, .run = (int64_t)a->run};
}

/* --- what it can do ------------------------------------------------------- */

static el_status ls(el_cli *cli, const store_args *a, el_store *store,
                    el_error *err)
{
    json_t *list = NULL;
    el_status st;

    (void)a;
    if (!cli->json)
        return el_store_ls_text(cli, store, err);
    st = el_store_campaigns_json(store, &list, err);
    return st == EL_OK
               ? el_cli_json(cli,
                             json_pack("{s:s, s:o}", "store",
                                       el_store_name(store), "campaigns", list),
                             err)
               : st;
}

static el_status show(el_cli *cli, const store_args *a, el_store *store,
                      el_error *err)
{
    const el_store_filter filter = filter_of(a);
    json_t *json = NULL;
    el_status st;

    if (!cli->json)
        return a->run ? el_store_run_text(cli, store, filter.run, err)
                      : el_store_runs_text(cli, store, &filter, err);
    st = a->run ? el_store_run_json(store, filter.run, &json, err)
                : el_store_runs_json(store, &filter, &cli->task, &json, err);
    if (st == EL_OK && !a->run)
        json = json_pack("{s:o}", "runs", json);
    return st == EL_OK ? el_cli_json(cli, json, err) : st;
}

static el_status check(el_cli *cli, const store_args *a, el_store *store,
                       el_error *err)
{
    el_buf said = {0};
    el_status st = el_store_check(store, &cli->task, &said, err);
    const char *faults = el_buf_text(&said);

    (void)a;
    if (st == EL_OK) {
        cli->answer_is_no = *faults != '\0';
        if (cli->json)
            st = el_cli_json(cli,
                             json_pack("{s:s, s:b, s:s}", "store",
                                       el_store_name(store), "clean",
                                       !cli->answer_is_no, "faults", faults),
                             err);
        else
            el_buf_printf(&cli->out, "%s%s: %s\n", faults, el_store_name(store),
                          *faults ? "damaged" : "clean");
    }
    el_buf_clear(&said);
    return st;
}

/* Opening it for writing has done it. */
static el_status migrate(el_cli *cli, const store_args *a, el_store *store,
                         el_error *err)
{
    int found, now;

    (void)a;
    el_store_versions(store, &found, &now);
    if (cli->json)
        return el_cli_json(cli,
                           json_pack("{s:s, s:i, s:i, s:i, s:i}", "store",
                                     el_store_name(store), "found_major",
                                     found / 1000, "found_minor", found % 1000,
                                     "major", now / 1000, "minor", now % 1000),
                           err);
    el_buf_printf(&cli->out, "%s: version %d.%d", el_store_name(store),
                  now / 1000, now % 1000);
    if (found == 0)
        el_buf_add(&cli->out, ", new");
    else if (found != now)
        el_buf_printf(&cli->out, ", was %d.%d", found / 1000, found % 1000);
    el_buf_add(&cli->out, "\n");
    return EL_OK;
}

static el_status export(el_cli *cli, const store_args *a, el_error *err)
{
    el_store_filter filter = filter_of(a);
    FILE *csv = NULL;
    el_status st;

    if (cli->json)
        return el_fail(err, EL_E_ARG,
                       "--json: export writes CSV; show has the same as JSON");
    filter.complete = !a->all && !a->run;
    st = el_app_store_export(cli->pos[1], (el_store_export_what)a->what,
                             &filter, &cli->task, &csv, err);
    if (st != EL_OK)
        return st;
    cli->written = true;
    st = el_file_write_from(cli->output ? cli->output : "-", csv, err);
    (void)fclose(csv);
    return st;
}

static el_status merge(el_cli *cli, const store_args *a, el_error *err)
{
    el_store_merged m;
    el_status st;

    (void)a;
    if (cli->n_pos < 3)
        return el_fail(err, EL_E_ARG, "merge: which stores into %s?",
                       cli->pos[1]);
    st = el_app_store_merge(cli->pos[1], cli->pos + 2, cli->n_pos - 2,
                            &cli->task, &m, err);
    if (st != EL_OK)
        return st;
    if (cli->json)
        return el_cli_json(cli,
                           json_pack("{s:I, s:I, s:I}", "campaigns",
                                     (json_int_t)m.n_campaign, "runs",
                                     (json_int_t)m.n_run, "runs_new",
                                     (json_int_t)m.n_new),
                           err);
    el_buf_printf(&cli->out, "%zu run%s read, %zu new\n", m.n_run,
                  m.n_run == 1 ? "" : "s", m.n_new);
    return EL_OK;
}

static const struct action {
    const char *name;
    el_store_use use;
    el_status (*opened)(el_cli *, const store_args *, el_store *, el_error *);
    el_status (*alone)(el_cli *, const store_args *, el_error *);
} actions[] = {{"ls", EL_STORE_READ, ls, NULL},
               {"show", EL_STORE_READ, show, NULL},
               {"export", EL_STORE_READ, NULL, export},
               {"merge", EL_STORE_WRITE, NULL, merge},
               {"check", EL_STORE_READ, check, NULL},
               {"migrate", EL_STORE_WRITE, migrate, NULL}};

static el_status act(el_cli *cli, const store_args *a, const struct action *is,
                     el_error *err)
{
    el_store *store = NULL;
    el_status st;

    if (is->alone)
        return is->alone(cli, a, err);
    if (cli->n_pos > 2)
        return el_fail(err, EL_E_ARG, "%s: one store at a time", is->name);
    st = el_store_open(cli->pos[1], is->use, &store, err);
    if (st == EL_OK)
        st = is->opened(cli, a, store, err);
    el_store_close(store);
    return st;
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const size_t n = sizeof actions / sizeof *actions;

    for (size_t i = 0; i < n; i++)
        if (strcmp(cli->pos[0], actions[i].name) == 0)
            return act(cli, args, &actions[i], err);
    return el_fail(err, EL_E_ARG,
                   "%.100s: not one of ls, show, export, merge, check, migrate",
                   cli->pos[0]);
}

static const el_example examples[] = {
    {"energylens store migrate runs.db",
     "Bring a store to this program's version; make an empty one where there "
     "is none."},
    {"energylens store ls runs.db", "Its campaigns, and how far each is."},
    {"energylens store show runs.db --json", "Every run, for a program."},
    {"energylens store check runs.db", "Is anything lost or changed?"},
    {"energylens store export runs.db -o runs.csv",
     "Complete runs as a table for fit, which reads runs.db itself too."},
    {"energylens store export runs.db --what samples -o power.csv",
     "Every reading of the meters."},
    {"energylens store merge team.db runs.db",
     "What team.db does not have yet; again changes nothing."},
    {NULL, NULL}};

const el_verb el_verb_store = {
    .name = "store",
    .group = "Measure",
    .summary = "look into, check, merge and export what profile measured",
    .usage = "ls|show|export|merge|check|migrate STORE [STORE ...]",
    .about =
        "STORE is a file (SQLite) or postgresql://USER@HOST/DATABASE. fit, "
        "evaluate, discover, sweetspot and plan read a store in place of a "
        "table. A password is better kept in ~/.pgpass or PGPASSWORD than in "
        "the address.\n\nmerge copies into the first store, made where it is "
        "not there, what the others have and it lacks. check asks the database "
        "for its own integrity, then counts what belongs to every run and "
        "works its content keys and sums out again. Exit 1: check found "
        "something; 3: what was named is no store, is damaged or of a newer "
        "version.",
    .min_pos = 2,
    .max_pos = SIZE_MAX,
    .options = options,
    .examples = examples,
    .args_size = sizeof(store_args),
    .run = run};
