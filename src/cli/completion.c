/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

#include "cli/help.h"

#define ZSH_QUOTE  "'\\''"
#define FISH_QUOTE "\\'"

const char *const el_shells[] = {"none", "bash", "zsh", "fish", NULL};

static bool is_shown(const el_verb *verb)
{
    return verb->group != NULL;
}

/* Each option of a verb: its own, then those of every verb. */
typedef void (*option_fn)(const el_opt *opt, const el_verb *verb, el_buf *out);

static void each_option(const el_verb *verb, option_fn print, el_buf *out)
{
    const el_opt *const table[] = {verb->options, el_common_options};

    for (size_t t = 0; t < 2; t++)
        for (const el_opt *o = table[t]; o && o->name; o++)
            print(o, verb, out);
}

static void choices(const el_opt *opt, el_buf *out)
{
    for (size_t i = 0; opt->choices[i]; i++)
        el_buf_printf(out, "%s%s", i ? " " : "", opt->choices[i]);
}

static void verb_names(const el_verb *const *verbs, el_buf *out)
{
    const char *gap = "";

    for (size_t i = 0; verbs[i]; i++)
        if (is_shown(verbs[i])) {
            el_buf_printf(out, "%s%s", gap, verbs[i]->name);
            gap = " ";
        }
}

/* The first sentence without its full stop, between single quotes: `quote`
 * stands for one, what `escaped` holds comes behind a backslash. */
static void sentence(const char *text, const char *escaped, const char *quote,
                     el_buf *out)
{
    size_t len = strlen(text);
    const char *stop = strstr(text, ". ");

    if (stop)
        len = (size_t)(stop - text);
    else if (len && text[len - 1] == '.')
        len--;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'') {
            el_buf_add(out, quote);
            continue;
        }
        if (strchr(escaped, text[i]))
            el_buf_add(out, "\\");
        el_buf_add_n(out, text + i, 1);
    }
}

/* bash */

static void bash_name(const el_opt *opt, const el_verb *verb, el_buf *out)
{
    const char *alias = el_help_alias(opt, verb);

    el_buf_printf(out, " --%s", opt->name);
    if (alias)
        el_buf_printf(out, " --%s", alias);
}

/* What may come after an option. */
static void bash_value(const el_opt *opt, const el_verb *verb, el_buf *out)
{
    const char *alias = el_help_alias(opt, verb);

    if (!opt->choices)
        return;
    el_buf_printf(out, "        --%s", opt->name);
    if (alias)
        el_buf_printf(out, " | --%s", alias);
    el_buf_add(out, ") words=\"");
    choices(opt, out);
    el_buf_add(out, "\" ;;\n");
}

static void bash_verb(const el_verb *verb, el_buf *out)
{
    el_buf_printf(out, "    %s)\n        case $before in\n", verb->name);
    each_option(verb, bash_value, out);
    el_buf_add(out, "        *) case $word in -*) words=\"");
    each_option(verb, bash_name, out);
    el_buf_add(out, "\" ;; esac ;;\n        esac\n        ;;\n");
}

