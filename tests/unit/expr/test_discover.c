/* SPDX-License-Identifier: Apache-2.0 */
/* el_discover as its callers see it. */
#include "el_test.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "energylens/discover.h"
#include "energylens/expr_eval.h"

#define N_ROW 200u
#define N_COL 3u

static const char *const names[] = {"x", "y", "z"};

typedef struct table {
    double value[N_COL][N_ROW], target[N_ROW];
    const double *col[N_COL];
    el_columns columns;
} table;

static el_expr parse(const char *text)
{
    el_expr e;
    el_error err = {0};

    if (el_expr_parse(text, names, N_COL, &e, &err) != EL_OK)
        fail_msg("%s: %s", text, err.message);
    return e;
}

static void fill(table *t, const char *law, size_t n_row, uint64_t seed)
{
    const el_expr e = parse(law);
    el_rng rng;

    el_rng_init(&rng, seed, 0);
    for (unsigned k = 0; k < N_COL; k++) {
        t->col[k] = t->value[k];
        for (size_t i = 0; i < n_row; i++)
            t->value[k][i] = 1 + 4 * el_rng_unit(&rng);
    }
    t->columns = (el_columns){t->col, N_COL, n_row};
    assert_int_equal(el_expr_eval(&e, &t->columns, t->target, NULL), EL_OK);
}

static el_status run(const table *t, const el_discover_options *o,
                     unsigned threads, el_front *front, el_error *err)
{
    const el_task task = {.seed = 1, .threads = threads};

    return el_discover(&t->columns, t->target, o, &task, front, err);
}

static el_front *new_front(void)
{
    el_front *front = el_array(1, sizeof *front);

    assert_non_null(front);
    front->tried = 4711;
    return front;
}

/* The pick is the law, constants and all, on rows it has not seen. */
static void assert_found(const char *law, const el_front *front)
{
    const el_expr *pick = &front->law[front->pick].expr;
    const el_expr truth = parse(law);
    table fresh;
    double f[N_ROW];
    el_buf text = {0};

    assert_true(front->n > 0 && front->exact && !front->stopped);
    el_expr_print(pick, names, (el_expr_style){.digits = 6}, &text);
    print_message("%s: %s\n", law, el_buf_text(&text));
    el_buf_clear(&text);
    assert_true(2 * el_expr_complexity(pick) <= 3 * el_expr_complexity(&truth));
    fill(&fresh, law, N_ROW, 99);
    assert_int_equal(el_expr_eval(pick, &fresh.columns, f, NULL), EL_OK);
    for (size_t i = 0; i < N_ROW; i++)
        assert_close(f[i], fresh.target[i], 1e-8, 1e-12);
}

static const el_discover_options generators_only = {.signed_terms = true};

static void generators_suffice(void **state)
{
    static const char *const law[] = {
        "2.5 * x^2 / z",
        "3 * x + 0.5 * y^2 * z + 7",
        "x * y / (x + 2 * z)",
        "exp(-x * y / 10) * z",
        "x * y^2 - 0.3 * z^3 / (y + 2 * x)^(5/2)",
    };
    el_front *front = new_front();
    el_discover_options o = generators_only;
    table t;

    (void)state;
    o.ops = ~UINT32_C(0);
    for (size_t k = 0; k < sizeof law / sizeof *law; k++) {
        fill(&t, law[k], N_ROW, 5);
        assert_int_equal(run(&t, &o, 2, front, NULL), EL_OK);
        assert_found(law[k], front);
    }
    el_free(front);
}

/* What no generator makes; four seeds of four need 100,000 to 300,000. */
static void evolution_goes_on(void **state)
{
    static const char law[] = "x * log1p(y*z) + sqrt(x + y^2)";
    el_discover_options o = {.signed_terms = true, .max_complexity = 50};
    el_front *front = new_front();
    uint64_t tried;
    table t;

    (void)state;
    fill(&t, law, N_ROW, 5);
    assert_int_equal(run(&t, &o, 2, front, NULL), EL_OK);
    assert_false(front->exact);
    tried = front->tried;
    o.evaluations = 1000000;
    assert_int_equal(run(&t, &o, 2, front, NULL), EL_OK);
    assert_true(front->tried > tried);
    assert_found(law, front);
    el_free(front);
}

