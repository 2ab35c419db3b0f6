/* SPDX-License-Identifier: Apache-2.0 */
/* Differences, parts, divergence and several counts of samples. */
#include "base/mem.h"
#include "evaluate_data.h"

static el_test_data data;
static const el_form *const forms[] = {&el_form_closed12, &el_form_smallest_tp,
                                       &el_form_powerlaw};

static el_evaluate_options usual(void)
{
    return (el_evaluate_options){.form = forms,
                                 .n_form = 3,
                                 .splits =
                                     1u << EL_SPLIT_ALL | 1u << EL_SPLIT_BATCH,
                                 .samples = 20,
                                 .seeds = 2,
                                 .prior = EL_PRIOR_PHYSICAL};
}

static el_evaluation run(const el_evaluate_options *o)
{
    el_error err = {0};
    el_evaluation e;

    if (el_evaluate(&data.groups, o, NULL, &e, &err) != EL_OK)
        fail_msg("%s", err.message);
    return e;
}

static double figure(const el_evaluation *e, const el_form *form,
                     el_split split, el_figure_id id)
{
    for (size_t i = 0; i < e->n_score; i++)
        if (e->score[i].form == form && e->score[i].split == split)
            return e->score[i].figure[id].value;
    fail_msg("no score of %s", form->name);
    return 0;
}

static void difference_is_that_of_the_scores(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e, back;

    (void)state;
    el_test_grid(&data, 3, 0.05);
    o.compare[0] = &el_form_closed12;
    o.compare[1] = &el_form_powerlaw;
    e = run(&o);
    o.compare[0] = &el_form_powerlaw;
    o.compare[1] = &el_form_closed12;
    back = run(&o);
    assert_int_equal(e.n_difference, 2);
    for (size_t i = 0; i < 2; i++) {
        static const el_figure_id id[] = {EL_FIGURE_MAPE, EL_FIGURE_TOP1,
                                          EL_FIGURE_TOP1_WITHIN3,
                                          EL_FIGURE_REGRET};
        const el_difference *d = &e.difference[i];
        assert_true(d->scenarios > 10);
        assert_false(el_is_known(d->figure[EL_FIGURE_R2_LOG].value));
        for (size_t k = 0; k < 4; k++) {
            const el_figure *f = &d->figure[id[k]];
            const el_figure *g = &back.difference[i].figure[id[k]];
            assert_close(f->value,
                         figure(&e, &el_form_closed12, d->split, id[k]) -
                             figure(&e, &el_form_powerlaw, d->split, id[k]),
                         1e-9, 1e-9);
            assert_true(f->lo <= f->value && f->value <= f->hi);
            assert_close(g->value, -f->value, 1e-12, 1e-12);
            assert_close(g->lo, -f->hi, 1e-9, 1e-9);
            assert_close(g->hi, -f->lo, 1e-9, 1e-9);
        }
        /* its own data: closed12 is surely better */
        assert_true(d->figure[EL_FIGURE_MAPE].hi < 0);
    }
    el_evaluation_clear(&back);
    el_evaluation_clear(&e);
    assert_int_equal(el_mem_live(), 0);
}

static void difference_from_itself_is_none(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation e;

    (void)state;
    el_test_grid(&data, 2, 0.05);
    o.compare[0] = o.compare[1] = &el_form_powerlaw;
    e = run(&o);
    assert_close(e.difference[0].figure[EL_FIGURE_TOP1].hi, 0, 0, 0);
    assert_close(e.difference[0].figure[EL_FIGURE_MAPE].lo, 0, 0, 0);
    el_evaluation_clear(&e);
    o.compare[1] = &el_form_smallest_tp; /* only ranks: no error to compare */
    e = run(&o);
    assert_false(el_is_known(e.difference[0].figure[EL_FIGURE_MAPE].value));
    assert_true(el_is_known(e.difference[0].figure[EL_FIGURE_TOP1].lo));
    el_evaluation_clear(&e);
    o.compare[1] = &el_form_linear;
    assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, NULL), EL_E_ARG);
}

/* Two scenarios: the fastest is 10 % dearer in one, the cheapest in the
 * other. A third without times does not count. */
static void divergence_by_hand(void **state)
{
    static const double joule[] = {100, 110, 120, 100, 90, 80};
    static const double second[] = {10, 5, 10, 4, EL_UNKNOWN, 1};
    static const el_form *const rule[] = {&el_form_smallest_tp};
    el_evaluate_options o = usual();
    el_evaluation e;

    (void)state;
    el_test_grid(&data, 1, 0.0);
    data.group[0].n = 0;
    for (int i = 0; i < 6; i++) {
        el_sample *s = el_test_add(&data, 0, i % 2 ? 2 : 1,
                                   (double)(1 << (i / 2)), 128, 128);
        s->energy_j = joule[i];
        s->latency_s = second[i];
    }
    o.form = rule;
    o.n_form = 1;
    o.splits = 1u << EL_SPLIT_ALL;
    e = run(&o);
    assert_int_equal(e.divergence.scenarios, 2);
    assert_close(e.divergence.differ_pct, 50, 1e-12, 0);
    assert_close(e.divergence.dearer_pct, 5, 1e-12, 0);
    assert_close(e.divergence.slower_pct, 50, 1e-12, 0);
    el_evaluation_clear(&e);
}

