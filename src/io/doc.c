/* SPDX-License-Identifier: Apache-2.0 */
#include "io/doc.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "io/doc_style.h"
#include "io/xml.h"

#define TEXT_WIDTH  96 /* of a chart in characters */
#define TEXT_HEIGHT 22

static bool is_html(const el_doc *doc)
{
    return doc->kind == EL_DOC_HTML;
}

/* Markdown: what would mean something else than itself. */
static void add_plain(el_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '*' || *text == '_' || *text == '`' ||
            *text == '<' || *text == '\\')
            el_buf_add(out, "\\");
        el_buf_add_n(out, *text == '\n' ? " " : text, 1);
    }
}

static void add_text(el_doc *doc, const char *text)
{
    if (is_html(doc))
        el_xml_text(doc->out, text);
    else
        add_plain(doc->out, text);
}

EL_PRINTF(2, 0)
static void add_format(el_doc *doc, const char *fmt, va_list args)
{
    el_buf text = {0};

    el_buf_vprintf(&text, fmt, args);
    add_text(doc, el_buf_text(&text));
    doc->out->failed |= !el_buf_ok(&text);
    el_buf_clear(&text);
}

void el_doc_begin(el_doc *doc, const char *title, const char *lead)
{
    el_buf *out = doc->out;

    if (!is_html(doc)) {
        el_buf_add(out, "# ");
        add_text(doc, title);
        el_buf_add(out, "\n\n");
        if (lead)
            add_text(doc, lead);
        el_buf_add(out, lead ? "\n\n" : "");
        return;
    }
    el_buf_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                    "<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, "
                    "initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<title>");
    add_text(doc, title);
    el_buf_add(out, "</title>\n<style>\n" EL_DOC_STYLE "</style>\n</head>\n"
                    "<body>\n<header>\n<h1>");
    add_text(doc, title);
    el_buf_add(out, "</h1>\n");
    if (lead) {
        el_buf_add(out, "<p>");
        add_text(doc, lead);
        el_buf_add(out, "</p>\n");
    }
    el_buf_add(out, "</header>\n<main>\n");
}

static void end_section(el_doc *doc)
{
    if (is_html(doc) && doc->n_section > 0)
        el_buf_add(doc->out, "</section>\n");
}

void el_doc_section(el_doc *doc, const char *heading)
{
    el_buf *out = doc->out;

    end_section(doc);
    doc->n_section++;
    if (is_html(doc))
        el_buf_printf(out, "<section aria-labelledby=\"s%u\">\n<h2 id=\"s%u\">",
                      doc->n_section, doc->n_section);
    else
        el_buf_add(out, "## ");
    add_text(doc, heading);
    el_buf_add(out, is_html(doc) ? "</h2>\n" : "\n\n");
}

/* Text between what stands before and after it in either kind. */
EL_PRINTF(4, 0)
static void add_block(el_doc *doc, const char *const html[2],
                      const char *const plain[2], const char *fmt, va_list args)
{
    const char *const *around = is_html(doc) ? html : plain;

    el_buf_add(doc->out, around[0]);
    add_format(doc, fmt, args);
    el_buf_add(doc->out, around[1]);
}

void el_doc_text(el_doc *doc, const char *fmt, ...)
{
    static const char *const html[] = {"<p>", "</p>\n"};
    static const char *const plain[] = {"", "\n\n"};
    va_list args;

    va_start(args, fmt);
    add_block(doc, html, plain, fmt, args);
    va_end(args);
}

void el_doc_call_out(el_doc *doc, const char *fmt, ...)
{
    static const char *const html[] = {"<p class=\"call\">", "</p>\n"};
    static const char *const plain[] = {"**", "**\n\n"};
    va_list args;

    va_start(args, fmt);
    add_block(doc, html, plain, fmt, args);
    va_end(args);
}

void el_doc_code(el_doc *doc, const char *text)
{
    el_buf *out = doc->out;

    el_buf_add(out, is_html(doc) ? "<pre tabindex=\"0\">" : "```\n");
    if (is_html(doc))
        el_xml_text(out, text);
    else
        el_buf_add(out, text);
    if (!is_html(doc) && out->len > 0 && out->text[out->len - 1] != '\n')
        el_buf_add(out, "\n");
    el_buf_add(out, is_html(doc) ? "</pre>\n" : "```\n\n");
}

/* ---- tables ---- */

static bool is_numeric(const el_doc *doc, unsigned column)
{
    return (doc->numeric >> column & 1u) != 0;
}

static void plain_heading(el_doc *doc, const char *caption,
                          const char *const *heading)
{
    el_buf *out = doc->out;

    add_text(doc, caption);
    el_buf_add(out, ":\n\n|");
    for (unsigned i = 0; i < doc->n_column; i++) {
        el_buf_add(out, " ");
        add_text(doc, heading[i] + is_numeric(doc, i));
        el_buf_add(out, " |");
    }
    el_buf_add(out, "\n|");
    for (unsigned i = 0; i < doc->n_column; i++)
        el_buf_add(out, is_numeric(doc, i) ? "---:|" : "---|");
    el_buf_add(out, "\n");
}