/* Every member, since padding may differ. */
static void assert_same_front(const el_front *a, const el_front *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->pick, b->pick);
    assert_int_equal(a->tried, b->tried);
    for (size_t i = 0; i < a->n; i++) {
        const el_law *p = &a->law[i], *q = &b->law[i];

        assert_int_equal(p->complexity, q->complexity);
        assert_memory_equal(&p->loss, &q->loss, sizeof p->loss);
        assert_memory_equal(&p->length_nat, &q->length_nat,
                            sizeof p->length_nat);
        assert_int_equal(p->expr.n_node, q->expr.n_node);
        assert_memory_equal(p->expr.node, q->expr.node,
                            p->expr.n_node * sizeof *p->expr.node);
        assert_memory_equal(p->expr.value, q->expr.value,
                            p->expr.n_const * sizeof *p->expr.value);
    }
}

static void add_noise(table *t)
{
    el_rng rng;

    el_rng_init(&rng, 8, 0);
    for (size_t i = 0; i < t->columns.n_row; i++)
        t->target[i] *= 1 + 0.05 * el_rng_normal(&rng);
}

static void same_for_any_threads(void **state)
{
    const el_discover_options o = {.evaluations = 20000, .islands = 3};
    el_front *one = new_front(), *other = new_front();
    table t;

    (void)state;
    fill(&t, "log(1 + x*y) + max(x, 2*z)", 60, 5);
    add_noise(&t);
    assert_int_equal(run(&t, &o, 1, one, NULL), EL_OK);
    assert_false(one->exact);
    for (unsigned threads = 1; threads <= 4; threads *= 2) {
        assert_int_equal(run(&t, &o, threads, other, NULL), EL_OK);
        assert_same_front(one, other);
    }
    el_free(one);
    el_free(other);
}

typedef struct state_bytes {
    char *bytes;
    size_t n;
} state_bytes;

static void keep(const void *bytes, size_t n, void *ctx)
{
    state_bytes *s = ctx;

    if (s->bytes)
        return;
    s->bytes = el_array(n, 1);
    assert_non_null(s->bytes);
    memcpy(s->bytes, bytes, n);
    s->n = n;
}

static void resumes(void **state)
{
    el_discover_options o = {.evaluations = 20000, .islands = 3};
    el_front *whole = new_front(), *rest = new_front();
    state_bytes s = {NULL, 0};
    el_error err = {0};
    table t;

    (void)state;
    fill(&t, "log(1 + x*y) + max(x, 2*z)", 60, 5);
    add_noise(&t);
    o.save = keep;
    o.save_ctx = &s;
    assert_int_equal(run(&t, &o, 2, whole, NULL), EL_OK);
    assert_non_null(s.bytes);
    o.resume = s.bytes;
    o.resume_size = s.n;
    assert_int_equal(run(&t, &o, 2, rest, NULL), EL_OK);
    assert_same_front(whole, rest);
    o.resume_size--;
    assert_int_equal(run(&t, &o, 2, rest, &err), EL_E_DATA);
    el_free(s.bytes);
    el_free(whole);
    el_free(rest);
}

/* z is twice x: any mixture of the two is as right, one must come out. */
static void parallel_columns(void **state)
{
    el_front *front = new_front();
    table t;

    (void)state;
    fill(&t, "3 * x + y^2", N_ROW, 5);
    for (size_t i = 0; i < N_ROW; i++)
        t.value[2][i] = 2 * t.value[0][i];
    assert_int_equal(run(&t, &generators_only, 2, front, NULL), EL_OK);
    assert_true(front->exact);
    assert_true(front->law[front->pick].complexity <= 8);
    el_free(front);
}

static bool yes(void *ctx)
{
    (void)ctx;
    return true;
}

static void stops(void **state)
{
    const el_discover_options o = {.evaluations = UINT64_MAX / 2};
    const el_task task = {.threads = 1, .cancelled = yes};
    el_front *front = new_front();
    table t;

    (void)state;
    fill(&t, "log(1 + x*y) + max(x, 2*z)", 60, 5);
    assert_int_equal(el_discover(&t.columns, t.target, &o, &task, front, NULL),
                     EL_OK);
    assert_true(front->stopped);
    assert_true(front->n > 0);
    el_free(front);
}

