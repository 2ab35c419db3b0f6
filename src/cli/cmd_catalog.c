/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "app/catalog.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/help.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "cli/verbs.h"
#include "io/catalog_json.h"

#define GIB   (1024.0 * 1024.0 * 1024.0)
#define TERA  1e12
#define GIGA  1e9
#define LABEL 12

static el_status list_gpus(const el_catalog *catalog, const el_cli *cli,
                           el_buf *out, el_error *err)
{
    static const el_column column[] = {
        {"gpu", NULL, true, 0},          {"vendor", NULL, true, 4},
        {"arch", NULL, true, 5},         {"memory", "GiB", false, 0},
        {"bandwidth", "TB/s", false, 1}, {"bf16", "TFLOP/s", false, 1},
        {"fp8", "TFLOP/s", false, 2},    {"TDP", "W", false, 0},
        {"idle", "W", false, 2},         {"link", "GB/s", false, 3}};
    el_text_table *t = el_text_table_new(column, 10);
    el_status st;

    for (size_t i = 0; i < el_catalog_n_gpus(catalog); i++) {
        const el_gpu *g = el_catalog_gpu_at(catalog, i);

        el_text_table_cell(t, g->slug);
        el_text_table_cell(t, g->vendor);
        el_text_table_cell(t, g->arch);
        el_text_table_number(t, g->memory_bytes / GIB, 4);
        el_text_table_number(t, g->mem_bw_bytes_s / TERA, 3);
        el_text_table_number(t, g->fp16_flop_s / TERA, 4);
        el_text_table_number(t, g->fp8_flop_s / TERA, 4);
        el_text_table_number(t, g->tdp_w, 4);
        el_text_table_number(t, g->idle_w, 3);
        el_text_table_number(t, g->link_bytes_s / GIGA, 4);
    }
    st = el_text_table_print(t, cli->width, cli->color, out, err);
    el_text_table_free(t);
    return st;
}

static el_status list_models(const el_catalog *catalog, const el_cli *cli,
                             el_buf *out, el_error *err)
{
    static const el_column column[] = {
        {"model", NULL, true, 0},    {"kind", NULL, true, 1},
        {"params", "1e9", false, 0}, {"active", "1e9", false, 1},
        {"layers", NULL, false, 3},  {"hidden", NULL, false, 4},
        {"experts", NULL, false, 2}, {"KV cache", "kB/token", false, 2},
        {"weights", "bit", false, 5}};
    el_text_table *t = el_text_table_new(column, 9);
    el_status st;

    for (size_t i = 0; i < el_catalog_n_llms(catalog); i++) {
        const el_llm *m = el_catalog_llm_at(catalog, i);

        el_text_table_cell(t, m->slug);
        el_text_table_cell(t, el_arch_text(m->arch));
        el_text_table_number(t, m->params / GIGA, 3);
        el_text_table_number(t, m->active_params / GIGA, 3);
        el_text_table_cell(t, el_fmt_number(m->layers, 4).s);
        el_text_table_cell(t, el_fmt_number(m->hidden, 6).s);
        el_text_table_cell(t, el_fmt_number(m->experts, 4).s);
        el_text_table_number(t, m->kv_bytes_per_token / 1e3, 4);
        el_text_table_number(t, m->weight_bits, 3);
    }
    st = el_text_table_print(t, cli->width, cli->color, out, err);
    el_text_table_free(t);
    return st;
}

/* Keys end in their unit, so that only the number is needed. */
static void fact_cell(el_text_table *t, double v)
{
    if (!el_is_known(v))
        el_text_table_cell(t, "-");
    else
        el_text_table_cellf(t, "%.7g", v);
}

static void aliases(const el_entry *e, const el_cli *cli, el_buf *out)
{
    el_buf list = {0};

    for (size_t i = 0; i < e->n_alias; i++)
        el_buf_printf(&list, "%s%s", i ? ", " : "", e->alias[i]);
    if (list.len > 0) {
        el_buf_printf(out, "%-*s", LABEL, "also");
        el_help_wrap(el_buf_text(&list), LABEL, LABEL, (size_t)cli->width, out);
        el_buf_add(out, "\n");
    }
    el_buf_clear(&list);
}

/* Index of the first fact with the same source: footnotes are numbered by
 * first appearance. */
static size_t source_number(const el_entry *e, size_t i)
{
    size_t n = 0;

    for (size_t k = 0; k <= i; k++) {
        bool first = true;

        for (size_t j = 0; j < k && first; j++)
            first = strcmp(e->fact[j].source, e->fact[k].source) != 0;
        n += first;
        if (strcmp(e->fact[k].source, e->fact[i].source) == 0)
            return n;
    }
    return n;
}

static void footnotes(const el_entry *e, const el_cli *cli, el_buf *out)
{
    size_t shown = 0;

    el_buf_add(out, "\n");
    for (size_t i = 0; i < e->n_fact; i++) {
        if (source_number(e, i) <= shown)
            continue;
        shown++;
        el_buf_printf(out, "[%zu] ", shown);
        el_help_wrap(e->fact[i].source, 4, 4, (size_t)cli->width, out);
        el_buf_add(out, "\n");
    }
}

