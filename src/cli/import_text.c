/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/import_text.h"

#include <math.h>
#include <string.h>

#include "cli/help.h"

#define INDENT 10u

/* "  used    a, b, c", wrapped. */
static void names(const char *title, const el_import_names *list, int width,
                  el_buf *out)
{
    el_buf line = {0};

    if (list->n == 0)
        return;
    for (size_t i = 0; i < list->n; i++)
        el_buf_printf(&line, "%s%s", i ? ", " : "", list->name[i]);
    if (list->n_more > 0)
        el_buf_printf(&line, " and %zu more", list->n_more);
    out->failed = out->failed || !el_buf_ok(&line);
    el_buf_printf(out, "  %-8s", title);
    el_help_wrap(el_buf_text(&line), INDENT, INDENT, (size_t)width, out);
    el_buf_add(out, "\n");
    el_buf_clear(&line);
}

/* Every line of text with a mark before it. */
static void lines(const char *text, const char *title, int width, el_buf *out)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        el_buf line = {0};

        el_buf_add_n(&line, text, n);
        out->failed = out->failed || !el_buf_ok(&line);
        el_buf_printf(out, "  %-8s", title);
        el_help_wrap(el_buf_text(&line), INDENT, INDENT, (size_t)width, out);
        el_buf_add(out, "\n");
        el_buf_clear(&line);
        text += n + (text[n] == '\n');
    }
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void counts(const el_import_source *s, el_buf *out)
{
    const el_import *i = &s->import;

    if (i->n_row > 0)
        el_buf_printf(out, "%zu row%s", i->n_row, plural(i->n_row));
    if (i->n_sample > 0)
        el_buf_printf(out, "%s%zu reading%s of %zu GPU%s", i->n_row ? ", " : "",
                      i->n_sample, plural(i->n_sample), i->gpus.n,
                      plural(i->gpus.n));
    if (i->n_window > 0)
        el_buf_printf(out, "%s%zu window%s of %zu GPU%s", i->n_row ? ", " : "",
                      i->n_window, plural(i->n_window), i->gpus.n,
                      plural(i->gpus.n));
    if (s->is_power && s->span_s > 0)
        el_buf_printf(out, ", %.6g s", s->span_s);
    if (s->is_power && s->energy_j > 0)
        el_buf_printf(out, ", %.6g J, mean %.4g W", s->energy_j,
                      s->energy_j / s->span_s);
    el_buf_add(out, "\n");
}

static void one(const el_import_source *s, int width, el_buf *out)
{
    const el_import *i = &s->import;

    if (s->refused[0]) {
        el_buf_printf(out, "refused   ");
        el_help_wrap(s->refused, INDENT, INDENT, (size_t)width, out);
        el_buf_add(out, "\n");
        return;
    }
    el_buf_printf(out, "%s: %s: ", s->path, i->format);
    counts(s, out);
    names("used", &i->used, width, out);
    names("ignored", &i->ignored, width, out);
    lines(el_buf_text(&i->said), "note", width, out);
    if (s->n_counter_fell > 0)
        el_buf_printf(out,
                      "  note    the energy counter of %zu GPU%s falls (reset "
                      "or wrap): power is integrated\n",
                      s->n_counter_fell, plural(s->n_counter_fell));
    if (i->n_skipped > 0)
        el_buf_printf(out, "  note    %zu record%s passed over\n", i->n_skipped,
                      plural(i->n_skipped));
    if (i->n_not_positive > 0)
        el_buf_printf(out,
                      "  note    %zu value%s not above 0: not measured, left "
                      "blank\n",
                      i->n_not_positive, plural(i->n_not_positive));
}

/* What fit and evaluate refuse to read. */
static void needed(const el_imported *imported, int width, el_buf *out)
{
    size_t n[6] = {0};
    static const char *const what[] = {
        "model (--model)",      "gpu (--gpu)",           "tp (--tp)",
        "batch_size (--batch)", "output_tokens (--osl)", "energy (--power)"};
    el_buf line = {0};

    for (size_t i = 0; i < imported->n_row; i++) {
        const el_import_row *r = &imported->row[i];

        n[0] += r->model == NULL;
        n[1] += r->gpu == NULL;
        n[2] += !el_is_known(r->tp);
        n[3] += !el_is_known(r->batch_size);
        n[4] += !el_is_known(r->output_tokens);
        n[5] += !el_is_known(r->energy_j) &&
                !el_is_known(r->energy_per_request_j) &&
                !el_is_known(r->energy_per_output_token_j);
    }
    for (size_t k = 0; k < 6; k++)
        if (n[k] > 0)
            el_buf_printf(&line, "%s%s in %zu",
                          el_buf_ok(&line) && line.len ? ", " : "", what[k],
                          n[k]);
    if (line.len > 0) {
        el_buf_add(out, "Blank     ");
        el_help_wrap(el_buf_text(&line), INDENT, INDENT, (size_t)width, out);
        el_buf_printf(out, " of %zu row%s; fit needs them.\n", imported->n_row,
                      plural(imported->n_row));
    }
    out->failed = out->failed || !el_buf_ok(&line);
    el_buf_clear(&line);
}

el_status el_import_summary(const el_imported *imported, int width, el_buf *out,
                            el_error *err)
{
    for (size_t i = 0; i < imported->n_source; i++)
        one(&imported->source[i], width, out);
    lines(el_buf_text(&imported->said), "join", width, out);
    if (imported->n_row > 0)
        el_buf_printf(out, "Rows      %zu, energy of %zu from power logs\n",
                      imported->n_row, imported->n_joined);
    needed(imported, width, out);
    if (!el_buf_ok(out))
        return el_fail(err, EL_E_NOMEM, "import: out of memory");
    return EL_OK;
}