static void html_heading(el_doc *doc, const char *caption,
                         const char *const *heading)
{
    el_buf *out = doc->out;

    el_buf_add(out, "<div class=\"wide\" tabindex=\"0\">\n<table>\n<caption>");
    add_text(doc, caption);
    el_buf_add(out, "</caption>\n<thead><tr>");
    for (unsigned i = 0; i < doc->n_column; i++) {
        el_buf_add(out, is_numeric(doc, i) ? "<th scope=\"col\" class=\"n\">"
                                           : "<th scope=\"col\">");
        add_text(doc, heading[i] + is_numeric(doc, i));
        el_buf_add(out, "</th>");
    }
    el_buf_add(out, "</tr></thead>\n<tbody>\n");
}

void el_doc_table(el_doc *doc, const char *caption, const char *const *heading,
                  unsigned n)
{
    doc->n_column = n;
    doc->column = 0;
    doc->numeric = 0;
    for (unsigned i = 0; i < n; i++)
        if (heading[i][0] == '>')
            doc->numeric |= 1ul << i;
    if (is_html(doc))
        html_heading(doc, caption, heading);
    else
        plain_heading(doc, caption, heading);
}

/* attributes: of an HTML cell, behind its class. */
static void begin_cell(el_doc *doc, const char *class, const char *attributes)
{
    bool first = doc->column == 0, numeric = is_numeric(doc, doc->column);

    if (is_html(doc))
        el_buf_printf(doc->out, "%s%s%s%s%s%s>", first ? "<tr>" : "",
                      first ? "<th scope=\"row\"" : "<td",
                      numeric ? " class=\"n" : "", numeric ? class : "",
                      numeric ? "\"" : "", attributes);
    else
        el_buf_add(doc->out, first ? "| " : " ");
}

static void end_cell(el_doc *doc)
{
    bool first = doc->column == 0, last = doc->column + 1 == doc->n_column;

    if (is_html(doc))
        el_buf_printf(doc->out, "%s%s", first ? "</th>" : "</td>",
                      last ? "</tr>\n" : "");
    else
        el_buf_add(doc->out, last ? " |\n" : " |");
    doc->column = last ? 0 : doc->column + 1;
}

void el_doc_cell(el_doc *doc, const char *fmt, ...)
{
    va_list args;

    begin_cell(doc, "", "");
    va_start(args, fmt);
    add_format(doc, fmt, args);
    va_end(args);
    end_cell(doc);
}

void el_doc_share(el_doc *doc, double share, const char *text)
{
    char style[40];

    (void)snprintf(style, sizeof style, " style=\"--part:%.1f%%\"",
                   100.0 * fmin(fmax(share, 0.0), 1.0));
    begin_cell(doc, " part", style);
    add_text(doc, text);
    end_cell(doc);
}

void el_doc_table_end(el_doc *doc)
{
    el_buf_add(doc->out, is_html(doc) ? "</tbody>\n</table>\n</div>\n" : "\n");
}

/* ---- charts ---- */

static void caption(el_doc *doc, const el_plot *plot)
{
    add_text(doc, plot->title ? plot->title : "");
    if (plot->subtitle) {
        el_buf_add(doc->out, ". ");
        add_text(doc, plot->subtitle);
    }
}

static el_status text_chart(el_doc *doc, const el_plot *plot, el_error *err)
{
    const el_plot_text_style style = {
        .width = TEXT_WIDTH, .height = TEXT_HEIGHT, .utf8 = true};
    el_buf *out = doc->out;
    el_status st;

    el_buf_add(out, "```\n");
    st = plot->heat ? el_plot_heat_text(plot->heat, &style, out, err)
                    : el_plot_text(plot, &style, out, err);
    el_buf_add(out, "```\n\n");
    caption(doc, plot);
    el_buf_add(out, "\n\n");
    return st;
}

el_status el_doc_chart(const el_plot *plot, void *ctx, el_error *err)
{
    el_doc *doc = ctx;
    el_plot bare = *plot;
    el_status st;

    if (!is_html(doc))
        return text_chart(doc, plot, err);
    bare.spoken = plot->title; /* both are in the caption, where they wrap */
    bare.title = bare.subtitle = NULL;
    el_buf_add(doc->out, "<figure>\n<div class=\"wide\" tabindex=\"0\">\n");
    st = el_plot_svg(&bare, doc->out, err);
    el_buf_add(doc->out, "</div>\n<figcaption>");
    caption(doc, plot);
    el_buf_add(doc->out, "</figcaption>\n</figure>\n");
    return st;
}

el_status el_doc_end(el_doc *doc, el_error *err)
{
    end_section(doc);
    el_buf_add(doc->out, is_html(doc) ? "</main>\n<footer>\n<p>" : "---\n\n");
    add_text(doc, "Made by EnergyLens " EL_VERSION
                  ". No network was used; the page holds all it shows.");
    el_buf_add(doc->out,
               is_html(doc) ? "</p>\n</footer>\n</body>\n</html>\n" : "\n");
    if (el_buf_ok(doc->out))
        return EL_OK;
    return el_fail(err, EL_E_NOMEM, "document: out of memory");
}
