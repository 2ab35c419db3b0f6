/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "app/doctor.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/meter_text.h"
#include "cli/settings.h"
#include "cli/term.h"
#include "cli/verbs.h"
#include "io/json.h"

static json_t *to_json(const el_doctor *d, const el_meters *meters,
                       bool stdout_is_tty)
{
    json_t *libraries = json_object();

    for (size_t i = 0; i < EL_DOCTOR_ITEMS; i++)
        json_object_set_new(
            libraries, d->item[i].name,
            json_pack("{s:b, s:s, s:s}", "found", d->item[i].found, "detail",
                      d->item[i].detail, "needed_for", d->item[i].needed_for));
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:b, s:b, s:b, s:o, s:o}",
                     "version", d->version, "compiler", d->compiler, "build",
                     d->build, "cores", (json_int_t)d->n_cores, "memory_bytes",
                     el_json_number(d->memory_bytes), "stdout_is_terminal",
                     stdout_is_tty, "utf8", el_term_utf8(), "project_file",
                     access(EL_SETTINGS_FILE, R_OK) == 0, "libraries",
                     libraries, "meters", el_meters_json(meters));
}

static void line(el_cli *cli, const char *name, const char *value)
{
    el_buf_printf(&cli->out, "%-14s %s\n", name, value);
}

static void item_line(el_cli *cli, const el_doctor_item *item)
{
    const char *on =
        el_style_on(item->found ? EL_STYLE_GOOD : EL_STYLE_WARN, cli->color);
    const char *off = el_style_off(cli->color);

    el_buf_printf(&cli->out, "%-14s %s%s%s  %s (for %s)\n", item->name, on,
                  item->found ? "found" : "not found", off, item->detail,
                  item->needed_for);
}

static void print(el_cli *cli, const el_doctor *d, const el_meters *meters,
                  bool tty)
{
    line(cli, "energylens", d->version);
    line(cli, "compiler", d->compiler);
    line(cli, "build", d->build);
    line(cli, "cores", el_fmt_count((uint64_t)d->n_cores).s);
    line(cli, "memory", el_fmt_bytes(d->memory_bytes).s);
    line(cli, "terminal",
         tty ? "yes" : "no, the output goes to a file or pipe");
    line(cli, "characters", el_term_utf8() ? "UTF-8" : "ASCII");
    line(cli, "project file",
         access(EL_SETTINGS_FILE, R_OK) == 0 ? EL_SETTINGS_FILE : "none here");
    for (size_t i = 0; i < EL_DOCTOR_ITEMS; i++)
        item_line(cli, &d->item[i]);
    el_buf_add(&cli->out, "\nMeters\n");
    el_meters_text(cli, meters);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    bool tty = el_term_is_tty(STDOUT_FILENO);
    el_meters meters;
    el_doctor d;
    el_status st;

    (void)args;
    el_app_doctor(&d);
    st = el_app_meters(&meters, err);
    if (st != EL_OK)
        return st;
    if (cli->json)
        st = el_cli_json(cli, to_json(&d, &meters, tty), err);
    else
        print(cli, &d, &meters, tty);
    el_meters_clear(&meters);
    return st;
}

static const el_example examples[] = {
    {"energylens doctor", "What is installed, and which meters there are."},
    {NULL, NULL}};

const el_verb el_verb_doctor = {
    .name = "doctor",
    .group = "Tool",
    .summary = "show what is installed on this machine",
    .about = "Nothing that is missing stops predictions: cairo is for PNG "
             "charts, the meters are for measuring. For each meter it says "
             "what its devices can tell, or why it is not there.",
    .examples = examples,
    .no_settings = true,
    .run = run};
