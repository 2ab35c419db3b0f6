/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning: every row is kept, merged or dropped for one stated reason. */
#include "energylens/group.h"

#include "base/mem.h"
#include "el_table_sample.h"
#include "el_warned.h"

static el_groups make(el_table *t, el_clean_options options)
{
    el_groups g;

    n_warnings = 0;
    assert_int_equal(el_groups_make(t, NULL, &options, &task, &g, NULL), EL_OK);
    return g;
}

static void check_account(const el_cleaning *c)
{
    assert_int_equal(c->rows, c->no_energy + c->flagged + c->short_run +
                                  c->other_session + c->merged + c->kept);
}

static void each_reason_is_counted_once(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 1, 128, 128, 100);
    el_groups g;
    const el_cleaning *c;

    (void)state;
    el_sample_add(t, r); /* kept */
    r.quality_flag = "short_run_lt3s;count_is_xpu_tiles";
    r.batch_size = 2;
    el_sample_add(t, r); /* kept, with a tag */
    r.quality_flag = "short_run_lt3s;bad_latency";
    r.latency_s = 0.1;
    el_sample_add(t, r); /* flagged comes before short */
    r.quality_flag = "";
    el_sample_add(t, r); /* short */
    r.energy_per_request_j = EL_UNKNOWN;
    el_sample_add(t, r); /* no energy */
    g = make(t, (el_clean_options){.min_latency_s = 1.5});
    assert_int_equal(g.n, 1);
    c = &g.group[0].cleaning;
    check_account(c);
    assert_int_equal(c->rows, 5);
    assert_int_equal(c->kept, 2);
    assert_int_equal(c->kept_flagged, 1);
    assert_int_equal(c->flagged, 1);
    assert_int_equal(c->short_run, 1);
    assert_int_equal(c->no_energy, 1);
    el_groups_clear(&g);
    g = make(t, (el_clean_options){.keep_flagged = true});
    assert_int_equal(g.group[0].cleaning.flagged, 0);
    assert_int_equal(g.group[0].cleaning.merged, 2); /* both 0.1 s rows */
    el_groups_clear(&g);
    el_table_free(t);
}

static void blank_latency_is_not_short(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 1, 128, 128, 100);
    el_groups g;

    (void)state;
    r.latency_s = EL_UNKNOWN;
    el_sample_add(t, r);
    g = make(t, (el_clean_options){.min_latency_s = 3});
    assert_int_equal(g.group[0].n, 1);
    el_groups_clear(&g);
    el_table_free(t);
}

/* Its window held many requests, however short each of them was. */
static void a_window_is_not_short(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 4, 128, 128, 100);
    el_groups g;

    (void)state;
    r.latency_s = 0.5;
    r.avg_batch = 3.9;
    el_sample_add(t, r);
    r.avg_batch = EL_UNKNOWN;
    el_sample_add(t, r);
    g = make(t, (el_clean_options){.min_latency_s = 3});
    assert_int_equal(g.group[0].n, 1);
    assert_int_equal(g.group[0].cleaning.short_run, 1);
    el_groups_clear(&g);
    el_table_free(t);
}

/* FP8 weights are no 16-bit ones because nobody filled the column in. */
static void a_name_says_the_precision(void **state)
{
    el_row r = el_sample_row(1, 4, 128, 128, 100);
    el_group_key key;
    el_facts wide, narrow;

    (void)state;
    assert_int_equal(el_row_resolve(&r, NULL, &key, &wide, NULL), EL_OK);
    r.model = "made-up-7b-FP8";
    r.precision = "";
    assert_int_equal(el_row_resolve(&r, NULL, &key, &narrow, NULL), EL_OK);
    assert_string_equal(key.precision, "fp8");
    assert_close(narrow.dense_bytes, wide.dense_bytes / 2, 1e-12, 0);
    r.precision = "bfloat16"; /* what is said stands */
    assert_int_equal(el_row_resolve(&r, NULL, &key, &narrow, NULL), EL_OK);
    assert_string_equal(key.precision, "bfloat16");
}

/* A run of fewer requests than slots never fills them; of more, the last ones
 * have empty slots beside them. */
static void requests_bound_what_is_in_flight(void **state)
{
    el_row r = el_sample_row(1, 64, 128, 128, 100);
    el_point p;

    (void)state;
    r.dp = 4;
    r.requests = 100;
    p = el_row_point(&r);
    assert_close(p.batch, 25, 0, 0);
    assert_close(p.requests, 25, 0, 0);
    r.requests = 1000;
    p = el_row_point(&r);
    assert_close(p.batch, 64, 0, 0);
    assert_close(p.requests, 250, 0, 0);
    r.requests = 1; /* of four replicas: says nothing of any */
    p = el_row_point(&r);
    assert_close(p.batch, 64, 0, 0);
    assert_close(p.requests, 0, 0, 0);
    r.requests = 100;
    r.avg_batch = 30; /* counted */
    p = el_row_point(&r);
    assert_close(p.batch, 30, 0, 0);
    assert_close(p.requests, 0, 0, 0);
}

