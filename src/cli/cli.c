/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to an exit code: parse, run, write, report. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/help.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/term.h"
#include "cli/verbs.h"
#include "energylens/verb.h"
#include "io/json.h"

#define EXIT_IO     4
#define EXIT_SIGNAL 128

/* One run of the program. */
typedef struct session {
    el_run run;
    el_progress progress;
    el_error err;
} session;

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

static void on_progress(size_t done, size_t total, void *ctx)
{
    session *s = ctx;

    el_progress_update(&s->progress, done, total);
}

static void on_warning(const char *line, void *ctx)
{
    session *s = ctx;

    if (s->run.common.quiet)
        return;
    el_progress_clear(&s->progress);
    (void)fprintf(stderr, "energylens %s: warning: %s\n", s->run.verb->name,
                  line);
}

static bool is_cancelled(void *ctx)
{
    (void)ctx;
    return el_signals_got() != 0;
}

static void prepare_cli(session *s)
{
    const el_common *common = &s->run.common;
    bool to_tty =
        !el_run_goes_to_file(&s->run) && el_term_is_tty(STDOUT_FILENO);
    el_color_mode mode = (el_color_mode)common->color;
    el_cli *c = &s->run.cli;

    c->quiet = common->quiet;
    c->color = mode == EL_COLOR_ALWAYS ||
               (to_tty && el_term_color(mode, STDOUT_FILENO));
    c->utf8 = el_term_utf8();
    c->width = to_tty || el_run_lookup("COLUMNS") ? el_term_width(STDOUT_FILENO)
                                                  : EL_RUN_WIDTH;
    c->task.progress = on_progress;
    c->task.warn = on_warning;
    c->task.cancelled = is_cancelled;
    c->task.ctx = s;
    el_progress_init(&s->progress,
                     !c->quiet && el_term_is_tty(STDERR_FILENO) ? stderr : NULL,
                     s->run.verb->name, el_term_width(STDERR_FILENO));
}

static int finish(const session *s, el_status st)
{
    const el_cli *c = &s->run.cli;

    if (st == EL_E_CANCELLED && el_signals_got()) {
        (void)fprintf(stderr, "energylens %s: interrupted: %s\n",
                      s->run.verb->name, s->err.message);
        return EXIT_SIGNAL + el_signals_got();
    }
    if (st != EL_OK) {
        int code = complain(s->run.verb->name, &s->err);

        return c->exit_code ? c->exit_code : code;
    }
    if (c->partial && el_signals_got())
        return EXIT_SIGNAL + el_signals_got();
    return el_run_exit_code(&s->run);
}

static el_status run_session(session *s, const el_words *words)
{
    el_cli *c = &s->run.cli;
    el_status st = el_run_read(&s->run, words, true, &s->err);

    if (st != EL_OK)
        return st;
    prepare_cli(s);
    el_signals_install();
    st = el_run_work(&s->run, &s->err);
    el_progress_clear(&s->progress);
    if (st == EL_OK && el_signals_got() && !c->partial) /* it did not look */
        st = el_fail(&s->err, EL_E_CANCELLED, "%s",
                     el_status_text(EL_E_CANCELLED));
    if (st == EL_OK)
        st = el_run_write(&s->run, &s->err);
    if (st == EL_OK && !c->written && !el_run_goes_to_file(&s->run))
        st = print_stdout(&c->out, &s->err);
    if (st == EL_OK && el_buf_ok(&c->after) && el_run_goes_to_file(&s->run))
        (void)fputs(el_buf_text(&c->after), stderr);
    return st;
}

static int run_verb(const el_verb *const *verbs, const el_verb *verb, int argc,
                    char **argv)
{
    session s = {.run = {.verbs = verbs, .verb = verb}};
    const el_words words = {argc, argv};
    int code;

    /* before any setting is read: help must work with a broken one */
    if (el_opt_wants_help(&words))
        return show_verb(verb);
    code = finish(&s, run_session(&s, &words));
    el_run_clear(&s.run);
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
    el_error err;

    if (!name) {
        (void)el_fail(&err, EL_E_ARG, "no verb given");
        return complain(NULL, &err);
    }
    if (is_one_of(name, "--version", "-V", "version"))
        name = "version";
    if (is_one_of(name, "--help", "-h", "help")) {
        if (argc < 3 || argv[2][0] == '-')
            return show_overview(verbs);
        verb = el_verb_find(verbs, argv[2], &err);
        return verb ? show_verb(verb) : complain(NULL, &err);
    }
    verb = el_verb_find(verbs, name, &err);
    if (!verb)
        return complain(NULL, &err);
    return run_verb(verbs, verb, argc - 2, argv + 2);
}

/* A file must not be opened as a standard stream that the caller closed: what
 * is printed would land in it. Wrong way round, so that its use still fails. */
static void hold_closed_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int el_main(int argc, char **argv)
{
    int code;

    hold_closed_streams();
    el_json_init();
    code = el_cli_run(el_verbs, argc, argv);
    if (fclose(stdout) != 0 && code == 0) {
        (void)fprintf(stderr, "energylens: standard output: cannot write\n");
        code = EXIT_IO;
    }
    return code;
}
