/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <math.h>
#include <string.h>

#include "cli/term.h"

#define HELP_COLUMN 28u /* where the explanations start */
#define NARROW      60u /* below: explanations on lines of their own */
#define WIDEST      100u

static void spaces(el_buf *out, size_t n)
{
    while (n-- > 0)
        el_buf_add(out, " ");
}

void el_help_wrap(const char *text, size_t at, size_t indent, size_t width,
                  el_buf *out)
{
    bool first = true;

    while (*text) {
        size_t gap = strspn(text, " \n");
        bool paragraph = gap >= 2 && text[0] == '\n' && text[1] == '\n';
        size_t len = strcspn(text + gap, " \n");
        size_t w = el_text_width_n(text + gap, len);

        if (len == 0)
            break;
        if (paragraph || (!first && at + 1 + w > width)) {
            el_buf_add(out, paragraph ? "\n\n" : "\n");
            spaces(out, indent);
            at = indent;
        } else if (!first) {
            el_buf_add(out, " ");
            at++;
        }
        el_buf_add_n(out, text + gap, len);
        at += w;
        text += gap + len;
        first = false;
    }
}

static size_t usable(int width)
{
    return width > (int)WIDEST ? WIDEST : (size_t)width;
}

static void heading(const char *text, el_help_style style, el_buf *out)
{
    el_buf_printf(out, "\n%s%s:%s\n", el_style_on(EL_STYLE_BOLD, style.color),
                  text, el_style_off(style.color));
}

/* "  left        right ..." with the right part wrapped. */
static void entry(const char *left, const char *right, size_t column,
                  size_t width, el_buf *out)
{
    size_t at = 2 + el_text_width(left);

    el_buf_printf(out, "  %s", left);
    if (width < NARROW)
        column = 6;
    if (at + 2 > column) {
        el_buf_add(out, "\n");
        at = 0;
    }
    spaces(out, column - at);
    el_help_wrap(right, column, column, width, out);
    el_buf_add(out, "\n");
}

const char *el_help_alias(const el_opt *opt, const el_verb *verb)
{
    const el_opt *own =
        opt->alias ? el_opt_find(verb->options, opt->alias, strlen(opt->alias))
                   : NULL;

    return own && own != opt ? NULL : opt->alias;
}

static void option_head(const el_opt *opt, const el_verb *verb, el_buf *out)
{
    const char *alias = el_help_alias(opt, verb);
    const char *meta = el_opt_meta(opt);

    if (opt->letter)
        el_buf_printf(out, "-%c, ", opt->letter);
    el_buf_printf(out, "--%s", opt->name);
    if (alias)
        el_buf_printf(out, ", --%s", alias);
    if (meta)
        el_buf_printf(out, " %s", meta);
}

static void add_choices(const el_opt *opt, el_buf *out)
{
    el_buf_add(out, " One of");
    for (size_t i = 0; opt->choices[i]; i++)
        el_buf_printf(out, "%s %s", i ? "," : "", opt->choices[i]);
    el_buf_add(out, ".");
}

void el_help_facts(const el_opt *opt, el_buf *out)
{
    if (opt->choices)
        add_choices(opt, out);
    if (opt->min < opt->max && isfinite(opt->max))
        el_buf_printf(out, " From %g to %g.", opt->min, opt->max);
    else if (opt->min < opt->max && opt->min != 0)
        el_buf_printf(out, " At least %g.", opt->min);
    if (opt->def && opt->kind != EL_OPT_FLAG)
        el_buf_printf(out, " Default: %s.", opt->def);
}

static void option(const el_opt *opt, const el_verb *verb, size_t width,
                   el_buf *out)
{
    el_buf head = {0}, text = {0};

    option_head(opt, verb, &head);
    el_buf_add(&text, opt->help);
    el_help_facts(opt, &text);
    entry(el_buf_text(&head), el_buf_text(&text), HELP_COLUMN, width, out);
    if (!el_buf_ok(&head) || !el_buf_ok(&text))
        out->failed = true;
    el_buf_clear(&text);
    el_buf_clear(&head);
}