static el_status fact_table(const el_entry *e, const el_cli *cli, el_buf *out,
                            el_error *err)
{
    static const el_column column[] = {{"value", NULL, true, 0},
                                       {"", NULL, false, 0},
                                       {"source", NULL, true, 0},
                                       {"confidence", NULL, true, 0},
                                       {"note", NULL, true, 1}};
    el_text_table *t = el_text_table_new(column, 5);
    el_status st;

    for (size_t i = 0; i < e->n_fact; i++) {
        el_text_table_cell(t, e->fact[i].key);
        fact_cell(t, e->fact[i].value);
        el_text_table_cellf(t, "[%zu]", source_number(e, i));
        el_text_table_cell(t, e->fact[i].confidence);
        el_text_table_cell(t, e->fact[i].note);
    }
    st = el_text_table_print(t, cli->width, cli->color, out, err);
    el_text_table_free(t);
    return st;
}

/* Every value with who says so. */
static el_status show_entry(const el_entry *e, const char *name,
                            const el_cli *cli, el_buf *out, el_error *err)
{
    el_status st;

    el_buf_printf(out, "%s%s%s  (%s)\n", el_style_on(EL_STYLE_BOLD, cli->color),
                  e->slug, el_style_off(cli->color), name);
    aliases(e, cli, out);
    el_buf_printf(out, "%-*s%s\n", LABEL, "file", e->path);
    if (*e->notes) {
        el_buf_printf(out, "%-*s", LABEL, "notes");
        el_help_wrap(e->notes, LABEL, LABEL, (size_t)cli->width, out);
        el_buf_add(out, "\n");
    }
    el_buf_add(out, "\n");
    st = fact_table(e, cli, out, err);
    footnotes(e, cli, out);
    return st;
}

static json_t *entry_json(const el_catalog_view *v, size_t i)
{
    return v->kind == EL_CATALOG_GPUS ? el_catalog_gpu_json(v->catalog, i)
                                      : el_catalog_llm_json(v->catalog, i);
}

static json_t *view_json(const el_catalog_view *v)
{
    const char *key = v->kind == EL_CATALOG_GPUS ? "gpus" : "models";
    size_t n = v->kind == EL_CATALOG_GPUS ? el_catalog_n_gpus(v->catalog)
                                          : el_catalog_n_llms(v->catalog);
    json_t *list = json_array();
    bool bad = !list;

    for (size_t i = v->has_entry ? v->entry : 0;
         !bad && i < (v->has_entry ? v->entry + 1 : n); i++)
        bad = json_array_append_new(list, entry_json(v, i)) != 0;
    if (bad) {
        json_decref(list);
        return NULL;
    }
    return json_pack("{s:o}", key, list);
}

static el_status print_view(el_cli *cli, const el_catalog_view *v,
                            el_error *err)
{
    bool gpus = v->kind == EL_CATALOG_GPUS;

    if (cli->json)
        return el_cli_json(cli, view_json(v), err);
    if (!v->has_entry)
        return gpus ? list_gpus(v->catalog, cli, &cli->out, err)
                    : list_models(v->catalog, cli, &cli->out, err);
    if (gpus)
        return show_entry(el_catalog_gpu_entry(v->catalog, v->entry),
                          el_catalog_gpu_at(v->catalog, v->entry)->name, cli,
                          &cli->out, err);
    return show_entry(el_catalog_llm_entry(v->catalog, v->entry),
                      el_catalog_llm_at(v->catalog, v->entry)->name, cli,
                      &cli->out, err);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    el_catalog_kind kind = EL_CATALOG_GPUS;
    el_catalog_view v;
    el_status st = el_catalog_kind_parse(cli->pos[0], &kind, err);

    (void)args;
    if (st == EL_OK)
        st = el_app_catalog(cli->catalog_dir, kind,
                            cli->n_pos > 1 ? cli->pos[1] : NULL, &v, err);
    if (st != EL_OK)
        return st;
    st = print_view(cli, &v, err);
    el_catalog_view_clear(&v);
    return st;
}

static const el_example examples[] = {
    {"energylens catalog gpus", "Every GPU, one line each."},
    {"energylens catalog models Qwen/Qwen3-8B",
     "One model: every value, who says so, how sure."},
    {"energylens catalog gpus h100 --json",
     "The entry as a file: change it, keep it, name its folder with "
     "--catalog."},
    {NULL, NULL}};

const el_verb el_verb_catalog = {
    .name = "catalog",
    .group = "Tool",
    .summary = "list GPUs and models and where their numbers come from",
    .usage = "gpus|models [NAME]",
    .about = "Names are understood as slug, as nvidia-smi prints them, and as "
             "Hugging Face ids.",
    .min_pos = 1,
    .max_pos = 2,
    .examples = examples,
    .run = run};
