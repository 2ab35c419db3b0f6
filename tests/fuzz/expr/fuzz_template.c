/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: whatever the text, reading a template ends with a status and one
 * line of message; what is accepted is a valid formula whose holes are
 * different numbers of it, is of its own shape, and so is what comes of filling
 * its holes with a column that they take, but not with one that they do not.
 */

#include "el_fuzz.h"

#include "base/mem.h"
#include "expr/template.h"

#define N_NAMES 3u

static const char *const names[N_NAMES] = {"x", "y", "kv_bytes"};

/* Every hole with its first column, or the first that it does not take. */
static bool fill(const el_template *t, bool taken, el_expr *out)
{
    el_expr part[EL_TEMPLATE_HOLES] = {{0}};

    for (size_t h = 0; h < t->n_hole; h++) {
        unsigned c = 0;

        while (c < N_NAMES && (t->hole[h].columns >> c & 1u) != taken)
            c++;
        if (c == N_NAMES || !el_expr_push_col(&part[h], c))
            return false;
    }
    return el_template_fill(t, &t->expr, part, out);
}

static void use(const el_template *t)
{
    el_expr law;

    require(el_expr_is_valid(&t->expr, N_NAMES));
    require(t->n_hole <= EL_TEMPLATE_HOLES);
    for (size_t h = 0; h < t->n_hole; h++) {
        require(el_template_hole_of(t, t->hole[h].slot) == h);
        require(t->hole[h].slot < t->expr.n_const);
        require(t->hole[h].columns != 0 && t->hole[h].columns >> N_NAMES == 0);
        require(t->hole[h].name[0] != '\0');
    }
    require(el_template_fits(t, &t->expr, NULL));
    if (fill(t, true, &law)) {
        require(el_expr_is_valid(&law, N_NAMES));
        require(el_template_fits(t, &law, NULL));
        el_template_simplify(t, &law, true);
        require(el_template_fits(t, &law, NULL));
    }
    if (t->n_hole > 0 && fill(t, false, &law))
        require(!el_template_fits(t, &law, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    el_template t;
    el_error err = {0};

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (el_template_parse(text, names, N_NAMES, &t, &err) == EL_OK)
        use(&t);
    else
        require(err.message[0] != '\0' && !strchr(err.message, '\n'));
    free(text);
    require(el_mem_live() == 0);
    return 0;
}