static unsigned extras_of(const el_row *row, size_t n)
{
    el_table *t = el_sample_table();
    el_groups g;
    unsigned extras;

    for (size_t i = 0; i < n; i++)
        el_sample_add(t, row[i]);
    g = make(t, (el_clean_options){0});
    extras = g.group[0].extras;
    el_groups_clear(&g);
    el_table_free(t);
    return extras;
}

static void extras_are_what_rows_differ_in(void **state)
{
    el_row r[3];

    (void)state;
    r[0] = el_sample_row(1, 4, 128, 128, 100);
    r[1] = el_sample_row(2, 4, 128, 128, 100);
    r[2] = el_sample_row(1, 4, 128, 128, 100);
    r[2].ep = 4;
    assert_int_equal(extras_of(r, 2), 0);
    assert_int_equal(extras_of(r, 3), EL_EXTRA_EP);
    r[1].ep = 2; /* tp = ep, as vLLM counts */
    assert_int_equal(extras_of(r, 3), 0);
    r[0].requests = 9;
    assert_int_equal(extras_of(r, 3), EL_EXTRA_TAIL);
    r[0].input_tokens = EL_UNKNOWN; /* steady */
    assert_int_equal(extras_of(r, 1), 0);
}

static void repeats_combine_by_geometric_mean(void **state)
{
    el_table *t = el_sample_table();
    el_groups g;
    const el_sample *s;

    (void)state;
    el_sample_add(t, el_sample_row(1, 4, 128, 128, 100));
    el_sample_add(t, el_sample_row(2, 4, 128, 128, 70));
    el_sample_add(t, el_sample_row(1, 4, 128, 128, 144)); /* x1.44 apart */
    g = make(t, (el_clean_options){0});
    assert_int_equal(g.group[0].n, 2);
    s = &g.group[0].sample[0];
    assert_close(s->energy_j, 4 * 120, 1e-12, 0);
    assert_int_equal(s->n_repeats, 2);
    assert_close(s->repeat_ss, 2 * log(1.2) * log(1.2), 1e-9, 0);
    assert_int_equal(g.group[0].cleaning.merged, 1);
    assert_int_equal(g.group[0].cleaning.disagree, 2);
    assert_int_equal(n_warnings, 1);
    assert_non_null(strstr(last_warning, "t.csv:2: repeats"));
    el_groups_clear(&g);
    el_table_free(t);
}

/* One log: tp 1, then other models, then tp 1 again and tp 2: the second
 * tp 1 ran next to tp 2, on the same node. */
static void session_nearest_the_others_is_kept(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 1, 128, 128, 200);
    el_groups g;

    (void)state;
    r.source_file = "a.csv";
    el_sample_add(t, r);
    for (int i = 0; i < 3; i++) { /* other models in between */
        el_row other = el_sample_row(1, 1, 128, 128, 50);
        char name[] = "other-0";
        name[6] = (char)('0' + i);
        other.model = name;
        other.source_file = "a.csv";
        el_sample_add(t, other);
    }
    r.energy_per_request_j = 100;
    el_sample_add(t, r);
    r.tp = 2;
    el_sample_add(t, r);
    g = make(t, (el_clean_options){.sessions = true});
    assert_int_equal(g.group[0].cleaning.other_session, 1);
    check_account(&g.group[0].cleaning);
    assert_close(g.group[0].sample[0].energy_j, 100, 1e-12, 0);
    el_groups_clear(&g);
    g = make(t, (el_clean_options){0}); /* both, combined */
    assert_close(g.group[0].sample[0].energy_j, sqrt(2e4), 1e-12, 0);
    el_groups_clear(&g);
    el_table_free(t);
}

/* A log a workload: no log is a second session of another. */
/* The same log sorted by batch: blocks of one row that measured nothing again
 * are no sessions, but for the one that did. */
