/* SPDX-License-Identifier: Apache-2.0 */
#include "io/law_sheet.h"

#include <math.h>
#include <string.h>

#include "energylens/known.h"
#include "io/csv.h"
#include "io/json.h"

/* "relative", "log", "plain" */
static const char *loss_name(el_loss loss)
{
    static const char *const name[] = {"relative", "log", "plain"};

    return name[loss];
}

void el_law_unit(const el_law_sheet *sheet, const el_law *law, unsigned j,
                 el_buf *out)
{
    el_unit_reading reading;

    if (sheet->units &&
        el_expr_check_units(&law->expr, sheet->units, sheet->bases, &reading,
                            NULL) == EL_OK &&
        reading.known[j])
        el_unit_print(&reading.constant[j], sheet->bases, out);
}

static json_t *text_json(el_buf *text)
{
    json_t *v = el_buf_ok(text) ? json_string(el_buf_text(text)) : NULL;

    el_buf_clear(text);
    return v;
}

static json_t *formula_json(const el_law_sheet *sheet, const el_law *law)
{
    const el_expr_style style = {EL_NOTATION_TEXT, 0};
    el_buf text = {0};

    el_expr_print(&law->expr, sheet->name, style, &text);
    return text_json(&text);
}

static json_t *unit_json(const el_law_sheet *sheet, const el_law *law,
                         unsigned j)
{
    el_buf text = {0};

    el_law_unit(sheet, law, j, &text);
    if (text.len == 0 && el_buf_ok(&text))
        return json_null();
    return text_json(&text);
}

/* Intervals without an end are not numbers: null. */
static json_t *finite_json(double v)
{
    return el_json_number(isfinite(v) ? v : EL_UNKNOWN);
}

static json_t *constant_json(const el_law_sheet *sheet, const el_law *law,
                             unsigned j)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "value",
                     el_json_number(law->expr.value[j]), "lo",
                     finite_json(law->lo[j]), "hi", finite_json(law->hi[j]),
                     "support", el_json_number(law->support[j]), "unit",
                     unit_json(sheet, law, j), "fixed",
                     law->expr.kind[j] == EL_CONST_FIXED, "undetermined",
                     (law->undetermined >> j & 1u) != 0);
}

static json_t *constants_json(const el_law_sheet *sheet, const el_law *law)
{
    json_t *list = json_array();

    for (unsigned j = 0; j < law->expr.n_const; j++)
        if (json_array_append_new(list, constant_json(sheet, law, j))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *law_json(const el_law_sheet *sheet, size_t i)
{
    const el_law *law = &sheet->front->law[i];
    const el_law_score *s = &sheet->score[i];

    return json_pack(
        "{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o}",
        "formula", formula_json(sheet, law), "complexity",
        (json_int_t)law->complexity, "constants", constants_json(sheet, law),
        "loss", el_json_number(law->loss), "description_nat",
        el_json_number(law->length_nat), "bic", el_json_number(law->bic),
        "cv_loss", el_json_number(law->cv_loss), "cv_se",
        el_json_number(law->cv_se), "score", finite_json(law->score),
        "stability", el_json_number(law->stability), "mean_error_pct",
        el_json_number(100 * s->mean_error), "worst_error_pct",
        el_json_number(100 * s->worst_error), "log_rmse",
        el_json_number(s->log_rmse), "unexplained",
        el_json_number(s->unexplained));
}

static json_t *column_json(const el_law_sheet *sheet, size_t k)
{
    el_buf unit = {0};

    if (!sheet->units)
        return json_pack("{s:s, s:n}", "name", sheet->name[k], "unit");
    el_unit_print(&sheet->units->column[k], sheet->bases, &unit);
    return json_pack("{s:s, s:o}", "name", sheet->name[k], "unit",
                     text_json(&unit));
}

static json_t *relation_json(const el_law_sheet *sheet, const el_relation *r)
{
    json_t *powers = json_object();
    int bad = 0;

    for (size_t k = 0; k < sheet->n_col; k++)
        if (r->exponent[k] != 0)
            bad |= json_object_set_new(powers, sheet->name[k],
                                       el_json_number(r->exponent[k]));
    if (bad) {
        json_decref(powers);
        return NULL;
    }
    return json_pack("{s:o, s:o}", r->is_sum ? "factors" : "exponents", powers,
                     "scatter", el_json_number(r->scatter));
}

typedef json_t *(*item_fn)(const el_law_sheet *sheet, size_t i);

static json_t *relation_at(const el_law_sheet *sheet, size_t i)
{
    return relation_json(sheet, &sheet->front->relation[i]);
}

static json_t *list_json(const el_law_sheet *sheet, size_t n, item_fn item)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(list, item(sheet, i))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

json_t *el_law_sheet_json(const el_law_sheet *sheet)
{
    const el_front *f = sheet->front;

    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, "
                     "s:b, s:b, s:b}",
                     "source", sheet->source, "target", sheet->target, "loss",
                     loss_name(sheet->loss), "columns",
                     list_json(sheet, sheet->n_col, column_json), "laws",
                     list_json(sheet, f->n, law_json), "relations",
                     list_json(sheet, f->n_relation, relation_at), "pick",
                     f->n ? json_integer((json_int_t)f->pick) : json_null(),
                     "rows", (json_int_t)sheet->n_row, "rows_searched",
                     (json_int_t)sheet->n_searched, "outliers",
                     (json_int_t)f->n_outlier, "tried", (json_int_t)f->tried,
                     "exact", f->exact, "stopped", f->stopped, "timed_out",
                     sheet->timed_out);
}

static void add_number(el_buf *out, double v)
{
    el_buf_add(out, ",");
    if (isfinite(v))
        el_buf_printf(out, "%.17g", v);
}

static unsigned n_fitted(const el_expr *expr)
{
    unsigned n = 0;

    for (unsigned j = 0; j < expr->n_const; j++)
        n += expr->kind[j] != EL_CONST_FIXED;
    return n;
}

void el_law_sheet_csv(const el_law_sheet *sheet, el_buf *out)
{
    const el_front *f = sheet->front;
    const el_expr_style style = {EL_NOTATION_TEXT, 0};

    el_buf_add(out, "complexity,constants,picked,mean_error_pct,"
                    "worst_error_pct,log_rmse,unexplained,loss,"
                    "description_nat,bic,cv_loss,cv_se,score,stability,"
                    "formula\n");
    for (size_t i = 0; i < f->n; i++) {
        const el_law *law = &f->law[i];
        const el_law_score *s = &sheet->score[i];
        const double number[] = {100 * s->mean_error,
                                 100 * s->worst_error,
                                 s->log_rmse,
                                 s->unexplained,
                                 law->loss,
                                 law->length_nat,
                                 law->bic,
                                 law->cv_loss,
                                 law->cv_se,
                                 law->score,
                                 law->stability};
        el_buf formula = {0};

        el_buf_printf(out, "%u,%u,%d", law->complexity, n_fitted(&law->expr),
                      i == f->pick ? 1 : 0);
        for (size_t k = 0; k < sizeof number / sizeof *number; k++)
            add_number(out, number[k]);
        el_buf_add(out, ",");
        el_expr_print(&law->expr, sheet->name, style, &formula);
        el_csv_quote(out, el_buf_text(&formula), formula.len);
        el_buf_add(out, "\n");
        out->failed = out->failed || !el_buf_ok(&formula);
        el_buf_clear(&formula);
    }
}
