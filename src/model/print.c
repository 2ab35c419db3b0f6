/* SPDX-License-Identifier: Apache-2.0 */
/* Fitted formulas as text, LaTeX, C and Python. */
#include <string.h>

#include "base/str.h"
#include "energylens/form.h"
#include "model/forms.h"

/* "ln_W" is fitted, "W" is printed. */
const char *el_param_natural_name(const el_param_spec *spec)
{
    return spec->is_log && strncmp(spec->name, "ln_", 3) == 0 ? spec->name + 3
                                                              : spec->name;
}

static bool is_identifier(const char *name)
{
    for (; *name; name++) {
        bool ok = (*name >= 'a' && *name <= 'z') ||
                  (*name >= 'A' && *name <= 'Z') ||
                  (*name >= '0' && *name <= '9') || *name == '_';
        if (!ok)
            return false;
    }
    return true;
}

static void print_value(el_notation notation, const char *name, double value,
                        el_buf *out)
{
    /* Latent prompt lengths are no identifiers; code takes I instead. */
    if (notation != EL_NOTATION_TEXT && !is_identifier(name))
        return;
    switch (notation) {
    case EL_NOTATION_TEXT:
        el_buf_printf(out, "%s = %.6g\n", name, value);
        break;
    case EL_NOTATION_LATEX:
        el_buf_printf(out, "%% %s = %.6g\n", name, value);
        break;
    case EL_NOTATION_C:
        el_buf_printf(out, "    const double %s = %.17g;\n", name, value);
        break;
    case EL_NOTATION_PYTHON:
        el_buf_printf(out, "    %s = %.17g\n", name, value);
        break;
    }
}

static void print_head(const el_model *model, el_notation notation, el_buf *out)
{
    const char *unit = model->target == EL_TARGET_ENERGY ? "j" : "s";
    const char *name = el_target_name(model->target);

    if (notation == EL_NOTATION_C)
        el_buf_printf(out,
                      "#include <math.h>\n\n/* %s: %s of B requests [%s] */\n"
                      "double %s_%s(double T, double P, double B, double I, "
                      "double O)\n{\n",
                      model->form->name, name, unit, name, unit);
    else if (notation == EL_NOTATION_PYTHON)
        el_buf_printf(out,
                      "def %s_%s(T, P, B, I, O):\n"
                      "    \"\"\"%s: %s of B requests [%s].\"\"\"\n",
                      name, unit, model->form->name, name, unit);
}

void el_model_print(const el_model *model, el_notation notation, el_buf *out)
{
    const el_formula *formula = model->form->formula;
    el_param_spec spec[EL_MAX_PARAMS];
    el_constant constant[EL_MAX_CONSTANTS];
    size_t n = 0, k;
    const char *body[] = {[EL_NOTATION_TEXT] = formula ? formula->text : NULL,
                          [EL_NOTATION_LATEX] = formula ? formula->latex : NULL,
                          [EL_NOTATION_C] = formula ? formula->c : NULL,
                          [EL_NOTATION_PYTHON] =
                              formula ? formula->python : NULL};

    if (!formula)
        return;
    k = el_model_specify(model, spec);
    if (model->form->constants)
        n = model->form->constants(model, constant);
    print_head(model, notation, out);
    for (size_t i = 0; i < n; i++)
        print_value(notation, constant[i].name, constant[i].value, out);
    for (size_t j = 0; j < k; j++) {
        double v = model->param[j];
        print_value(notation, el_param_natural_name(&spec[j]),
                    spec[j].is_log ? exp(v) : v, out);
    }
    el_buf_add(out, body[notation]);
    if (notation == EL_NOTATION_C)
        el_buf_add(out, "}\n");
}