static void another_order_makes_no_sessions(void **state)
{
    el_table *t = el_sample_table();
    el_groups g;

    (void)state;
    for (int i = 0; i < 12; i++) {
        int batch = 1 + i / 3;
        el_row r = el_sample_row(1 + i % 3, batch, 128, 128, 100 + i);

        r.source_file = "log";
        el_sample_add(t, r);
        if (i == 11) {
            r.tp = 2;
            r.batch_size = 1; /* again */
            el_sample_add(t, r);
        }
    }
    g = make(t, (el_clean_options){.sessions = true});
    assert_int_equal(g.group[0].cleaning.rows, 13);
    assert_int_equal(g.group[0].cleaning.other_session, 1);
    assert_int_equal(g.group[0].n, 12);
    el_groups_clear(&g);
    el_table_free(t);
}

static void logs_do_not_compete(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 1, 128, 128, 100);
    el_groups g;

    (void)state;
    r.source_file = "chat.csv";
    el_sample_add(t, r);
    r.source_file = "code.csv";
    r.batch_size = 2;
    el_sample_add(t, r);
    g = make(t, (el_clean_options){.sessions = true});
    assert_int_equal(g.group[0].cleaning.other_session, 0);
    el_groups_clear(&g);
    el_table_free(t);
}

static void groups_split_by_every_key(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 1, 128, 128, 100), q;
    el_groups g;

    (void)state;
    el_sample_add(t, r);
    q = r, q.gpu = "other";
    el_sample_add(t, q);
    q = r, q.precision = "fp8";
    el_sample_add(t, q);
    q = r, q.engine = "SGLang";
    el_sample_add(t, q);
    q = r, q.model = "MADE-UP-7B"; /* case does not matter */
    q.batch_size = 2;
    el_sample_add(t, q);
    g = make(t, (el_clean_options){0});
    assert_int_equal(g.n, 4);
    assert_int_equal(g.group[0].n, 2);
    el_groups_clear(&g);
    el_table_free(t);
}

static void steady_rows_use_the_measured_batch(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 64, EL_UNKNOWN, 400, 10);
    el_groups g;
    const el_sample *s;

    (void)state;
    r.avg_batch = 60.5;
    r.workload = "chat";
    el_sample_add(t, r);
    g = make(t, (el_clean_options){0});
    s = &g.group[0].sample[0];
    assert_true(g.group[0].prompts_unknown);
    assert_true(s->point.steady);
    assert_close(s->point.batch, 60.5, 0, 0);
    assert_close(s->batch_size, 64, 0, 0);
    assert_close(s->energy_j, 605, 1e-12, 0);
    assert_false(el_is_known(s->run_s)); /* a long run has no jitter */
    assert_string_equal(g.group[0].workload[s->point.workload], "chat");
    el_groups_clear(&g);
    el_table_free(t);
}

static void unknown_model_without_size_names_the_row(void **state)
{
    el_table *t = el_sample_table();
    el_row r = el_sample_row(1, 1, 128, 128, 100);
    el_clean_options options = {0};
    el_groups g;
    el_error e;

    (void)state;
    r.params = EL_UNKNOWN;
    el_sample_add(t, r);
    assert_int_equal(el_groups_make(t, NULL, &options, NULL, &g, &e),
                     EL_E_DATA);
    assert_non_null(strstr(e.message, "t.csv:2: model \"made-up-7b\""));
    el_table_free(t);
}

static void every_allocation_may_fail(void **state)
{
    el_table *t = el_sample_table();
    el_clean_options options = {.sessions = true};
    long k = 0, live;
    el_status st;

    (void)state;
    el_sample_add(t, el_sample_row(1, 1, 128, 128, 100));
    el_sample_add(t, el_sample_row(2, 1, 128, 128, 100));
    live = el_mem_live();
    do {
        el_groups g = {0};
        el_mem_fail_at(k);
        st = el_groups_make(t, NULL, &options, NULL, &g, NULL);
        el_mem_fail_at(-1);
        if (st != EL_OK)
            assert_int_equal(st, EL_E_NOMEM);
        el_groups_clear(&g);
        assert_int_equal(el_mem_live(), live);
    } while (st != EL_OK && ++k < 100);
    assert_int_equal(st, EL_OK);
    el_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_is_counted_once),
        cmocka_unit_test(blank_latency_is_not_short),
        cmocka_unit_test(a_window_is_not_short),
        cmocka_unit_test(a_name_says_the_precision),
        cmocka_unit_test(requests_bound_what_is_in_flight),
        cmocka_unit_test(extras_are_what_rows_differ_in),
        cmocka_unit_test(repeats_combine_by_geometric_mean),
        cmocka_unit_test(session_nearest_the_others_is_kept),
        cmocka_unit_test(another_order_makes_no_sessions),
        cmocka_unit_test(logs_do_not_compete),
        cmocka_unit_test(groups_split_by_every_key),
        cmocka_unit_test(steady_rows_use_the_measured_batch),
        cmocka_unit_test(unknown_model_without_size_names_the_row),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