static void option_groups(const el_verb *verb, const el_opt *options,
                          const char *fallback, el_help_style style,
                          el_buf *out)
{
    const char *group = NULL;

    for (const el_opt *o = options; o && o->name; o++) {
        const char *own = o->group ? o->group : fallback;

        if (!group || strcmp(group, own) != 0)
            heading(own, style, out);
        group = own;
        option(o, verb, usable(style.width), out);
    }
}

/* Length of the next word, with its value where it is an option. */
static size_t command_part(const char *text)
{
    size_t len = strcspn(text, " ");

    if (text[0] == '-' && text[len] && text[len + 1] != '-')
        len += 1 + strcspn(text + len + 1, " ");
    return len;
}

/* A command too long for the line is split as a shell reads it. */
static void command(const char *text, size_t width, el_buf *out)
{
    size_t at = 4;

    spaces(out, 4);
    while (*text) {
        size_t len = command_part(text);
        bool last = text[len] == '\0';

        if (at > 4 && at + len + (last ? 0 : 2) > width) {
            el_buf_add(out, "\\\n      ");
            at = 6;
        }
        el_buf_add_n(out, text, len);
        if (!last)
            el_buf_add(out, " ");
        at += len + 1;
        text += len + (last ? 0 : 1);
    }
    el_buf_add(out, "\n");
}

static void examples(const el_verb *verb, el_help_style style, el_buf *out)
{
    size_t width = usable(style.width);

    if (!verb->examples || !verb->examples->command)
        return;
    heading("Examples", style, out);
    for (const el_example *e = verb->examples; e->command; e++) {
        el_buf_add(out, "  ");
        el_help_wrap(e->what, 2, 2, width, out);
        el_buf_add(out, "\n");
        command(e->command, width, out);
    }
}

void el_help_summary(const el_verb *verb, el_buf *out)
{
    char first = verb->summary[0];

    if (first >= 'a' && first <= 'z')
        first = (char)(first - 'a' + 'A');
    el_buf_printf(out, "%c%s.", first, verb->summary + 1);
}

void el_help_verb(const el_verb *verb, el_help_style style, el_buf *out)
{
    size_t width = usable(style.width);

    el_buf_printf(out, "%sUsage:%s energylens %s [options]%s%s\n\n",
                  el_style_on(EL_STYLE_BOLD, style.color),
                  el_style_off(style.color), verb->name, verb->usage ? " " : "",
                  verb->usage ? verb->usage : "");
    el_help_summary(verb, out);
    el_buf_add(out, "\n");
    if (verb->about) {
        el_buf_add(out, "\n");
        el_help_wrap(verb->about, 0, 0, width, out);
        el_buf_add(out, "\n");
    }
    option_groups(verb, verb->options, "Options", style, out);
    option_groups(verb, el_common_options, "Common options", style, out);
    examples(verb, style, out);
}

void el_help_overview(const el_verb *const *verbs, el_help_style style,
                      el_buf *out)
{
    const char *group = NULL;
    size_t width = usable(style.width);

    el_buf_printf(out, "%sUsage:%s energylens VERB [options] [files]\n\n",
                  el_style_on(EL_STYLE_BOLD, style.color),
                  el_style_off(style.color));
    el_help_wrap("Joules of serving a language model, and the configuration "
                 "that costs least while the latency promise is kept.",
                 0, 0, width, out);
    el_buf_add(out, "\n");
    for (size_t i = 0; verbs[i]; i++) {
        if (!verbs[i]->group)
            continue;
        if (!group || strcmp(group, verbs[i]->group) != 0)
            heading(verbs[i]->group, style, out);
        group = verbs[i]->group;
        entry(verbs[i]->name, verbs[i]->summary, 14, width, out);
    }
    el_buf_add(out, "\n");
    el_help_wrap("'energylens VERB --help' shows the options of a verb and an "
                 "example.",
                 0, 0, width, out);
    el_buf_add(out, "\n");
}
