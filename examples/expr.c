/* SPDX-License-Identifier: Apache-2.0 */
/* A formula of batch and tokens: its values, its derivatives by its numbers,
   and how others write it. expr '2.5*tokens + 0.02*batch*tokens' */
#include <energylens/energylens.h>
#include <stdio.h>

#define N 4

static int fail(const el_error *err)
{
    (void)fprintf(stderr, "%s\n", err->message);
    return 1;
}

static void print_as(const el_expr *e, const char *const *name,
                     const char *before, el_notation notation)
{
    const el_expr_style style = {notation, 0};
    el_buf text = {0};

    el_expr_print(e, name, style, &text);
    (void)printf("%s%s\n", before, el_buf_text(&text));
    el_buf_clear(&text);
}

int main(int argc, char **argv)
{
    static const double batch[N] = {1, 4, 16, 64};
    static const double tokens[N] = {500, 1000, 1000, 2000};
    static const char *const name[] = {"batch", "tokens"};
    const double *const column[] = {batch, tokens};
    const el_columns columns = {column, 2, N};
    double value[N], slope[N * EL_EXPR_MAX_CONSTS];
    el_expr e;
    el_error err;

    if (el_expr_parse(argc > 1 ? argv[1] : "tokens*(2.5 + 0.02*batch)", name, 2,
                      &e, &err) != EL_OK)
        return fail(&err);
    if (el_expr_eval(&e, &columns, value, &err) != EL_OK ||
        (e.n_const > 0 && el_expr_jacobian(&e, &columns, slope, &err) != EL_OK))
        return fail(&err);
    (void)printf("%8s %8s %8s", name[0], name[1], "value");
    for (unsigned j = 0; j < e.n_const; j++)
        (void)printf("  d/d %-6g", e.value[j]);
    for (unsigned i = 0; i < N; i++) {
        (void)printf("\n%8g %8g %8g", batch[i], tokens[i], value[i]);
        for (unsigned j = 0; j < e.n_const; j++)
            (void)printf(" %11g", slope[i * e.n_const + j]);
    }
    (void)printf("\n");
    print_as(&e, name, "LaTeX:  ", EL_NOTATION_LATEX);
    print_as(&e, name, "C:      ", EL_NOTATION_C);
    print_as(&e, name, "Python: def energy_j(batch, tokens): return ",
             EL_NOTATION_PYTHON);
    return 0;
}
