/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

/*
 * Version 1.0. Blank cells are NULL; a state, a time or a text is there or it
 * is not. n_request, n_sample and content, a sum over all that a run has beside
 * its row, are written last: what was lost or changed can be found.
 */
static const char first[] =
    "CREATE TABLE campaign("
    " id @ID, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, plan TEXT,"
    " n_planned @REAL CHECK(n_planned >= 0), created_utc_s @REAL,"
    " energylens TEXT NOT NULL)@TABLE;"

    "CREATE TABLE configuration("
    " id @ID, key TEXT NOT NULL UNIQUE,"
    " model TEXT, gpu TEXT, precision TEXT, engine TEXT, workload TEXT,"
    " arch TEXT, dataset TEXT, tp @REAL, pp @REAL, ep @REAL, dp @REAL,"
    " num_gpus @REAL, batch_size @REAL, input_tokens @REAL,"
    " output_tokens @REAL, vision_tokens @REAL, params_b @REAL,"
    " active_params_b @REAL)@TABLE;"

    "CREATE TABLE environment("
    " id @ID, key TEXT NOT NULL UNIQUE)@TABLE;"

    "CREATE TABLE environment_fact("
    " environment_id @INT NOT NULL REFERENCES environment(id),"
    " name TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(environment_id, name))@ROWS;"

    "CREATE TABLE run("
    " id @ID, key TEXT NOT NULL UNIQUE,"
    " campaign_id @INT NOT NULL REFERENCES campaign(id),"
    " configuration_id @INT NOT NULL REFERENCES configuration(id),"
    " environment_id @INT REFERENCES environment(id),"
    " state TEXT NOT NULL CHECK(state IN ('complete', 'partial', 'failed')),"
    " repeat @REAL, started_utc_s @REAL, meter TEXT, energylens TEXT NOT NULL,"
    " n_request @INT NOT NULL, n_sample @INT NOT NULL, content @INT NOT NULL,"
    " avg_batch @REAL CHECK(avg_batch >= 0), requests @REAL,"
    " energy_j @REAL CHECK(energy_j > 0),"
    " energy_per_request_j @REAL CHECK(energy_per_request_j > 0),"
    " energy_per_output_token_j @REAL CHECK(energy_per_output_token_j > 0),"
    " energy_node_gpus_j @REAL CHECK(energy_node_gpus_j > 0),"
    " prefill_energy_j @REAL CHECK(prefill_energy_j >= 0),"
    " decode_energy_j @REAL CHECK(decode_energy_j >= 0),"
    " latency_s @REAL CHECK(latency_s >= 0), ttft_s @REAL CHECK(ttft_s >= 0),"
    " itl_s @REAL CHECK(itl_s >= 0), avg_power_w @REAL CHECK(avg_power_w >= 0),"
    " throughput_tok_s @REAL CHECK(throughput_tok_s >= 0),"
    " energy_error_j @REAL CHECK(energy_error_j >= 0),"
    " idle_power_w @REAL CHECK(idle_power_w >= 0),"
    " duration_s @REAL CHECK(duration_s >= 0),"
    " config_note TEXT, source_file TEXT, quality_flag TEXT)@TABLE;"
    "CREATE INDEX run_configuration ON run(campaign_id, configuration_id);"

    "CREATE TABLE fact("
    " run_id @INT NOT NULL REFERENCES run(id), name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY(run_id, name))@ROWS;"

    "CREATE TABLE device("
    " run_id @INT NOT NULL REFERENCES run(id), device @INT NOT NULL,"
    " uuid TEXT, name TEXT, energy_j @REAL CHECK(energy_j > 0),"
    " idle_power_w @REAL CHECK(idle_power_w >= 0),"
    " PRIMARY KEY(run_id, device))@ROWS;"

    "CREATE TABLE request("
    " run_id @INT NOT NULL REFERENCES run(id), seq @INT NOT NULL,"
    " start_s @REAL, ttft_s @REAL CHECK(ttft_s >= 0),"
    " itl_s @REAL CHECK(itl_s >= 0), itl_max_s @REAL CHECK(itl_max_s >= 0),"
    " latency_s @REAL CHECK(latency_s >= 0), input_tokens @REAL,"
    " output_tokens @REAL, n_retry @REAL, error TEXT,"
    " PRIMARY KEY(run_id, seq))@ROWS;"

    "CREATE TABLE sample("
    " run_id @INT NOT NULL REFERENCES run(id), device @INT NOT NULL,"
    " seq @INT NOT NULL, time_s @REAL NOT NULL, power_w @REAL,"
    " energy_j @REAL, sm_clock_hz @REAL, mem_clock_hz @REAL, temp_c @REAL,"
    " throttle @INT, PRIMARY KEY(run_id, device, seq))@ROWS";

