/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store as its users see it. On SQLite; with EL_TEST_STORE set to the
 * address of an empty database the same tests run there (tests/cli/store_pg.sh
 * starts a server for them).
 */
#include "el_store_sample.h"
#include "el_test.h"

#include "store/schema.h"

static void assert_run(const el_store_run_seen *seen, const el_store_run *want)
{
    for (size_t i = 0; i < el_n_store_columns; i++) {
        const el_store_column *c = &el_store_columns[i];

        if (c->rule == EL_COLUMN_TEXT) {
            const char *a = el_column_text(c, &seen->run);
            const char *b = el_column_text(c, want);

            assert_true(a == b || (a && b && strcmp(a, b) == 0));
        } else {
            assert_true(el_known_equal(el_column_number(c, &seen->run),
                                       el_column_number(c, want)));
        }
    }
    assert_int_equal(seen->run.state, want->state);
    assert_true(el_known_equal(seen->run.repeat, want->repeat));
    assert_true(el_known_equal(seen->run.started_utc_s, want->started_utc_s));
    assert_string_equal(seen->run.meter, want->meter);
}

static void test_round_trip(void **state)
{
    sample_run s;
    el_store *store = open_fresh(state, EL_STORE_WRITE);
    el_store_loaded got;
    el_store_campaign_seen c;
    el_error err;

    sample_run_make(&s, 1);
    sample_run_write(store, &s, true);
    el_store_close(store);

    store = open_again(state, EL_STORE_READ);
    assert_int_equal(only_campaign(store, &c), 1);
    assert_int_equal(c.runs.n_complete, 1);
    assert_int_equal(c.n_configuration, 1);
    assert_int_equal(c.n_request, N_REQUEST);
    assert_int_equal(c.n_sample, 2 * N_SAMPLE);
    assert_close(c.campaign.n_planned, 3, 0, 0);
    assert_true(isnan(c.campaign.created_utc_s));

    assert_int_equal(el_store_load(store, 1, &got, &err), EL_OK);
    assert_run(&got.seen, &s.run);
    assert_int_equal(got.seen.run.n_environment, 2);
    assert_string_equal(got.seen.run.environment[0].name, "driver");
    assert_string_equal(got.seen.run.environment[0].value, "535.104\t\\N");
    assert_int_equal(got.seen.run.n_fact, 1);
    assert_int_equal(got.seen.run.n_device, 2);
    assert_string_equal(got.seen.run.device[1].id, "GPU-1");
    assert_null(got.seen.run.device[1].name);
    assert_true(isnan(got.seen.run.device[1].energy_j));
    el_store_loaded_clear(&got);
    assert_requests(store, &s);
    assert_samples(store, &s);
    el_store_close(store);
    assert_int_equal(el_mem_live(), 0);
}

static void test_same_run_twice(void **state)
{
    sample_run s;
    el_store *store = open_fresh(state, EL_STORE_WRITE);
    el_store_campaign_seen c;

    sample_run_make(&s, 1);
    sample_run_write(store, &s, true);
    sample_run_write(store, &s, false);
    /* the same environment in another order, the same degrees spelled out */
    s.run.environment = (const el_store_fact[]){{"gpu.0.power_limit_w", "700"},
                                                {"driver", "535.104\t\\N"}};
    s.run.configuration.pp = 1;
    s.run.configuration.num_gpus = 2;
    sample_run_write(store, &s, false);
    s.run.repeat = 2;
    sample_run_write(store, &s, true);
    s.run.state = EL_RUN_FAILED;
    sample_run_write(store, &s, true);
    assert_int_equal(only_campaign(store, &c), 1);
    assert_int_equal(c.runs.n_complete, 2);
    assert_int_equal(c.runs.n_failed, 1);
    assert_int_equal(c.n_configuration, 1);
    el_store_close(store);
}

