/* SPDX-License-Identifier: Apache-2.0 */
/* An evaluation that goes on from what was kept of it. */
#include "base/mem.h"
#include "base/task.h"
#include "evaluate_data.h"

#include <stdlib.h>

#define MAX_SETS 256

static el_test_data data;

static const el_form *const kinds[] = {&el_form_closed12, &el_form_nnls12kv,
                                       &el_form_sweetspot,
                                       &el_form_smallest_tp};

typedef struct kept {
    char *text[MAX_SETS]; /* malloc: the library's count is checked */
    size_t n_recalled, n_new;
    size_t full; /* keep() fails from here on */
} kept;

static const char *recall(void *ctx, size_t i)
{
    kept *k = ctx;

    assert_true(i < MAX_SETS);
    k->n_recalled += k->text[i] != NULL;
    return k->text[i];
}

static el_status keep(void *ctx, size_t i, const char *text, el_error *err)
{
    kept *k = ctx;

    if (k->n_new >= k->full)
        return el_fail(err, EL_E_IO, "disk: full");
    assert_null(strchr(text, '\n'));
    assert_null(k->text[i]);
    k->text[i] = malloc(strlen(text) + 1);
    assert_non_null(k->text[i]);
    (void)strcpy(k->text[i], text); /* NOLINT: room was made for it */
    k->n_new++;
    return EL_OK;
}

static void forget(kept *k)
{
    for (size_t i = 0; i < MAX_SETS; i++)
        free(k->text[i]);
}

static el_evaluate_options usual(const el_evaluate_keeper *keeper)
{
    el_evaluate_options o = {.form = kinds,
                             .n_form = 4,
                             .splits = 1u << EL_SPLIT_ALL |
                                       1u << EL_SPLIT_LENGTH |
                                       1u << EL_SPLIT_MODEL,
                             .samples = 20,
                             .seeds = 2,
                             .prior = EL_PRIOR_PHYSICAL,
                             .keep_predictions = true,
                             .keeper = keeper};

    return o;
}

static el_evaluation evaluate(const el_evaluate_keeper *keeper)
{
    el_evaluate_options o = usual(keeper);
    el_evaluation e;
    el_error err;

    if (el_evaluate(&data.groups, &o, NULL, &e, &err) != EL_OK)
        fail_msg("%s", err.message);
    return e;
}

/* Bits: NaN has to be the same NaN. */
static void assert_same(const el_evaluation *a, const el_evaluation *b)
{
    assert_int_equal(a->n_score, b->n_score);
    for (size_t i = 0; i < a->n_score; i++) {
        assert_memory_equal(a->score[i].figure, b->score[i].figure,
                            sizeof a->score[i].figure);
        assert_memory_equal(&a->score[i].ceiling_top1_pct,
                            &b->score[i].ceiling_top1_pct, sizeof(double));
    }
    assert_int_equal(a->n_note, b->n_note);
    for (size_t i = 0; i < a->n_note; i++)
        assert_string_equal(a->note[i], b->note[i]);
    assert_int_equal(a->n_tried, b->n_tried);
    for (size_t i = 0; i < a->n_tried; i++) {
        assert_memory_equal(&a->tried[i].predicted_j, &b->tried[i].predicted_j,
                            sizeof(double));
        assert_int_equal(a->tried[i].in_training, b->tried[i].in_training);
    }
}

/* Stopped after any number of sets, the same bits in the end. */
static void test_same_bits(void **state)
{
    el_evaluation whole = evaluate(NULL);

    (void)state;
    assert_true(whole.n_note > 0); /* sweetspot is left out somewhere */
    for (size_t stop = 0; stop < 12; stop += 3) {
        kept k = {.full = stop};
        el_evaluate_keeper keeper = {recall, keep, &k};
        el_evaluate_options o = usual(&keeper);
        el_evaluation e;
        el_error err;

        assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, &err),
                         EL_E_IO);
        assert_string_equal(err.message, "disk: full");
        assert_int_equal(k.n_new, stop);
        k.full = SIZE_MAX;
        e = evaluate(&keeper);
        assert_int_equal(k.n_recalled, stop);
        assert_true(k.n_new > stop);
        assert_same(&whole, &e);
        el_evaluation_clear(&e);
        e = evaluate(&keeper); /* nothing is left to do */
        assert_int_equal(k.n_recalled, stop + k.n_new);
        assert_same(&whole, &e);
        el_evaluation_clear(&e);
        forget(&k);
    }
    el_evaluation_clear(&whole);
    assert_int_equal(el_mem_live(), 0);
}

/* A text that is cut or changed in its structure is refused, nothing leaks. */
static void test_foreign_text(void **state)
{
    kept k = {.full = SIZE_MAX};
    el_evaluate_keeper keeper = {recall, keep, &k};
    el_evaluate_options o = usual(&keeper);
    el_evaluation e = evaluate(&keeper);
    size_t len = strlen(k.text[1]);

    (void)state;
    el_evaluation_clear(&e);
    for (size_t cut = 0; cut < len; cut += 1 + cut / 20) {
        char at = k.text[1][cut];
        el_error err;

        if (strchr(k.text[1], '!') && cut > strcspn(k.text[1], "!"))
            break; /* a reason may have any length */
        k.text[1][cut] = '\0';
        assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, &err),
                         EL_E_DATA);
        k.text[1][cut] = '~';
        assert_int_equal(el_evaluate(&data.groups, &o, NULL, &e, &err),
                         EL_E_DATA);
        assert_non_null(strstr(err.message, "training set 1"));
        k.text[1][cut] = at;
        assert_int_equal(el_mem_live(), 0);
    }
    forget(&k);
}

static void test_no_memory(void **state)
{
    kept k = {.full = SIZE_MAX};
    el_evaluate_keeper keeper = {recall, keep, &k};
    el_evaluate_options o = usual(&keeper);
    el_evaluation e = evaluate(&keeper);
    el_status st;
    long n = 0;

    (void)state;
    el_evaluation_clear(&e);
    do { /* all is recalled: what is tested is taking it back */
        el_mem_fail_at(n);
        st = el_evaluate(&data.groups, &o, NULL, &e, NULL);
        el_mem_fail_at(-1);
        if (st == EL_OK)
            el_evaluation_clear(&e);
        else
            assert_int_equal(st, EL_E_NOMEM);
        assert_int_equal(el_mem_live(), 0);
        n += n < 40 ? 1 : 1 + n / 16;
    } while (st != EL_OK && n < 1000000);
    assert_int_equal(st, EL_OK);
    forget(&k);
}

static int setup(void **state)
{
    (void)state;
    el_test_grid(&data, 3, 0.02);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_foreign_text),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
