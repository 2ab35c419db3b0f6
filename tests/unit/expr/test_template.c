/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: reading, taking apart, and laws that keep them. */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "energylens/discover.h"
#include "expr/template.h"

#define N 60u

static const char *const names[] = {"x", "tp", "len"};

static el_template parse(const char *text)
{
    el_template t;
    el_error err = {0};

    if (el_template_parse(text, names, 3, &t, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    return t;
}

static el_expr formula(const char *text)
{
    el_expr e;
    el_error err = {0};

    if (el_expr_parse(text, names, 3, &e, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    return e;
}

static void reads(void **state)
{
    const el_template t = parse("a*x^n0 + f(tp, len)*sqrt(g(x)) + 2.5e-1/tp");
    const el_template plain = parse("2*x");

    (void)state;
    assert_true(el_expr_is_valid(&t.expr, 3));
    assert_int_equal(t.n_hole, 2);
    assert_string_equal(t.hole[0].name, "f");
    assert_string_equal(t.hole[1].name, "g");
    assert_int_equal(t.hole[0].columns, 6);
    assert_int_equal(t.hole[1].columns, 1);
    assert_int_equal(t.expr.n_const, 5); /* a, n0, f, g, 0.25 */
    assert_int_equal(t.expr.kind[0], EL_CONST_FREE);
    assert_int_equal(t.expr.kind[1], EL_CONST_EXPONENT);
    assert_close(t.expr.value[4], .25, 0, 0);
    assert_int_equal(plain.n_hole, 0);
}

static void refuses(void **state)
{
    static const char *const bad[][2] = {
        {"a*x + a*tp", "column 7: \"a\" stands twice"},
        {"f(x) + f(tp)", "column 8: \"f\" is taken"},
        {"a + f(x)", "column 5: \"f\" has numbers of its own"},
        {"tp - f(x)*(b/x)", "column 6: \"f\" has numbers of its own"},
        {"2.5*f(x)", "column 5: \"f\" has numbers of its own"},
        {"f(x + 1)", "column 5: , or ) is expected"},
        {"f()", "column 1: \"f\" takes names"},
        {"f(lenn)", "column 3: \"lenn\" is no column"},
        {"a*lenn", "column 3: \"lenn\" is no column"},
        {"sinn(x)", "column 1: unknown function"},
        {"a*x +", "column 6"},
        {"a", "no column"},
        {"f(x) g(tp)", "column 6"},
        {"", "column 1"},
        {"f(x)*g(x)*h(x)*k(x)*l(x)", "too long"},
        {"a*x^b^c^d^e^g^h^i^j^k^l^m^n^o^p^q^r^s", "too long"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        el_template t = {.n_hole = 77};
        el_error err = {0};

        assert_int_equal(el_template_parse(bad[i][0], names, 3, &t, &err),
                         EL_E_DATA);
        if (!strstr(err.message, bad[i][1]))
            fail_msg("%s: %s", bad[i][0], err.message);
        assert_int_equal(t.n_hole, 77);
    }
    assert_int_equal(el_template_parse("x", NULL, 3, NULL, NULL), EL_E_ARG);
    el_mem_fail_at(0);
    assert_int_equal(el_template_parse("x", names, 3, &(el_template){0}, NULL),
                     EL_E_NOMEM);
    el_mem_fail_at(-1);
}

static void takes_apart(void **state)
{
    const el_template t = parse("a*x/tp + f(len)^2");
    el_template_match m;
    el_expr e = formula("3.5*x/tp + (2.0*len + 1.5)^2"), part[4] = {{0}};

    (void)state;
    assert_true(el_template_fits(&t, &e, &m));
    assert_close(e.value[m.slot[0]], 3.5, 0, 0);
    assert_true(el_expr_push_part(&part[0], &e, m.end[0]));
    assert_int_equal(part[0].n_node, 5);
    assert_true(el_template_fill(&t, &t.expr, part, &e));
    assert_true(el_template_fits(&t, &e, NULL));
    assert_close(e.value[0], 1, 0, 0);
    e = formula("3.5*x/tp + (2.0*x)^2"); /* not its column */
    assert_false(el_template_fits(&t, &e, NULL));
    e = formula("3.5*tp/x + len^2");
    assert_false(el_template_fits(&t, &e, NULL));
    e = formula("len");
    assert_false(el_template_fits(&t, &e, NULL));
    assert_false(el_template_fill(&t, &e, part, &e));
}

typedef struct table {
    double x[3][N], y[N];
    const double *col[3];
    el_columns columns;
} table;

static void fill(table *t, double noise)
{
    el_rng rng;

    el_rng_init(&rng, 5, 0);
    for (unsigned k = 0; k < 3; k++) {
        t->col[k] = t->x[k];
        for (unsigned i = 0; i < N; i++)
            t->x[k][i] = exp(2 * el_rng_unit(&rng));
    }
    for (unsigned i = 0; i < N; i++)
        t->y[i] = (2.7 * t->x[0][i] / (t->x[0][i] + 1.7) * t->x[1][i] +
                   .8 * t->x[2][i] * t->x[2][i] + .3) *
                  exp(noise * el_rng_normal(&rng));
    t->columns = (el_columns){t->col, 3, N};
}

/* Every law of the front is of the shape, for any number of threads. */
static void searches(void **state)
{
    const el_template t = parse("a*x/(x + b)*tp + f(len)");
    const el_discover_options o = {.shape = &t, .evaluations = 1200};
    const el_task two = {.seed = 3, .threads = 2},
                  one = {3, 1, NULL, NULL, NULL, NULL};
    el_front *f = el_array(1, sizeof *f), *g = el_array(1, sizeof *g);
    table data;

    (void)state;
    assert_non_null(f);
    assert_non_null(g);
    fill(&data, 0.01);
    assert_int_equal(el_discover(&data.columns, data.y, &o, &one, f, NULL),
                     EL_OK);
    assert_int_equal(el_discover(&data.columns, data.y, &o, &two, g, NULL),
                     EL_OK);
    assert_memory_equal(f, g, sizeof *f);
    assert_true(f->n > 1);
    for (size_t i = 0; i < f->n; i++) {
        assert_true(el_template_fits(&t, &f->law[i].expr, NULL));
        for (unsigned j = 0; j < f->law[i].expr.n_const; j++)
            assert_true(f->law[i].expr.kind[j] == EL_CONST_EXPONENT ||
                        f->law[i].expr.value[j] >= 0); /* no signs */
    }
    assert_true(f->law[f->pick].loss < 1.2e-4);
    assert_close(f->law[f->pick].expr.value[0], 2.7, .02, 0);
    assert_close(f->law[f->pick].expr.value[1], 1.7, .05, 0);
    el_free(f);
    el_free(g);
}

/* Nothing to find but numbers; and a template that no rows can follow. */
static void fits_numbers_alone(void **state)
{
    const el_template t = parse("a*x/(x + b)*tp + c*len^n + d"),
                      none = parse("a*log(x - 1000*tp)");
    el_discover_options o = {.shape = &t, .evaluations = 1200};
    el_front *f = el_array(1, sizeof *f);
    table data;

    (void)state;
    assert_non_null(f);
    fill(&data, 0);
    assert_int_equal(el_discover(&data.columns, data.y, &o, NULL, f, NULL),
                     EL_OK);
    assert_int_equal(f->n, 1);
    assert_true(f->exact);
    o.shape = &none;
    assert_int_equal(el_discover(&data.columns, data.y, &o, NULL, f, NULL),
                     EL_OK);
    assert_int_equal(f->n, 0);
    el_free(f);
}

/* Directions and units hold beside the shape. */
static void keeps_rules(void **state)
{
    const el_template t = parse("a*x + f(tp, len)");
    const el_direction down[3] = {EL_DIRECTION_UNPROVEN, EL_DIRECTION_UNPROVEN,
                                  EL_DIRECTION_DOWN};
    const el_unit unit[3] = {{{1}}, {{0}}, {{0, 1}}}, result = {{1}};
    const el_unit_rules rules = {unit, &result, false};
    el_discover_options o = {
        .shape = &t, .evaluations = 400, .direction = down};
    el_front *f = el_array(1, sizeof *f);
    table data;

    (void)state;
    assert_non_null(f);
    fill(&data, 0.01); /* rises with len */
    assert_int_equal(el_discover(&data.columns, data.y, &o, NULL, f, NULL),
                     EL_OK);
    for (size_t i = 0; i < f->n; i++)
        for (unsigned k = 0; k < f->law[i].expr.n_node; k++)
            assert_false(f->law[i].expr.node[k].op == EL_OP_COL &&
                         f->law[i].expr.node[k].arg == 2 &&
                         el_expr_is_monotone(
                             &f->law[i].expr, (double[]){1, 1, 1},
                             (double[]){7, 7, 7}, 2, 64) == EL_DIRECTION_UP);
    o.direction = NULL;
    o.units = &rules; /* f must be in the unit of x, which it has not */
    assert_int_equal(el_discover(&data.columns, data.y, &o, NULL, f, NULL),
                     EL_OK);
    assert_int_equal(f->n, 0);
    el_free(f);
}

static void out_of_memory(void **state)
{
    const el_template t = parse("a*x + f(len)");
    const el_discover_options o = {.shape = &t};
    el_front *f = el_array(1, sizeof *f);
    const long live = el_mem_live();
    table data;

    (void)state;
    assert_non_null(f);
    fill(&data, 0.01);
    /* what fails inside a fit costs that law alone */
    for (long k = 0; k < 40; k += 1 + k) {
        el_status st;

        el_mem_fail_at(k);
        st = el_discover(&data.columns, data.y, &o, NULL, f, NULL);
        el_mem_fail_at(-1);
        assert_true(st == EL_E_NOMEM || (st == EL_OK && k > 1));
        assert_int_equal(el_mem_live(), live);
    }
    el_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses),
        cmocka_unit_test(takes_apart),
        cmocka_unit_test(searches),
        cmocka_unit_test(fits_numbers_alone),
        cmocka_unit_test(keeps_rules),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
