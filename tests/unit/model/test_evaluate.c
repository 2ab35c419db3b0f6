/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "evaluate_data.h"

static el_test_data data;

static const el_form *const all_kinds[] = {
    &el_form_closed12, &el_form_powerlaw, &el_form_nnls12kv,
    &el_form_smallest_tp, &el_form_latency_proxy};

static el_evaluate_options usual(void)
{
    el_evaluate_options o = {.form = all_kinds,
                             .n_form = 5,
                             .splits = 1u << EL_SPLIT_ALL |
                                       1u << EL_SPLIT_UNSEEN |
                                       1u << EL_SPLIT_BATCH,
                             .samples = 30,
                             .seeds = 3,
                             .prior = EL_PRIOR_PHYSICAL};

    return o;
}

static const el_score *find(const el_evaluation *e, const el_form *form,
                            el_split split)
{
    for (size_t i = 0; i < e->n_score; i++) {
        if (e->score[i].form == form && e->score[i].split == split)
            return &e->score[i];
    }
    fail_msg("no score of %s", form->name);
    return NULL;
}

static void check_range(const el_score *s)
{
    for (el_figure_id id = 0; id < EL_N_FIGURES; id++) {
        const el_figure *f = &s->figure[id];
        if (!el_is_known(f->value) || id == EL_FIGURE_R2_LOG)
            continue;
        assert_true(f->value >= 0.0);
        assert_true(f->lo <= f->hi);
        if (id != EL_FIGURE_MAPE && id != EL_FIGURE_MEDIAN_APE &&
            id != EL_FIGURE_REGRET)
            assert_true(f->value <= 100.0);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(el_split_name(EL_SPLIT_UNSEEN), "unseen");
    assert_string_equal(el_figure_name(EL_FIGURE_REGRET), "mean_regret_pct");
    assert_string_equal(el_figure_name(EL_FIGURE_COVERAGE), "coverage_pct");
}

/* Rows that closed12 made: it predicts and chooses them all. */
static void test_own_data(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;

    (void)state;
    el_test_grid(&data, 4, 0.0);
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_OK);
    assert_int_equal(e.n_score, 15);
    assert_null(e.tried);
    for (size_t i = 0; i < e.n_score; i++)
        check_range(&e.score[i]);
    for (el_split s = EL_SPLIT_ALL; s <= EL_SPLIT_BATCH; s++) {
        const el_score *c = find(&e, &el_form_closed12, s);
        const el_score *rule = find(&e, &el_form_smallest_tp, s);
        assert_true(c->figure[EL_FIGURE_MAPE].value < 0.1);
        assert_true(c->figure[EL_FIGURE_TOP1].value > 99.0);
        assert_true(c->figure[EL_FIGURE_R2_LOG].value > 0.9999);
        assert_true(c->figure[EL_FIGURE_COVERAGE].value > 99.0);
        assert_true(c->ceiling_top1_pct > 50.0);
        assert_int_equal(c->groups, 4);
        assert_int_equal(c->seeds, 3);
        assert_false(el_is_known(rule->figure[EL_FIGURE_MAPE].value));
        assert_false(el_is_known(rule->figure[EL_FIGURE_COVERAGE].value));
        assert_false(el_is_known(rule->figure[EL_FIGURE_R2_LOG].value));
        assert_close(rule->rows, 0.0, 0, 0);
        assert_close(rule->scenarios, c->scenarios, 0, 0);
    }
    assert_close(find(&e, &el_form_closed12, EL_SPLIT_ALL)->scenarios, 84.0, 0,
                 0);
    assert_close(find(&e, &el_form_closed12, EL_SPLIT_BATCH)->rows, 72.0, 0, 0);
    el_evaluation_clear(&e);
    assert_int_equal(el_mem_live(), 0);
}