static void bash(const el_verb *const *verbs, el_buf *out)
{
    el_buf_add(out, "_energylens()\n{\n"
                    "    local word=$2 before=$3 words=\n"
                    "    case $COMP_CWORD:${COMP_WORDS[1]} in\n"
                    "    1:*) words=\"");
    verb_names(verbs, out);
    el_buf_add(out, "\" ;;\n    esac\n    [ \"$COMP_CWORD\" -eq 1 ] ||\n"
                    "    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; verbs[i]; i++)
        if (is_shown(verbs[i]))
            bash_verb(verbs[i], out);
    el_buf_add(
        out, "    esac\n"
             "    COMPREPLY=()\n"
             "    while IFS= read -r word; do COMPREPLY+=(\"$word\"); done \\\n"
             "        < <(compgen -W \"$words\" -- \"$2\")\n"
             "}\n"
             "complete -o default -F _energylens energylens\n");
}

/* zsh */

static void zsh_spec(const char *name, const el_opt *opt, el_buf *out)
{
    const char *meta = el_opt_meta(opt);

    el_buf_printf(out, "            '--%s[", name);
    sentence(opt->help, "[]:\\", ZSH_QUOTE, out);
    el_buf_add(out, "]");
    if (opt->choices) {
        el_buf_add(out, ":value:(");
        choices(opt, out);
        el_buf_add(out, ")");
    } else if (meta) {
        el_buf_add(out, ":");
        sentence(meta, "[]:\\", ZSH_QUOTE, out);
        el_buf_add(out, ":_files");
    }
    el_buf_add(out, "' \\\n");
}

static void zsh_option(const el_opt *opt, const el_verb *verb, el_buf *out)
{
    const char *alias = el_help_alias(opt, verb);

    zsh_spec(opt->name, opt, out);
    if (alias)
        zsh_spec(alias, opt, out);
}

static void zsh(const el_verb *const *verbs, el_buf *out)
{
    el_buf_add(out, "_energylens()\n{\n"
                    "    local -a verbs\n"
                    "    if (( CURRENT == 2 )); then\n"
                    "        verbs=(\n");
    for (size_t i = 0; verbs[i]; i++)
        if (is_shown(verbs[i])) {
            el_buf_printf(out, "            '%s:", verbs[i]->name);
            sentence(verbs[i]->summary, ":\\", ZSH_QUOTE, out);
            el_buf_add(out, "'\n");
        }
    el_buf_add(out, "        )\n        _describe verb verbs\n"
                    "        return\n    fi\n"
                    "    shift words\n    (( CURRENT-- ))\n"
                    "    case $words[1] in\n");
    for (size_t i = 0; verbs[i]; i++)
        if (is_shown(verbs[i])) {
            el_buf_printf(out, "    %s)\n        _arguments \\\n",
                          verbs[i]->name);
            each_option(verbs[i], zsh_option, out);
            el_buf_add(out, "            '*:file:_files'\n        ;;\n");
        }
    el_buf_add(out, "    esac\n}\n_energylens \"$@\"\n");
}

/* fish */

static void fish_option(const el_opt *opt, const el_verb *verb, el_buf *out)
{
    const char *alias = el_help_alias(opt, verb);
    const char *const name[] = {opt->name, alias};

    for (size_t i = 0; i < 2 && name[i]; i++) {
        el_buf_printf(out,
                      "complete -c energylens -n '__fish_seen_subcommand_from "
                      "%s' -l %s",
                      verb->name, name[i]);
        if (opt->letter && i == 0)
            el_buf_printf(out, " -s %c", opt->letter);
        if (opt->choices) {
            el_buf_add(out, " -x -a '");
            choices(opt, out);
            el_buf_add(out, "'");
        } else if (opt->kind != EL_OPT_FLAG)
            el_buf_add(out, " -r -F");
        el_buf_add(out, " -d '");
        sentence(opt->help, "\\", FISH_QUOTE, out);
        el_buf_add(out, "'\n");
    }
}

static void fish(const el_verb *const *verbs, el_buf *out)
{
    for (size_t i = 0; verbs[i]; i++)
        if (is_shown(verbs[i])) {
            el_buf_printf(out,
                          "complete -c energylens -n __fish_use_subcommand -f "
                          "-a %s -d '",
                          verbs[i]->name);
            sentence(verbs[i]->summary, "\\", FISH_QUOTE, out);
            el_buf_add(out, "'\n");
        }
    for (size_t i = 0; verbs[i]; i++)
        if (is_shown(verbs[i]))
            each_option(verbs[i], fish_option, out);
}

void el_completion(const el_verb *const *verbs, el_shell shell, el_buf *out)
{
    if (shell == EL_SHELL_ZSH)
        el_buf_add(out, "#compdef energylens\n");
    el_buf_printf(out, "# Made by 'energylens man --completion %s'.\n",
                  el_shells[shell]);
    switch (shell) {
    case EL_SHELL_NONE:
        break;
    case EL_SHELL_BASH:
        bash(verbs, out);
        break;
    case EL_SHELL_ZSH:
        zsh(verbs, out);
        break;
    case EL_SHELL_FISH:
        fish(verbs, out);
        break;
    }
}
