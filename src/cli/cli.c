/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to an exit code: parse, run, write, report. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/common.h"
#include "cli/help.h"
#include "cli/progress.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/term.h"
#include "cli/verbs.h"
#include "io/file.h"
#include "io/json.h"

#define EXIT_ANSWER_IS_NO 1
#define EXIT_USAGE        2
#define EXIT_IO           4
#define EXIT_SIGNAL       128
#define PIPE_WIDTH        100 /* columns where the result is no terminal */

/* One run of the program. */
typedef struct session {
    const el_verb *const *verbs;
    const el_verb *verb;
    el_cli cli;
    el_common common;
    void *args;
    const char **pos;
    el_strings strings;
    el_progress progress;
    el_error err;
} session;

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
        return EXIT_SIGNAL + 2;
    case EL_E_NOMEM:
        break;
    }
    return 70;
}

/* stdout is complete only if its last bytes could be written as well. */
static el_status print_stdout(const el_buf *text, el_error *err)
{
    bool ok = fwrite(el_buf_text(text), 1, text->len, stdout) == text->len;

    ok = fflush(stdout) == 0 && ok && !ferror(stdout);
    if (ok)
        return EL_OK;
    return el_fail(err, EL_E_IO, "standard output: cannot write: %s",
                   strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
}

static int complain(const char *verb, const el_error *err)
{
    (void)fprintf(stderr, "energylens%s%s: %s\n", verb ? " " : "",
                  verb ? verb : "", err->message);
    if (err->status == EL_E_ARG)
        (void)fprintf(stderr, "try 'energylens%s%s --help'\n", verb ? " " : "",
                      verb ? verb : "");
    return el_exit_code(err->status);
}

static const el_verb *find_verb(const el_verb *const *verbs, const char *name)
{
    for (size_t i = 0; verbs[i]; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

/* Prints and clears text; the exit code. */
static int print_and_clear(el_buf *text, const char *verb)
{
    el_error err = {0};
    el_status st = el_buf_ok(text) ? print_stdout(text, &err)
                                   : el_fail(&err, EL_E_NOMEM, "out of memory");

    el_buf_clear(text);
    return st == EL_OK ? 0 : complain(verb, &err);
}

static el_help_style help_style(void)
{
    const el_help_style style = {
        .width = el_term_width(STDOUT_FILENO),
        .color = el_term_color(EL_COLOR_AUTO, STDOUT_FILENO)};

    return style;
}

static int show_overview(const el_verb *const *verbs)
{
    el_buf text = {0};

    el_help_overview(verbs, help_style(), &text);
    return print_and_clear(&text, NULL);
}

static int show_verb(const el_verb *verb)
{
    el_buf text = {0};

    el_help_verb(verb, help_style(), &text);
    return print_and_clear(&text, verb->name);
}

static int unknown_verb(const el_verb *const *verbs, const char *name)
{
    const char *names[EL_OPT_MAX_LIST + 1] = {NULL};
    el_error err = {0};
    const char *near;

    for (size_t i = 0, n = 0; verbs[i] && n < EL_OPT_MAX_LIST; i++)
        if (verbs[i]->group)
            names[n++] = verbs[i]->name;
    near = el_nearest_name(name, strlen(name), names);
    if (near)
        (void)el_fail(&err, EL_E_ARG, "unknown verb %.80s, did you mean %s?",
                      name, near);
    else
        (void)el_fail(&err, EL_E_ARG, "unknown %s %.80s",
                      name[0] == '-' ? "option" : "verb", name);
    return complain(NULL, &err);
}

static void on_progress(size_t done, size_t total, void *ctx)
{
    session *s = ctx;

    el_progress_update(&s->progress, done, total);
}

static void on_warning(const char *line, void *ctx)
{
    session *s = ctx;

    if (s->common.quiet)
        return;
    el_progress_clear(&s->progress);
    (void)fprintf(stderr, "energylens %s: warning: %s\n", s->verb->name, line);
}

static bool is_cancelled(void *ctx)
{
    (void)ctx;
    return el_signals_got() != 0;
}

static char *lookup(const char *name)
{
    return getenv(name); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}

static el_status check_positionals(const session *s, size_t n, el_error *err)
{
    const el_verb *v = s->verb;

    if (n > v->max_pos)
        return el_fail(err, EL_E_ARG, "unexpected argument \"%.80s\"",
                       s->pos[v->max_pos]);
    if (n < v->min_pos)
        return el_fail(err, EL_E_ARG, "missing argument: %s",
                       v->usage ? v->usage : "one more");
    return EL_OK;
}

/* Defaults, project file, environment, command line: the last one wins. */
static el_status read_options(session *s, const el_words *words)
{
    const el_opt_set sets[] = {{s->verb->options, s->args},
                               {el_common_options, &s->common}};
    el_status st = el_opt_defaults(&sets[0], &s->strings, &s->err);

    if (st == EL_OK)
        st = el_opt_defaults(&sets[1], &s->strings, &s->err);
    if (st == EL_OK && !s->verb->no_settings)
        st = el_settings_read(EL_SETTINGS_FILE, s->verbs, s->verb, &sets[0],
                              &sets[1], &s->strings, &s->err);
    if (st == EL_OK)
        st = el_opt_environment(sets, 2, lookup, &s->strings, &s->err);
    if (st == EL_OK)
        st = el_opt_parse(sets, 2, words, s->pos, &s->cli.n_pos, &s->strings,
                          &s->err);
    if (st == EL_OK)
        st = check_positionals(s, s->cli.n_pos, &s->err);
    return st;
}

static bool goes_to_file(const session *s)
{
    return s->common.output && strcmp(s->common.output, "-") != 0;
}

static void prepare_cli(session *s)
{
    bool to_tty = !goes_to_file(s) && el_term_is_tty(STDOUT_FILENO);
    el_color_mode mode = (el_color_mode)s->common.color;
    el_cli *c = &s->cli;

    c->verb = s->verb;
    c->pos = s->pos;
    c->output = s->common.output;
    c->catalog_dir = s->common.catalog;
    c->json = s->common.json;
    c->quiet = s->common.quiet;
    c->color = mode == EL_COLOR_ALWAYS ||
               (to_tty && el_term_color(mode, STDOUT_FILENO));
    c->utf8 = el_term_utf8();
    c->width =
        to_tty || lookup("COLUMNS") ? el_term_width(STDOUT_FILENO) : PIPE_WIDTH;
    c->task.seed = s->common.seed;
    c->task.threads = (unsigned)s->common.threads;
    c->task.progress = on_progress;
    c->task.warn = on_warning;
    c->task.cancelled = is_cancelled;
    c->task.ctx = s;
    el_progress_init(&s->progress,
                     !c->quiet && el_term_is_tty(STDERR_FILENO) ? stderr : NULL,
                     s->verb->name, el_term_width(STDERR_FILENO));
}

static el_status write_result(session *s)
{
    const el_buf *out = &s->cli.out;

    if (!el_buf_ok(out))
        return el_fail(&s->err, EL_E_NOMEM, "result: out of memory");
    if (goes_to_file(s))
        return el_file_write(s->common.output, el_buf_text(out), out->len,
                             &s->err);
    return print_stdout(out, &s->err);
}

static int finish(const session *s, el_status st)
{
    if (st == EL_E_CANCELLED && el_signals_got()) {
        (void)fprintf(stderr, "energylens %s: interrupted: %s\n", s->verb->name,
                      s->err.message);
        return EXIT_SIGNAL + el_signals_got();
    }
    if (st != EL_OK) {
        int code = complain(s->verb->name, &s->err);

        return s->cli.exit_code ? s->cli.exit_code : code;
    }
    if (s->cli.partial && el_signals_got())
        return EXIT_SIGNAL + el_signals_got();
    if (s->cli.exit_code)
        return s->cli.exit_code;
    return s->cli.answer_is_no ? EXIT_ANSWER_IS_NO : 0;
}

static el_status run_session(session *s, const el_words *words)
{
    el_status st;

    s->pos = el_array((size_t)words->argc + 1, sizeof *s->pos);
    if (s->verb->args_size)
        s->args = el_array(1, s->verb->args_size);
    if (!s->pos || (s->verb->args_size && !s->args))
        return el_fail(&s->err, EL_E_NOMEM, "out of memory");
    st = read_options(s, words);
    if (st != EL_OK)
        return st;
    prepare_cli(s);
    el_signals_install();
    st = s->verb->run(&s->cli, s->args, &s->err);
    el_progress_clear(&s->progress);
    if (st == EL_OK && el_signals_got() &&
        !s->cli.partial) /* it did not look */
        st = EL_E_CANCELLED;
    if (st != EL_OK && s->err.message[0] == '\0')
        (void)el_fail(&s->err, st, "%s", el_status_text(st));
    if (st == EL_OK && !s->cli.written)
        st = write_result(s);
    if (st == EL_OK && el_buf_ok(&s->cli.after) && goes_to_file(s))
        (void)fputs(el_buf_text(&s->cli.after), stderr);
    return st;
}

static int run_verb(const el_verb *const *verbs, const el_verb *verb, int argc,
                    char **argv)
{
    session s = {.verbs = verbs, .verb = verb};
    const el_words words = {argc, argv};
    int code;

    /* before any setting is read: help must work with a broken one */
    if (el_opt_wants_help(&words))
        return show_verb(verb);
    code = finish(&s, run_session(&s, &words));
    el_buf_clear(&s.cli.after);
    el_buf_clear(&s.cli.out);
    el_strings_clear(&s.strings);
    el_free(s.args);
    el_free(s.pos);
    return code;
}

static bool is_one_of(const char *word, const char *a, const char *b,
                      const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int el_cli_run(const el_verb *const *verbs, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    const el_verb *verb;

    if (!name) {
        el_error err;

        (void)el_fail(&err, EL_E_ARG, "no verb given");
        return complain(NULL, &err);
    }
    if (is_one_of(name, "--version", "-V", "version"))
        name = "version";
    if (is_one_of(name, "--help", "-h", "help")) {
        if (argc < 3 || argv[2][0] == '-')
            return show_overview(verbs);
        verb = find_verb(verbs, argv[2]);
        return verb ? show_verb(verb) : unknown_verb(verbs, argv[2]);
    }
    verb = find_verb(verbs, name);
    if (!verb)
        return unknown_verb(verbs, name);
    return run_verb(verbs, verb, argc - 2, argv + 2);
}

int el_cli_main(int argc, char **argv)
{
    int code;

    el_json_init();
    code = el_cli_run(el_verbs, argc, argv);
    if (fclose(stdout) != 0 && code == 0) {
        (void)fprintf(stderr, "energylens: standard output: cannot write\n");
        code = EXIT_IO;
    }
    return code;
}

el_status el_cli_json(el_cli *cli, json_t *result, el_error *err)
{
    char schema[64];
    json_t *doc;
    el_status st;

    (void)snprintf(schema, sizeof schema, "energylens.%s", cli->verb->name);
    doc = el_json_envelope(schema, 1, cli->task.seed, result);
    if (!doc)
        return el_fail(err, EL_E_NOMEM, "result: out of memory");
    el_buf_clear(&cli->out);
    st = el_json_print(doc, &cli->out, err);
    json_decref(doc);
    return st;
}