/* Two scenarios by hand: the rule wins one and pays 20 % in the other. */
static void test_figures_by_hand(void **state)
{
    static const el_form *const rule[] = {&el_form_smallest_tp};
    const double joule[] = {100, 110, 120, 100};
    el_evaluate_options o = usual();
    el_evaluation e;
    const el_score *s;

    (void)state;
    el_test_grid(&data, 1, 0.0);
    data.group[0].n = 0;
    for (size_t i = 0; i < 4; i++)
        el_test_add(&data, 0, i % 2 ? 2 : 1, i < 2 ? 1 : 2, 128, 128)
            ->energy_j = joule[i];
    o.form = rule;
    o.n_form = 1;
    o.splits = 1u << EL_SPLIT_ALL;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_OK);
    s = e.score;
    assert_close(s->figure[EL_FIGURE_TOP1].value, 50.0, 1e-12, 0);
    assert_close(s->figure[EL_FIGURE_TOP1_WITHIN3].value, 50.0, 1e-12, 0);
    assert_close(s->figure[EL_FIGURE_REGRET].value, 10.0, 1e-12, 0);
    assert_close(s->figure[EL_FIGURE_PAIRWISE].value, 50.0, 1e-12, 0);
    assert_close(s->scenarios, 2.0, 0, 0);
    assert_false(el_is_known(s->figure[EL_FIGURE_TOP1].lo)); /* one model */
    el_evaluation_clear(&e);
    assert_int_equal(el_mem_live(), 0);
}

static void assert_same(const el_evaluation *a, const el_evaluation *b)
{
    assert_int_equal(a->n_score, b->n_score);
    for (size_t i = 0; i < a->n_score; i++) {
        const el_score *x = &a->score[i], *y = &b->score[i];
        assert_memory_equal(x->figure, y->figure, sizeof x->figure);
        assert_memory_equal(&x->ceiling_top1_pct, &y->ceiling_top1_pct,
                            sizeof(double));
    }
    assert_int_equal(a->n_tried, b->n_tried);
}

static void test_same_for_any_threads(void **state)
{
    el_evaluate_options o = usual();
    el_task one = {.seed = 5, .threads = 1}, many = {.seed = 5, .threads = 4};
    el_task other = {.seed = 6, .threads = 1};
    el_evaluation a, b, c;

    (void)state;
    el_test_grid(&data, 3, 0.05);
    o.keep_predictions = true;
    o.splits = (1u << EL_N_SPLITS) - 1u;
    assert_int_equal(el_evaluate(&data.groups, &o, &one, &a, NULL), EL_OK);
    assert_int_equal(el_evaluate(&data.groups, &o, &many, &b, NULL), EL_OK);
    assert_int_equal(el_evaluate(&data.groups, &o, &other, &c, NULL), EL_OK);
    assert_same(&a, &b);
    assert_true(a.score[0].figure[EL_FIGURE_MAPE].value !=
                c.score[0].figure[EL_FIGURE_MAPE].value);
    for (size_t i = 0; i < a.n_tried; i++) {
        const el_tried *x = &a.tried[i], *y = &b.tried[i];
        assert_true(x->predicted_j == y->predicted_j ||
                    !el_is_known(x->predicted_j));
        assert_int_equal(x->sample, y->sample);
        assert_true(x->measured_j > 0.0);
    }
    el_evaluation_clear(&a);
    el_evaluation_clear(&b);
    el_evaluation_clear(&c);
}

/* Whole models and GPUs left out: only forms with a prior answer. */
static void test_transfer(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;

    (void)state;
    el_test_grid(&data, 4, 0.0);
    (void)strcpy(data.group[3].key.gpu, "b"); /* NOLINT */
    o.splits = 1u << EL_SPLIT_MODEL | 1u << EL_SPLIT_GPU;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_OK);
    for (el_split s = EL_SPLIT_MODEL; s <= EL_SPLIT_GPU; s++) {
        const el_score *c = find(&e, &el_form_closed12, s);
        assert_int_equal(c->seeds, 1);
        assert_int_equal(c->groups, s == EL_SPLIT_MODEL ? 3 : 4);
        assert_true(c->figure[EL_FIGURE_MAPE].value < 1.0);
        assert_int_equal(find(&e, &el_form_nnls12kv, s)->groups, 0);
        assert_int_equal(find(&e, &el_form_smallest_tp, s)->groups, 4);
    }
    assert_true(e.n_note >= 3);
    el_evaluation_clear(&e);
}

static void test_node_scope(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;
    const el_score *c;

    (void)state;
    el_test_grid(&data, 2, 0.0);
    o.scope = EL_SCOPE_NODE;
    o.splits |= 1u << EL_SPLIT_MODEL;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_OK);
    c = find(&e, &el_form_closed12, EL_SPLIT_ALL);
    assert_true(c->figure[EL_FIGURE_MAPE].value < 0.5);
    assert_true(c->figure[EL_FIGURE_TOP1].value > 98.0);
    el_evaluation_clear(&e);
    for (size_t i = 0; i < data.group[1].n; i++)
        data.sample[1][i].latency_s = EL_UNKNOWN;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_OK);
    c = find(&e, &el_form_closed12, EL_SPLIT_ALL);
    assert_int_equal(c->groups, 1);
    assert_true(e.n_note > 0);
    el_evaluation_clear(&e);
}

