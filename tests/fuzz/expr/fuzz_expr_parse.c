/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: whatever the text, parsing ends with a status and one line of
 * message; what is accepted is valid and prints, and the print reads back and
 * prints the same; simplification leaves a valid formula that is no larger.
 */

#include "el_fuzz.h"

#include "base/mem.h"
#include "energylens/expr.h"

#define N_NAMES 3u

static const char *const names[N_NAMES] = {"x", "y", "kv_bytes"};

static void print_twice(const el_expr *expr, el_notation notation)
{
    el_buf first = {0}, second = {0};
    el_expr again;

    el_expr_print(expr, names, (el_expr_style){notation, 0}, &first);
    require(el_buf_ok(&first));
    require(el_expr_parse(first.text, names, N_NAMES, &again, NULL) == EL_OK);
    el_expr_print(&again, names, (el_expr_style){notation, 0}, &second);
    require(strcmp(el_buf_text(&first), el_buf_text(&second)) == 0);
    el_buf_clear(&second);
    el_buf_clear(&first);
}

static void print_once(const el_expr *expr, el_notation notation)
{
    el_buf out = {0};

    el_expr_print(expr, names, (el_expr_style){notation, 6}, &out);
    require(el_buf_ok(&out) && out.len > 0);
    el_buf_clear(&out);
}

static void simplify(const el_expr *expr, bool positive)
{
    el_expr simple = *expr;

    (void)el_expr_simplify(&simple, positive);
    require(el_expr_is_valid(&simple, N_NAMES));
    require(simple.n_node <= expr->n_node);
    require(el_expr_complexity(&simple) <= el_expr_complexity(expr));
    print_once(&simple, EL_NOTATION_TEXT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    el_expr expr;
    el_error err = {0};

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (el_expr_parse(text, names, N_NAMES, &expr, &err) == EL_OK) {
        require(el_expr_is_valid(&expr, N_NAMES));
        print_twice(&expr, EL_NOTATION_TEXT);
        print_twice(&expr, EL_NOTATION_PYTHON);
        print_once(&expr, EL_NOTATION_C);
        print_once(&expr, EL_NOTATION_LATEX);
        simplify(&expr, true);
        simplify(&expr, false);
    } else {
        require(err.message[0] != '\0' && !strchr(err.message, '\n'));
    }
    free(text);
    require(el_mem_live() == 0);
    return 0;
}
