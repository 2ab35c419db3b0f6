/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/man.h"

#include <string.h>

#include "cli/help.h"
#include "cli/settings.h"

/* mandoc wants a date; a build clock would make the page irreproducible. */
#define MAN_DATE "November 20, 2026"
#define MAN_LINE 76u

/* One word, with what roff would read as a command made harmless. */
static void word(const char *text, size_t len, bool starts_line, el_buf *out)
{
    if (starts_line && (*text == '.' || *text == '\''))
        el_buf_add(out, "\\&");
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\\')
            el_buf_add(out, "\\e");
        else if (text[i] == '-')
            el_buf_add(out, "\\-");
        else
            el_buf_add_n(out, text + i, 1);
}

static bool ends_sentence(const char *text, size_t len)
{
    return len > 1 && strchr(".?!", text[len - 1]) != NULL &&
           !(len >= 2 && text[len - 1] == '.' && text[len - 2] == '.');
}

/* Filled text: short input lines, each sentence on a line of its own. */
static void prose(const char *text, el_buf *out)
{
    size_t at = 0;

    while (*text) {
        size_t gap = strspn(text, " \n");
        bool paragraph = gap >= 2 && text[0] == '\n' && text[1] == '\n';
        size_t len = strcspn(text + gap, " \n");

        if (len == 0)
            break;
        if (paragraph)
            el_buf_add(out, at ? "\n.Pp\n" : ".Pp\n");
        else if (at)
            el_buf_add(out, at + 1 + len > MAN_LINE ? "\n" : " ");
        if (paragraph || at + 1 + len > MAN_LINE)
            at = 0;
        word(text + gap, len, at == 0, out);
        at += len + 1;
        if (ends_sentence(text + gap, len)) {
            el_buf_add(out, "\n");
            at = 0;
        }
        text += gap + len;
    }
    if (at)
        el_buf_add(out, "\n");
}

static void summary(const el_verb *verb, el_buf *out)
{
    el_buf line = {0};

    el_help_summary(verb, &line);
    prose(el_buf_text(&line), out);
    out->failed = out->failed || !el_buf_ok(&line);
    el_buf_clear(&line);
}

static void option(const el_opt *opt, const el_verb *verb, el_buf *out)
{
    const char *alias = el_help_alias(opt, verb);
    const char *meta = el_opt_meta(opt);
    el_buf text = {0};

    el_buf_add(out, ".It ");
    if (opt->letter)
        el_buf_printf(out, "Fl %c , ", opt->letter);
    el_buf_add(out, "Fl \\-");
    word(opt->name, strlen(opt->name), false, out);
    if (alias) {
        el_buf_add(out, " , Fl \\-");
        word(alias, strlen(alias), false, out);
    }
    if (meta) {
        el_buf_add(out, " Ar ");
        word(meta, strlen(meta), false, out);
    }
    el_buf_add(out, "\n");
    el_buf_add(&text, opt->help);
    el_help_facts(opt, &text);
    prose(el_buf_text(&text), out);
    out->failed = out->failed || !el_buf_ok(&text);
    el_buf_clear(&text);
}

static void options(const el_verb *verb, const el_opt *table, el_buf *out)
{
    if (!table || !table->name)
        return;
    el_buf_add(out, ".Bl -tag -width Ds\n");
    for (const el_opt *o = table; o->name; o++)
        option(o, verb, out);
    el_buf_add(out, ".El\n");
}

/* "FILE ..." without brackets, which would be macros' work. */
static void usage(const el_verb *verb, el_buf *out)
{
    for (const char *c = verb->usage; *c; c++)
        if (*c != '[' && *c != ']')
            word(c, 1, false, out);
    el_buf_add(out, "\n");
}

static void verb_section(const el_verb *verb, el_buf *out)
{
    el_buf_printf(out, ".Ss energylens %s\n", verb->name);
    if (verb->usage) {
        el_buf_printf(out, ".D1 Nm energylens Cm %s Oo Ar options Oc Ar ",
                      verb->name);
        usage(verb, out);
        el_buf_add(out, ".Pp\n");
    }
    summary(verb, out);
    if (verb->about) {
        el_buf_add(out, ".Pp\n");
        prose(verb->about, out);
    }
    options(verb, verb->options, out);
}

/* `first`: no paragraph ends before them. */
static void examples(const el_verb *verb, bool first, el_buf *out)
{
    for (const el_example *e = verb->examples; e && e->command; e++) {
        el_buf_add(out, first ? "" : ".Pp\n");
        first = false;
        prose(e->what, out);
        el_buf_add(out, ".Bd -literal -offset indent\n");
        word(e->command, strlen(e->command), true, out);
        el_buf_add(out, "\n.Ed\n");
    }
}