/* A run that is not committed, or fails half-way, leaves nothing. */
static void test_rollback(void **state)
{
    sample_run s;
    el_store *store = open_fresh(state, EL_STORE_WRITE);
    el_store_campaign_seen c;
    bool is_new;
    int64_t id;
    el_error err;

    sample_run_make(&s, 1);
    assert_int_equal(el_store_campaign_add(store, &sample_campaign, &id, NULL),
                     EL_OK);
    assert_int_equal(el_store_begin(store, id, &s.run, &is_new, NULL), EL_OK);
    assert_int_equal(el_store_begin(store, id, &s.run, &is_new, NULL),
                     EL_E_ARG);
    s.sample[0][3].time_s = (double)INFINITY;
    assert_int_equal(
        el_store_add_samples(store, 0, s.sample[0], N_SAMPLE, &err), EL_E_DATA);
    assert_string_equal(err.message, "store: sample 3 of device 0: not finite");
    assert_int_equal(el_store_commit(store, &err), EL_E_ARG);
    assert_int_equal(el_store_begin(store, id, &s.run, &is_new, NULL), EL_OK);
    assert_int_equal(el_store_add_requests(store, s.request, N_REQUEST, NULL),
                     EL_OK);
    el_store_rollback(store);
    assert_int_equal(el_store_begin(store, id, &s.run, &is_new, NULL), EL_OK);
    el_store_close(store);

    store = open_again(state, EL_STORE_READ);
    assert_int_equal(only_campaign(store, &c), 1);
    assert_int_equal(c.runs.n_complete, 0);
    assert_int_equal(c.n_sample, 0);
    el_store_close(store);
}

static void test_refused(void **state)
{
    static const struct {
        const char *column, *message;
        double v;
    } bad[] = {{"energy_j", "store: energy_j: below 0 (-1)", -1},
               {"energy_j", "store: energy_j: 0 is no measurement (0)", 0},
               {"ttft_s", "store: ttft_s: not finite", (double)INFINITY},
               {"batch_size", "store: batch_size: below 0 (-8)", -8}};
    sample_run s;
    el_store *store = open_fresh(state, EL_STORE_WRITE);
    bool is_new;
    int64_t id;
    el_error err;

    sample_run_make(&s, 1);
    assert_int_equal(el_store_campaign_add(store, &sample_campaign, &id, NULL),
                     EL_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sample_run_make(&s, 1);
        *sample_number(&s.run, bad[i].column) = bad[i].v;
        assert_int_equal(el_store_begin(store, id, &s.run, &is_new, &err),
                         EL_E_DATA);
        assert_string_equal(err.message, bad[i].message);
    }
    sample_run_make(&s, 1);
    s.run.configuration.model = "\xff";
    assert_int_equal(el_store_begin(store, id, &s.run, &is_new, &err),
                     EL_E_DATA);
    assert_string_equal(err.message, "store: model: no UTF-8");
    sample_run_make(&s, 1);
    s.run.environment = (const el_store_fact[]){{"a", "1"}, {"a", "2"}};
    assert_int_equal(el_store_begin(store, id, &s.run, &is_new, &err),
                     EL_E_ARG);
    sample_run_make(&s, 1);
    assert_int_equal(el_store_begin(store, id + 1, &s.run, &is_new, &err),
                     EL_E_ARG);
    assert_int_equal(el_store_campaign_add(
                         store, &(el_store_campaign){.name = ""}, &id, NULL),
                     EL_E_ARG);
    /* and it is as usable as before */
    sample_run_write(store, &s, true);
    el_store_close(store);
}

static void test_read_alone(void **state)
{
    el_store *store = open_fresh(state, EL_STORE_WRITE);
    sample_run s;
    int64_t id;
    el_error err;

    sample_run_make(&s, 1);
    sample_run_write(store, &s, true);
    el_store_close(store);
    store = open_again(state, EL_STORE_READ);
    assert_int_equal(el_store_campaign_add(store, &sample_campaign, &id, &err),
                     EL_E_ARG);
    assert_int_equal(store->kind->run(store->self, "DELETE FROM run", &err),
                     EL_E_IO);
    el_store_close(store);
}

/* --- versions ------------------------------------------------------------- */

/* What the next versions might bring. */
static const el_migration later[] = {
    {EL_STORE_VERSION + 1, "ALTER TABLE run ADD COLUMN extra @REAL"},
    {EL_STORE_VERSION + 2, "CREATE TABLE more(id @ID, run_id @INT)@TABLE"}};
static const el_migration broken[] = {
    {EL_STORE_VERSION + 1, "ALTER TABLE run ADD COLUMN extra @REAL;"
                           "ALTER TABLE nowhere ADD COLUMN extra @REAL"}};