static void refuse(const table *t, el_loss loss, el_status want,
                   const char *why)
{
    const el_discover_options o = {.loss = loss};
    el_front *front = new_front();
    el_error err = {0};

    assert_int_equal(run(t, &o, 1, front, &err), want);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" does not say \"%s\"", err.message, why);
    assert_int_equal(front->tried, 4711); /* untouched */
    el_free(front);
}

static void bad_tables(void **state)
{
    const double *many[17];
    table t;

    (void)state;
    fill(&t, "x + y", N_ROW, 5);
    t.columns.n_row = 1;
    refuse(&t, EL_LOSS_RELATIVE, EL_E_ARG, "1 rows");
    t.columns = (el_columns){t.col, 0, N_ROW};
    refuse(&t, EL_LOSS_RELATIVE, EL_E_ARG, "0 columns");
    for (size_t k = 0; k < 17; k++)
        many[k] = t.col[0];
    t.columns = (el_columns){many, 17, N_ROW};
    refuse(&t, EL_LOSS_RELATIVE, EL_E_ARG, "17 columns");
    t.columns = (el_columns){t.col, N_COL, N_ROW};
    t.target[4] = -1;
    refuse(&t, EL_LOSS_LOG, EL_E_DATA, "row 5 is -1");
    t.target[4] = 0;
    refuse(&t, EL_LOSS_RELATIVE, EL_E_DATA, "row 5 is 0");
    t.target[4] = (double)NAN;
    refuse(&t, EL_LOSS_PLAIN, EL_E_DATA, "row 5 is");
    t.target[4] = 3;
    t.value[1][6] = (double)INFINITY;
    refuse(&t, EL_LOSS_PLAIN, EL_E_DATA, "column 2 of row 7");
    fill(&t, "0*x + 3", N_ROW, 5);
    refuse(&t, EL_LOSS_RELATIVE, EL_E_DATA, "3 on every row");
}

/* Columns of any sign, and 0: functions that are not defined there are no
   law, and no reason to fail. */
static void columns_of_any_sign(void **state)
{
    const el_discover_options o = {.signed_terms = true,
                                   .loss = EL_LOSS_PLAIN,
                                   .ops = ~UINT32_C(0),
                                   .evaluations = 5000,
                                   .islands = 2};
    el_front *front = new_front();
    table t;

    (void)state;
    fill(&t, "x", N_ROW, 5);
    for (size_t i = 0; i < N_ROW; i++) {
        t.value[0][i] = t.value[0][i] - 3;
        t.value[1][i] = i % 3 == 0 ? 0 : t.value[1][i];
        t.target[i] = t.value[0][i] * t.value[0][i] * 2 - t.value[1][i];
    }
    assert_int_equal(run(&t, &o, 2, front, NULL), EL_OK);
    assert_true(front->exact);
    assert_true(front->law[front->pick].complexity <= 8);
    el_free(front);
}

/* An offer for which memory is missing is lost, which is no error. */
static void out_of_memory(void **state)
{
    const el_discover_options o = {.evaluations = 300, .islands = 2};
    el_front *front = new_front();
    unsigned n_failed = 0;
    table t;

    (void)state;
    fill(&t, "log(1 + x*y) + max(x, 2*z)", 12, 5);
    for (long k = 0; k < 3000; k += 1 + k / 20) {
        const long live = el_mem_live();
        el_status st;

        front->tried = 4711;
        el_mem_fail_at(k);
        st = run(&t, &o, 1, front, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), live);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        if (st == EL_E_NOMEM)
            assert_int_equal(front->tried, 4711);
        n_failed += st == EL_E_NOMEM;
    }
    assert_true(n_failed > 5);
    el_free(front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generators_suffice),
        cmocka_unit_test(evolution_goes_on),
        cmocka_unit_test(same_for_any_threads),
        cmocka_unit_test(resumes),
        cmocka_unit_test(parallel_columns),
        cmocka_unit_test(stops),
        cmocka_unit_test(bad_tables),
        cmocka_unit_test(columns_of_any_sign),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