const el_migration el_migrations[] = {{EL_STORE_VERSION, first}};
const size_t el_n_migrations = sizeof el_migrations / sizeof *el_migrations;

/* The words of a dialect in place of @ID and its like. */
static void translate(const el_sql_dialect *d, const char *sql, el_buf *out)
{
    const struct {
        const char *mark, *word;
    } words[] = {{"@ID", d->id},
                 {"@INT", d->integer},
                 {"@REAL", d->real},
                 {"@TABLE", d->table},
                 {"@ROWS", d->rows}};

    while (*sql) {
        size_t n = strcspn(sql, "@");

        el_buf_add_n(out, sql, n);
        sql += n;
        for (size_t i = 0; *sql && i < sizeof words / sizeof *words; i++)
            if (strncmp(sql, words[i].mark, strlen(words[i].mark)) == 0) {
                el_buf_add(out, words[i].word);
                sql += strlen(words[i].mark);
                break;
            }
    }
}

static el_status take(el_store *store, const el_migration *m, el_error *err)
{
    const el_sql_kind *k = store->kind;
    el_buf sql = {0};
    el_status st;

    if (store->version == 0)
        el_buf_printf(&sql, "%s; ", k->dialect.found);
    translate(&k->dialect, m->sql, &sql);
    el_buf_add(&sql, "; ");
    el_buf_printf(&sql, "%s%d", k->dialect.stamp, m->version);
    st = el_buf_ok(&sql)
             ? k->run(store->self, el_buf_text(&sql), err)
             : el_fail(err, EL_E_NOMEM, "%s: out of memory", store->name);
    el_buf_clear(&sql);
    return st;
}

static el_status migrate_one(el_store *store, const el_migration *m,
                             el_error *err)
{
    const el_sql_kind *k = store->kind;
    el_status st = k->run(store->self, k->dialect.alone, err);

    if (st != EL_OK)
        return st;
    st = k->version(store->self, &store->version, err);
    if (st == EL_OK && store->version < m->version)
        st = take(store, m, err);
    if (st == EL_OK)
        st = k->run(store->self, "COMMIT", err);
    if (st != EL_OK)
        (void)k->run(store->self, "ROLLBACK", NULL);
    else if (store->version < m->version)
        store->version = m->version;
    return st;
}

el_status el_schema_migrate(el_store *store, const el_migration *step, size_t n,
                            el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = 0; i < n && st == EL_OK; i++)
        if (store->version < step[i].version)
            st = migrate_one(store, &step[i], err);
    return st;
}

el_status el_schema_accept(const el_store *store, el_error *err)
{
    const int major = store->version / 1000, minor = store->version % 1000;
    const char *what =
        major > EL_STORE_MAJOR ? "cannot be read"
        : store->version > EL_STORE_VERSION && store->use == EL_STORE_WRITE
            ? "can only be read"
        : store->version < EL_STORE_VERSION
            ? "has to be migrated first (energylens store "
              "migrate)"
            : NULL;

    if (!what)
        return EL_OK;
    return el_fail(err, EL_E_VERSION,
                   "%s: a store of version %d.%d; this program writes %d.%d: "
                   "it %s",
                   store->name, major, minor, EL_STORE_MAJOR, EL_STORE_MINOR,
                   what);
}