static void example_section(const el_verb *const *verbs, el_buf *out)
{
    size_t before;

    el_buf_add(out, ".Sh EXAMPLES\n");
    before = out->len;
    for (size_t i = 0; verbs[i]; i++)
        if (verbs[i]->group)
            examples(verbs[i], out->len == before, out);
}

static void environment_section(el_buf *out)
{
    el_buf_add(out, ".Sh ENVIRONMENT\n");
    prose("Every option has a variable: its name in capitals with _ for -, "
          "after ENERGYLENS_. A flag on the command line wins over the "
          "variable, the variable over the project file.",
          out);
    el_buf_add(out, ".Bl -tag -width Ds\n.It Ev ENERGYLENS_SEED\n"
                    "As\n.Fl \\-seed ;\nso for every option.\n"
                    ".It Ev NO_COLOR\nWhen set and not empty, no colour.\n"
                    ".It Ev COLUMNS\nWidth of tables and help.\n"
                    ".It Ev EL_NVML_PATH\n"
                    "Library to load in place of libnvidia\\-ml.so.1.\n.El\n");
}

static void files_section(el_buf *out)
{
    el_buf_add(out,
               ".Sh FILES\n.Bl -tag -width Ds\n.It Pa " EL_SETTINGS_FILE "\n");
    prose("Settings of the project, read from the current folder. Options of "
          "all verbs stand at the top, those of one verb under its name:",
          out);
    el_buf_add(out, ".Bd -literal\n"
                    "{\"schema\": \"" EL_SETTINGS_SCHEMA "\", \"version\": 1,\n"
                    " \"seed\": 7, \"fit\": {\"min\\-latency\": \"1.5s\"}}\n"
                    ".Ed\n.El\n");
}

static void exit_section(el_buf *out)
{
    static const struct {
        const char *code, *what;
    } codes[] = {
        {"0", "Done."},
        {"1", "Done, but the answer is no: infeasible, not converged, a check "
              "failed."},
        {"2", "Wrong usage."},
        {"3", "Bad input data, or a format newer than this program."},
        {"4", "Input or output failed, or a device or endpoint."},
        {"5", "A computation failed numerically."},
        {"70", "Out of memory or an internal error."},
        {"128+n", "Ended by signal n."}};

    el_buf_add(out, ".Sh EXIT STATUS\n.Bl -tag -width 128+n\n");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        el_buf_printf(out, ".It %s\n", codes[i].code);
        prose(codes[i].what, out);
    }
    el_buf_add(out, ".El\n");
}

void el_man_page(const el_verb *const *verbs, el_buf *out)
{
    static const el_verb any = {.name = ""};

    el_buf_add(out, ".\\\" Made by 'energylens man'; do not edit.\n"
                    ".Dd " MAN_DATE "\n.Dt ENERGYLENS 1\n.Os\n"
                    ".Sh NAME\n.Nm energylens\n"
                    ".Nd joules of serving a language model\n"
                    ".Sh SYNOPSIS\n.Nm\n.Ar verb\n.Op Ar options\n"
                    ".Op Ar\n.Sh DESCRIPTION\n.Nm\n");
    prose("answers what it costs to serve a language model, in joules, and "
          "which configuration costs least while the latency promise is kept. "
          "Results go to standard output, warnings, errors and progress to "
          "standard error.",
          out);
    el_buf_add(out, ".Ss Options of every verb\n");
    options(&any, el_common_options, out);
    for (size_t i = 0; verbs[i]; i++)
        if (verbs[i]->group)
            verb_section(verbs[i], out);
    environment_section(out);
    files_section(out);
    exit_section(out);
    example_section(verbs, out);
}

void el_man_verb_page(const el_verb *verb, el_buf *out)
{
    el_buf_add(out, ".\\\" Made by 'energylens man'; do not edit.\n"
                    ".Dd " MAN_DATE "\n.Dt ENERGYLENS-");
    for (const char *c = verb->name; *c; c++)
        el_buf_printf(out, "%c", *c - 'a' + 'A');
    el_buf_printf(out, " 1\n.Os\n.Sh NAME\n.Nm energylens-%s\n.Nd ",
                  verb->name);
    word(verb->summary, strlen(verb->summary), false, out);
    el_buf_printf(out,
                  "\n.Sh SYNOPSIS\n.Nm energylens\n.Cm %s\n.Op Ar options\n",
                  verb->name);
    if (verb->usage) {
        el_buf_add(out, ".Ar ");
        usage(verb, out);
    }
    el_buf_add(out, ".Sh DESCRIPTION\n");
    prose(verb->about ? verb->about : verb->summary, out);
    options(verb, verb->options, out);
    el_buf_add(out, ".Ss Options of every verb\n");
    options(verb, el_common_options, out);
    if (verb->examples) {
        el_buf_add(out, ".Sh EXAMPLES\n");
        examples(verb, true, out);
    }
    el_buf_add(out, ".Sh SEE ALSO\n.Xr energylens 1\nfor settings, "
                    "variables and exit codes\n");
}