static void parts_add_up(void **state)
{
    static const char *const label[] = {"x", "y", "x", "x"};
    el_evaluate_options o = usual();
    el_evaluation whole, e;

    (void)state;
    el_test_grid(&data, 4, 0.05);
    whole = run(&o);
    o.label = label;
    e = run(&o);
    assert_int_equal(e.n_score, 3 * whole.n_score);
    for (size_t i = 0; i < whole.n_score; i++) {
        size_t at = i / 3 * 9 + i % 3; /* a split: "", x, y of three forms */
        const el_score *all = &e.score[at], *x = all + 3, *y = all + 6;
        assert_string_equal(all->label, "");
        assert_string_equal(x->label, "x");
        assert_string_equal(y->label, "y");
        assert_true(x->form == all->form && y->split == all->split);
        assert_close(x->rows + y->rows, all->rows, 1e-12, 0);
        assert_int_equal(x->groups, 3);
        assert_int_equal(y->groups, 1);
        assert_close(all->figure[EL_FIGURE_TOP1].lo,
                     whole.score[i].figure[EL_FIGURE_TOP1].lo, 0, 0);
        assert_close((x->scenarios * x->figure[EL_FIGURE_TOP1].value +
                      y->scenarios * y->figure[EL_FIGURE_TOP1].value) /
                         all->scenarios,
                     all->figure[EL_FIGURE_TOP1].value, 1e-9, 0);
        assert_false(el_is_known(y->figure[EL_FIGURE_TOP1].lo));
    }
    el_evaluation_clear(&whole);
    el_evaluation_clear(&e);
    assert_int_equal(el_mem_live(), 0);
}

static void counts_are_joined(void **state)
{
    el_evaluate_options o = usual();
    el_evaluation few, many;
    size_t n_note, n_score, n_tried;

    (void)state;
    el_test_grid(&data, 2, 0.05);
    o.keep_predictions = true;
    o.compare[0] = &el_form_closed12;
    o.compare[1] = &el_form_powerlaw;
    many = run(&o);
    o.samples = 5;
    few = run(&o);
    n_note = few.n_note;
    n_score = few.n_score;
    n_tried = few.n_tried + many.n_tried;
    for (long k = 0; k < 4; k++) { /* four arrays, one of them empty or not */
        el_mem_fail_at(k);
        if (el_evaluation_append(&few, &many, NULL) == EL_OK) {
            el_mem_fail_at(-1);
            break;
        }
        el_mem_fail_at(-1);
        assert_int_equal(few.n_score, n_score); /* neither has changed */
        assert_int_equal(many.n_score, n_score);
    }
    if (many.n_score)
        assert_int_equal(el_evaluation_append(&few, &many, NULL), EL_OK);
    assert_int_equal(many.n_score, 0);
    assert_int_equal(few.n_score, 2 * n_score);
    assert_int_equal(few.n_tried, n_tried);
    assert_int_equal(few.n_difference, 4);
    assert_int_equal(few.n_note, n_note); /* said once */
    for (size_t i = 0; i < few.n_score; i++) {
        assert_int_equal(few.score[i].split,
                         i < 6 ? EL_SPLIT_ALL : EL_SPLIT_BATCH);
        assert_close(few.score[i].samples, i % 6 < 3 ? 5 : 20, 0, 0);
    }
    el_evaluation_clear(&few);
    assert_int_equal(el_mem_live(), 0);
}

static void out_of_memory(void **state)
{
    static const char *const label[] = {"x", "y"};
    static const el_form *const few[] = {&el_form_smallest_tp,
                                         &el_form_constant};
    el_evaluate_options o = usual();
    el_status st;
    long k = 0;

    (void)state;
    el_test_grid(&data, 2, 0.05);
    data.group[0].n = data.group[1].n = 12;
    o.form = few;
    o.n_form = 2;
    o.seeds = 1;
    o.samples = 3;
    o.label = label;
    o.compare[0] = few[0];
    o.compare[1] = few[1];
    do {
        el_evaluation e = {.n_note = 77};
        el_mem_fail_at(k);
        st = el_evaluate(&data.groups, &o, NULL, &e, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK) {
            assert_int_equal(st, EL_E_NOMEM);
            assert_int_equal(e.n_note, 77);
        } else
            el_evaluation_clear(&e);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 2000);
    assert_int_equal(st, EL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(difference_is_that_of_the_scores),
        cmocka_unit_test(difference_from_itself_is_none),
        cmocka_unit_test(divergence_by_hand),
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(counts_are_joined),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