static void test_free_batch_and_learned(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;
    const el_score *c;

    (void)state;
    el_test_grid(&data, 2, 0.0);
    o.free_batch = true;
    o.prior = EL_PRIOR_LEARNED;
    o.splits = 1u << EL_SPLIT_ALL | 1u << EL_SPLIT_LENGTH;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_OK);
    c = find(&e, &el_form_closed12, EL_SPLIT_ALL);
    assert_close(c->scenarios, 6.0, 0, 0);
    assert_close(c->figure[EL_FIGURE_TOP1].value, 100.0, 1e-12, 0);
    c = find(&e, &el_form_closed12, EL_SPLIT_LENGTH);
    assert_close(c->rows, 126.0, 0, 0);
    el_evaluation_clear(&e);
}

/* Repeats that jitter less than usual raise the ceiling. */
static void test_ceiling_from_repeats(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation a, b;

    (void)state;
    el_test_grid(&data, 2, 0.0);
    o.n_form = 1;
    o.splits = 1u << EL_SPLIT_ALL;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &a, NULL), EL_OK);
    for (size_t i = 0; i < data.group[0].n; i++) {
        data.sample[0][i].n_repeats = 2;
        data.sample[0][i].repeat_ss = 1e-8;
    }
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &b, NULL), EL_OK);
    assert_true(b.score->ceiling_top1_pct > a.score->ceiling_top1_pct);
    el_evaluation_clear(&a);
    el_evaluation_clear(&b);
}

/* One row a scenario: errors are scored, choices are not. */
static void test_no_choice(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;
    const el_score *c;

    (void)state;
    el_test_grid(&data, 2, 0.0);
    data.group[1].n = 21; /* tp 1 only */
    data.group[0].n = 21;
    o.samples = 10;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_OK);
    c = find(&e, &el_form_closed12, EL_SPLIT_ALL);
    assert_false(el_is_known(c->figure[EL_FIGURE_TOP1].value));
    assert_false(el_is_known(c->ceiling_top1_pct));
    assert_true(c->rows > 0.0);
    assert_non_null(strstr(e.note[0], "2 of 2 groups"));
    el_evaluation_clear(&e);
}

static void expect_error(const el_evaluate_options *o, el_status want)
{
    el_evaluation e = {.n_score = 77};
    el_error err;

    assert_int_equal(el_evaluate(&data.groups, o, NULL, &e, &err), want);
    assert_int_equal(e.n_score, 77);
    assert_true(err.message[0] != '\0');
    assert_int_equal(el_mem_live(), 0);
}

/* What is given is scored as it is, whatever trains; a group without answers
 * is left out with its reason. */
static void test_given(void **state)
{
    static const el_form *const one[] = {&el_form_analytic};
    static double energy[2][EL_TEST_MAX_SAMPLES], sd[EL_TEST_MAX_SAMPLES];
    const el_given given[2] = {{energy[0], sd, NULL}, {NULL, NULL, "no shape"}};
    el_evaluate_options o = usual();
    const el_score *s;
    el_evaluation e;

    (void)state;
    el_test_grid(&data, 2, 0.0);
    for (size_t i = 0; i < data.group[0].n; i++) {
        const el_sample *row = &data.group[0].sample[i];
        energy[0][i] = 1.1 * row->energy_j / row->point.batch;
        sd[i] = i % 2 ? 0.05 : 0.06; /* ln 1.1 = .0953: within 1.645 of one */
    }
    o.form = one;
    o.n_form = 1;
    o.given = given;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_OK);
    for (size_t i = 0; i < e.n_score; i++) {
        s = &e.score[i];
        assert_close(s->figure[EL_FIGURE_MAPE].value, 10, 1e-9, 0);
        assert_close(s->figure[EL_FIGURE_TOP1].value, 100, 0, 0);
        assert_close(s->figure[EL_FIGURE_COVERAGE].value, 50, 0.2, 0);
        assert_int_equal(s->groups, 1);
    }
    assert_int_equal(e.n_note, 3); /* one a split */
    assert_non_null(strstr(e.note[0], "no shape"));
    el_evaluation_clear(&e);
    o.given = NULL;
    expect_error(&o, EL_E_ARG);
    assert_int_equal(el_mem_live(), 0);
}