static void test_migrate(void **state)
{
    el_store *store = open_fresh(state, EL_STORE_WRITE);
    sample_run s;
    el_error err;

    sample_run_make(&s, 1);
    sample_run_write(store, &s, true);
    assert_int_equal(store->version, EL_STORE_VERSION);
    assert_int_equal(el_schema_migrate(store, broken, 1, &err), EL_E_DATA);
    assert_int_equal(store->version, EL_STORE_VERSION);
    assert_int_equal(el_schema_migrate(store, later, 2, &err), EL_OK);
    assert_int_equal(store->version, EL_STORE_VERSION + 2);
    /* another process that has not seen it does nothing again */
    store->version = EL_STORE_VERSION;
    assert_int_equal(el_schema_migrate(store, later, 2, &err), EL_OK);
    assert_int_equal(store->version, EL_STORE_VERSION + 2);
    sample_run_write(store, &s, false);
    el_store_close(store);

    /* newer than this program: it reads, but does not write */
    store = NULL;
    assert_int_equal(
        el_store_open(sample_where(state), EL_STORE_WRITE, &store, &err),
        EL_E_VERSION);
    assert_non_null(strstr(err.message, "a store of version 1.2; this program "
                                        "writes 1.0: it can only be read"));
    assert_null(store);
    store = open_again(state, EL_STORE_READ);
    assert_samples(store, &s);
    el_store_close(store);
}

static void test_other_versions(void **state)
{
    static const struct {
        int version;
        const char *message;
    } cases[] = {{2000,
                  "a store of version 2.0; this program writes 1.0: it cannot "
                  "be read"},
                 {999, "damaged: version 999"}};
    el_error err;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        el_store *store = open_fresh(state, EL_STORE_WRITE);
        char sql[128];

        (void)snprintf(sql, sizeof sql, "%s%d", store->kind->dialect.stamp,
                       cases[i].version);
        assert_int_equal(store->kind->run(store->self, sql, &err), EL_OK);
        el_store_close(store);
        store = NULL;
        for (el_store_use use = EL_STORE_READ; use <= EL_STORE_WRITE; use++) {
            el_status st =
                el_store_open(sample_where(state), use, &store, &err);

            assert_int_equal(st, i == 0 ? EL_E_VERSION : EL_E_DATA);
            assert_non_null(strstr(err.message, cases[i].message));
            assert_null(store);
        }
    }
}

static void test_older_version(void **state)
{
    el_store store = {.name = "x.db", .version = 900, .use = EL_STORE_READ};
    el_error err;

    (void)state;
    assert_int_equal(el_schema_accept(&store, &err), EL_E_VERSION);
    assert_string_equal(
        err.message, "x.db: a store of version 0.900; this program writes 1.0: "
                     "it has to be migrated first (energylens store migrate)");
}

/* --- addresses ------------------------------------------------------------ */

static void test_no_password_in_messages(void **state)
{
    static const char *const where[] = {
        "postgresql://anna:s3cret@127.0.0.1:1/runs?connect_timeout=1",
        "postgresql://anna@127.0.0.1:1/runs?password=s3cret",
        "postgres://anna:s3cret@x@127.0.0.1:1/runs",
        "postgresql://anna:s3/s3cret@127.0.0.1:1/runs",
        "postgresql://anna:s3?s3cret@127.0.0.1:1/runs",
        "postgresql://anna:s3%zzs3cret@127.0.0.1:1/runs",
        "postgresql://anna@127.0.0.1:1/runs?s3cret"};

    (void)state;
    for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
        el_store *store = NULL;
        el_error err = {0};
        el_status st = el_store_open(where[i], EL_STORE_READ, &store, &err);

        assert_true(st == EL_E_DEVICE || st == EL_E_ARG);
        assert_null(strstr(err.message, "s3cret"));
        assert_null(strchr(err.message, '\n'));
        if (i < 2)
            assert_non_null(
                strstr(err.message, "postgresql://anna@127.0.0.1:1/runs: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_same_run_twice),
        cmocka_unit_test(test_rollback),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_read_alone),
        cmocka_unit_test(test_migrate),
        cmocka_unit_test(test_other_versions),
        cmocka_unit_test(test_older_version),
        cmocka_unit_test(test_no_password_in_messages),
    };

    return cmocka_run_group_tests_name("store", tests, sample_setup,
                                       sample_teardown);
}