static void test_errors(void **state)
{
    el_evaluate_options o = usual();

    (void)state;
    el_test_grid(&data, 1, 0.0);
    o.n_form = 0;
    expect_error(&o, EL_E_ARG);
    o = usual();
    o.splits = 0;
    expect_error(&o, EL_E_ARG);
    o = usual();
    o.samples = 0;
    expect_error(&o, EL_E_ARG);
    o.samples = 101;
    o.percent = true;
    expect_error(&o, EL_E_ARG);
    o = usual();
    o.seeds = 0;
    expect_error(&o, EL_E_ARG);
    o = usual();
    o.scope = EL_SCOPE_FACILITY;
    expect_error(&o, EL_E_ARG);
    o = usual();
    data.groups.n = 0;
    expect_error(&o, EL_E_DATA);
    data.groups.n = 1;
    data.group[0].n = 1;
    o.splits = 1u << EL_SPLIT_LENGTH;
    expect_error(&o, EL_E_DATA);
    data.group[0].n = 0;
    o = usual();
    expect_error(&o, EL_E_DATA);
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_cancelled(void **state)
{
    el_evaluate_options o = usual();
    el_task task = {.threads = 1, .cancelled = always};
    el_evaluation e = {.n_score = 77};

    (void)state;
    el_test_grid(&data, 1, 0.0);
    assert_int_equal(el_evaluate(&data.groups, &o, &task, &e, NULL),
                     EL_E_CANCELLED);
    assert_int_equal(e.n_score, 77);
    assert_int_equal(el_mem_live(), 0);
}

static void test_out_of_memory(void **state)
{
    el_evaluate_options o = usual();
    el_task task = {.threads = 1};
    el_status st;
    long k = 0;

    (void)state;
    el_test_grid(&data, 2, 0.0);
    data.group[0].n = data.group[1].n = 6;
    o.seeds = 1;
    o.samples = 3;
    o.scope = EL_SCOPE_NODE;
    o.keep_predictions = true;
    o.splits = 1u << EL_SPLIT_UNSEEN | 1u << EL_SPLIT_MODEL;
    do {
        el_evaluation e = {.n_score = 77};
        el_mem_fail_at(k);
        st = el_evaluate(&data.groups, &o, &task, &e, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK) {
            el_evaluation_clear(&e);
        } else {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(e.n_score, 77);
        }
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 20000);
    assert_int_equal(st, EL_OK);
}

/*
 * What a prior teaches about a group may not have seen it: with one group's
 * joules changed beyond recognition, answers about that group from others stay
 * the same to the last bit; those about the others do not.
 */
static void test_prior_never_saw_it(void **state)
{
    static const el_form *const form[] = {&el_form_closed12};
    el_evaluate_options o = usual();
    el_evaluation before, after;
    size_t moved = 0;

    (void)state;
    o.form = form;
    o.n_form = 1;
    o.prior = EL_PRIOR_LEARNED;
    o.splits = 1u << EL_SPLIT_MODEL;
    o.keep_predictions = true;
    el_test_grid(&data, 3, 0.02);
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &before, NULL), EL_OK);
    for (size_t i = 0; i < data.group[1].n; i++)
        data.sample[1][i].energy_j *= i % 2 ? 9.0 : 4.0;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &after, NULL), EL_OK);
    assert_int_equal(before.n_tried, after.n_tried);
    for (size_t i = 0; i < before.n_tried; i++) {
        const el_tried *a = &before.tried[i], *b = &after.tried[i];

        assert_int_equal(a->group, b->group);
        if (a->group == 1)
            assert_memory_equal(&a->predicted_j, &b->predicted_j,
                                sizeof a->predicted_j);
        else
            moved += a->predicted_j != b->predicted_j;
    }
    assert_true(moved > 50);
    el_evaluation_clear(&before);
    el_evaluation_clear(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_own_data),
        cmocka_unit_test(test_figures_by_hand),
        cmocka_unit_test(test_same_for_any_threads),
        cmocka_unit_test(test_transfer),
        cmocka_unit_test(test_node_scope),
        cmocka_unit_test(test_free_batch_and_learned),
        cmocka_unit_test(test_ceiling_from_repeats),
        cmocka_unit_test(test_no_choice),
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_prior_never_saw_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
