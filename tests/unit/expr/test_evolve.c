/* SPDX-License-Identifier: Apache-2.0 */
/* Islands: the same result however they are run, stopped or spread. */
#include "el_test.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "expr/checkpoint.h"
#include "expr/evolve.h"

#define N_ROW 120u
#define N_COL 3u
#define SEED  7u

typedef struct table {
    double value[N_COL][N_ROW], y[N_ROW];
    const double *col[N_COL];
    el_columns columns;
} table;

/* A law no island finds in a few epochs. */
static void fill(table *t)
{
    el_rng rng;

    el_rng_init(&rng, 3, 0);
    for (unsigned k = 0; k < N_COL; k++) {
        t->col[k] = t->value[k];
        for (unsigned i = 0; i < N_ROW; i++)
            t->value[k][i] = 1 + 4 * el_rng_unit(&rng);
    }
    for (unsigned i = 0; i < N_ROW; i++)
        t->y[i] = (3 + sin(t->value[0][i] * t->value[1][i])) *
                  exp(0.1 * el_rng_normal(&rng)) / t->value[2][i];
    t->columns = (el_columns){t->col, N_COL, N_ROW};
}

static const el_discover_options options = {.signed_terms = true,
                                            .max_complexity = 30,
                                            .evaluations = 6000,
                                            .islands = 4};

typedef struct state_bytes {
    void *bytes;
    size_t n;
} state_bytes;

static void clear(state_bytes *s)
{
    el_free(s->bytes);
    *s = (state_bytes){NULL, 0};
}

static void assert_same(const state_bytes *a, const state_bytes *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->bytes, b->bytes, a->n);
}

/* Run to the end, from nothing or from a state; the state then. */
static state_bytes run(const table *t, const el_discover_options *o,
                       unsigned threads, const el_island_link *link,
                       const state_bytes *from)
{
    const el_task task = {.seed = SEED, .threads = threads};
    el_archive *archive = el_array(1, sizeof *archive);
    el_evolution *e = NULL;
    state_bytes out = {NULL, 0};
    bool exact = false;
    el_error err = {0};

    assert_non_null(archive);
    el_archive_init(archive, &t->columns, t->y, o->loss);
    assert_int_equal(
        el_evolution_new(&t->columns, t->y, o, SEED, archive, link, &e, &err),
        EL_OK);
    if (from)
        assert_int_equal(
            el_evolution_load(e, archive, from->bytes, from->n, &err), EL_OK);
    assert_int_equal(el_evolution_run(e, archive, &task, &exact, &err), EL_OK);
    assert_false(exact);
    assert_true(el_evolution_tried(e) >= o->evaluations);
    assert_int_equal(el_evolution_save(e, archive, &out.bytes, &out.n, &err),
                     EL_OK);
    el_evolution_free(e);
    el_free(archive);
    return out;
}

static void threads_do_not_matter(void **state)
{
    table t;
    state_bytes one, other;

    (void)state;
    fill(&t);
    one = run(&t, &options, 1, NULL, NULL);
    for (unsigned threads = 1; threads <= 4; threads++) {
        other = run(&t, &options, threads, NULL, NULL);
        assert_same(&one, &other);
        clear(&other);
    }
    clear(&one);
}

typedef struct keeper {
    state_bytes first;
    unsigned calls;
} keeper;

static void keep_first(const void *bytes, size_t n, void *ctx)
{
    keeper *k = ctx;

    if (k->calls++ > 0)
        return;
    k->first.bytes = el_array(n, 1);
    assert_non_null(k->first.bytes);
    memcpy(k->first.bytes, bytes, n);
    k->first.n = n;
}

static void resumes(void **state)
{
    el_discover_options o = options;
    keeper k = {{NULL, 0}, 0};
    state_bytes whole, rest;
    table t;

    (void)state;
    fill(&t);
    o.evaluations = 30000; /* three epochs */
    o.save = keep_first;
    o.save_ctx = &k;
    whole = run(&t, &o, 2, NULL, NULL);
    assert_int_equal(k.calls, 3);
    o.save = NULL;
    rest = run(&t, &o, 2, NULL, &k.first);
    assert_same(&whole, &rest);
    clear(&whole);
    clear(&rest);
    clear(&k.first);
}

static void refuses_damage(void **state)
{
    const el_discover_options *o = &options;
    table t;
    state_bytes s;
    el_archive *archive = el_array(1, sizeof *archive);
    el_evolution *e = NULL;
    unsigned char *byte;
    el_error err = {0};

    (void)state;
    fill(&t);
    s = run(&t, o, 1, NULL, NULL);
    byte = s.bytes;
    assert_non_null(archive);
    el_archive_init(archive, &t.columns, t.y, o->loss);
    assert_int_equal(
        el_evolution_new(&t.columns, t.y, o, SEED, archive, NULL, &e, &err),
        EL_OK);
    for (size_t at = 0; at < s.n; at += 1 + s.n / 300) {
        byte[at] ^= 0x40;
        assert_int_not_equal(el_evolution_load(e, archive, s.bytes, s.n, &err),
                             EL_OK);
        byte[at] ^= 0x40;
        assert_int_equal(el_evolution_load(e, archive, s.bytes, at, &err),
                         EL_E_DATA);
        assert_int_equal(el_evolution_tried(e), 0);
    }
    byte[8] = 3;
    assert_int_equal(el_evolution_load(e, archive, s.bytes, s.n, &err),
                     EL_E_VERSION);
    byte[8] = 2;
    t.value[1][5] += 1e-9;
    assert_int_equal(el_evolution_load(e, archive, s.bytes, s.n, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "other rows"));
    el_evolution_free(e);
    el_free(archive);
    clear(&s);
}

/* The message of a load under these settings; EL_OK: "". */
static void load_with(const table *t, const el_discover_options *o,
                      uint64_t seed, const state_bytes *s, el_error *err)
{
    el_archive *archive = el_array(1, sizeof *archive);
    el_evolution *e = NULL;

    assert_non_null(archive);
    el_archive_init(archive, &t->columns, t->y, o->loss);
    assert_int_equal(
        el_evolution_new(&t->columns, t->y, o, seed, archive, NULL, &e, err),
        EL_OK);
    *err = (el_error){.status = EL_OK};
    if (el_evolution_load(e, archive, s->bytes, s->n, err) == EL_OK)
        assert_int_equal(err->status, EL_OK);
    else
        assert_int_equal(err->status, EL_E_DATA);
    el_evolution_free(e);
    el_free(archive);
}

static void says_what_is_other(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    const el_unit unit[N_COL] = {{{1}}, {{0, 1}}, {{0}}}, joule = {{1}};
    const el_unit_rules wild = {unit, &joule, true}, plain = {unit, &joule, 0},
                        no_result = {unit, NULL, true};
    const el_direction up[N_COL] = {EL_DIRECTION_UP},
                       down[N_COL] = {EL_DIRECTION_DOWN};
    const el_part part[N_COL] = {EL_PART_MACHINE};
    el_template shape, other;
    el_discover_options base = options, o;
    struct {
        el_discover_options o;
        uint64_t seed;
        const char *said; /* NULL: none */
    } trial[20];
    size_t n = 0;
    state_bytes s;
    table t;

    (void)state;
    fill(&t);
    assert_int_equal(el_template_parse("k*a + f(b)", names, 3, &shape, NULL),
                     EL_OK);
    assert_int_equal(el_template_parse("k*a + f(c)", names, 3, &other, NULL),
                     EL_OK);
    base.units = &wild;
    base.direction = up;
    base.shape = &shape;
    base.evaluations = 400;
    s = run(&t, &base, 1, NULL, NULL);
#define TRIAL(change, its_seed, words)                                         \
    o = base;                                                                  \
    change;                                                                    \
    trial[n].o = o;                                                            \
    trial[n].seed = (its_seed);                                                \
    trial[n++].said = (words)
    TRIAL(o.evaluations = 9000, SEED, NULL);
    TRIAL(o.ops = EL_DISCOVER_OPS, SEED, NULL); /* the same in other words */
    TRIAL(o.ops = EL_DISCOVER_ARITHMETIC, SEED, "with other operators");
    TRIAL(o.units = NULL, SEED, "with other units");
    TRIAL(o.units = &plain, SEED, "with other units");
    TRIAL(o.units = &no_result, SEED, "with other units");
    TRIAL(o.direction = NULL, SEED, "with other directions");
    TRIAL(o.direction = down, SEED, "with other directions");
    TRIAL(o.part = part, SEED, "with other parts");
    TRIAL(o.shape = NULL, SEED, "with other template");
    TRIAL(o.shape = &other, SEED, "with other template");
    TRIAL(o.signed_terms = false, SEED, "with other signs");
    TRIAL(o.loss = EL_LOSS_PLAIN, SEED, "with other loss");
    TRIAL(o.max_complexity = 29, SEED, "with other max-complexity");
    TRIAL(o.islands = 5, SEED, "with other islands");
    TRIAL((void)o, SEED + 1, "with other seed");
    TRIAL((o.units = NULL, o.shape = NULL), SEED + 1,
          "with other seed, units, template");
#undef TRIAL
    for (size_t i = 0; i < n; i++) {
        el_error err = {0};

        load_with(&t, &trial[i].o, trial[i].seed, &s, &err);
        if (trial[i].said)
            assert_non_null(strstr(err.message, trial[i].said));
        else
            assert_int_equal(err.status, EL_OK);
    }
    clear(&s);
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static void stops_when_cancelled(void **state)
{
    const el_task task = {.seed = SEED, .threads = 1, .cancelled = always};
    el_archive *archive = el_array(1, sizeof *archive);
    el_evolution *e = NULL;
    bool exact;
    table t;

    (void)state;
    fill(&t);
    assert_non_null(archive);
    el_archive_init(archive, &t.columns, t.y, EL_LOSS_RELATIVE);
    assert_int_equal(el_evolution_new(&t.columns, t.y, &options, SEED, archive,
                                      NULL, &e, NULL),
                     EL_OK);
    assert_int_equal(el_evolution_run(e, archive, &task, &exact, NULL), EL_OK);
    assert_int_equal(el_evolution_tried(e), 0);
    el_evolution_free(e);
    el_free(archive);
}

typedef struct watch {
    size_t calls, done, total;
} watch;

static void note(size_t done, size_t total, void *ctx)
{
    watch *w = ctx;

    w->calls++;
    assert_true(done > w->done && done <= total);
    w->done = done;
    w->total = total;
}

static void tells_how_far(void **state)
{
    el_discover_options o = options;
    watch w = {0, 0, 0};
    const el_task task = {
        .seed = SEED, .threads = 1, .progress = note, .ctx = &w};
    el_archive *archive = el_array(1, sizeof *archive);
    el_evolution *e = NULL;
    bool exact;
    table t;

    (void)state;
    fill(&t);
    o.evaluations = 25000; /* two epochs and a half */
    assert_non_null(archive);
    el_archive_init(archive, &t.columns, t.y, EL_LOSS_RELATIVE);
    assert_int_equal(
        el_evolution_new(&t.columns, t.y, &o, SEED, archive, NULL, &e, NULL),
        EL_OK);
    assert_int_equal(el_evolution_run(e, archive, &task, &exact, NULL), EL_OK);
    assert_int_equal(w.calls, 3);
    assert_int_equal(w.done, w.total);
    assert_int_equal(el_evolution_tried(e), 25000);
    el_evolution_free(e);
    el_free(archive);
}

/* Two processes as two threads: what MPI would do. */
typedef struct cluster {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    unsigned n, arrived, round;
    void *item[3]; /* of each rank */
} cluster;

typedef struct rank {
    cluster *cluster;
    el_island_link link;
    const table *t;
    state_bytes out;
    unsigned threads;
} rank;

static void meet(cluster *c)
{
    const unsigned round = c->round;

    if (++c->arrived == c->n) {
        c->arrived = 0;
        c->round++;
        (void)pthread_cond_broadcast(&c->all_here);
        return;
    }
    while (c->round == round)
        (void)pthread_cond_wait(&c->all_here, &c->lock);
}

static el_status agree(bool *go_on, void *ctx, el_error *err)
{
    (void)go_on;
    (void)ctx;
    (void)err;
    return EL_OK; /* nobody is cancelled */
}

static el_status all_gather(void *item, size_t size, unsigned n, void *ctx,
                            el_error *err)
{
    rank *r = ctx;
    cluster *c = r->cluster;

    (void)err;
    (void)pthread_mutex_lock(&c->lock);
    c->item[r->link.rank] = item;
    meet(c);
    for (unsigned i = 0; i < n; i++) {
        const unsigned owner = el_island_owner(&r->link, i, n);

        if (owner != r->link.rank)
            memcpy((char *)item + i * size,
                   (const char *)c->item[owner] + i * size, size);
    }
    meet(c);
    (void)pthread_mutex_unlock(&c->lock);
    return EL_OK;
}

/* The archive that a rank ends with, as text. */
static void *live(void *ctx)
{
    static const char *const names[] = {"a", "b", "c"};
    rank *r = ctx;
    const el_task task = {.seed = SEED, .threads = r->threads};
    el_archive *archive = el_array(1, sizeof *archive);
    el_evolution *e = NULL;
    el_buf text = {0};
    bool exact;

    if (!archive)
        return NULL;
    el_archive_init(archive, &r->t->columns, r->t->y, options.loss);
    if (el_evolution_new(&r->t->columns, r->t->y, &options, SEED, archive,
                         &r->link, &e, NULL) == EL_OK &&
        el_evolution_run(e, archive, &task, &exact, NULL) == EL_OK)
        for (unsigned s = 0; s <= EL_ARCHIVE_MAX; s++)
            if (el_archive_on_front(archive, s)) {
                el_expr_print(&archive->entry[s].expr, names,
                              (el_expr_style){.digits = 0}, &text);
                el_buf_printf(&text, " %.17g\n", archive->entry[s].loss);
            }
    r->out = (state_bytes){text.text, text.len};
    el_evolution_free(e);
    el_free(archive);
    return NULL;
}

static void ranks_do_not_matter(void **state)
{
    state_bytes whole = {NULL, 0};
    table t;

    (void)state;
    fill(&t);
    for (unsigned n = 1; n <= 3; n++) {
        cluster c = {.n = n};
        rank r[3];
        pthread_t thread[3];

        assert_int_equal(pthread_mutex_init(&c.lock, NULL), 0);
        assert_int_equal(pthread_cond_init(&c.all_here, NULL), 0);
        for (unsigned i = 0; i < n; i++) {
            r[i] = (rank){
                &c, {i, n, NULL, agree, all_gather, &r[i]}, &t, {NULL, 0}, 2};
            assert_int_equal(pthread_create(&thread[i], NULL, live, &r[i]), 0);
        }
        for (unsigned i = 0; i < n; i++)
            (void)pthread_join(thread[i], NULL);
        if (n == 1)
            whole = r[0].out;
        assert_true(whole.n > 100);
        for (unsigned i = 0; n > 1 && i < n; i++) {
            assert_same(&whole, &r[i].out);
            clear(&r[i].out);
        }
        (void)pthread_cond_destroy(&c.all_here);
        (void)pthread_mutex_destroy(&c.lock);
    }
    clear(&whole);
}

static void out_of_memory(void **state)
{
    el_discover_options o = options;
    el_archive *archive = el_array(1, sizeof *archive);
    el_status st = EL_E_NOMEM;
    table t;

    (void)state;
    fill(&t);
    o.evaluations = 200;
    assert_non_null(archive);
    el_archive_init(archive, &t.columns, t.y, o.loss);
    for (long k = 0; st != EL_OK && k < 200; k++) {
        const long live_before = el_mem_live();
        el_evolution *e = NULL;
        state_bytes s = {NULL, 0};
        bool exact;

        el_mem_fail_at(k);
        st = el_evolution_new(&t.columns, t.y, &o, SEED, archive, NULL, &e,
                              NULL);
        if (st == EL_OK)
            st = el_evolution_run(e, archive, NULL, &exact, NULL);
        if (st == EL_OK)
            st = el_evolution_save(e, archive, &s.bytes, &s.n, NULL);
        if (st == EL_OK)
            st = el_evolution_load(e, archive, s.bytes, s.n, NULL);
        el_mem_fail_at(-1);
        el_evolution_free(e);
        clear(&s);
        assert_int_equal(el_mem_live(), live_before);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    }
    assert_int_equal(st, EL_OK);
    el_free(archive);
}

static void bad_arguments(void **state)
{
    el_discover_options o = options;
    el_archive *archive = el_array(1, sizeof *archive);
    el_evolution *e = NULL;
    table t;

    (void)state;
    fill(&t);
    assert_non_null(archive);
    el_archive_init(archive, &t.columns, t.y, o.loss);
    o.islands = EL_MAX_ISLAND + 1;
    assert_int_equal(
        el_evolution_new(&t.columns, t.y, &o, SEED, archive, NULL, &e, NULL),
        EL_E_ARG);
    o.islands = 2;
    t.y[3] = 0;
    assert_int_equal(
        el_evolution_new(&t.columns, t.y, &o, SEED, archive, NULL, &e, NULL),
        EL_E_DATA);
    assert_null(e);
    el_free(archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(resumes),
        cmocka_unit_test(refuses_damage),
        cmocka_unit_test(says_what_is_other),
        cmocka_unit_test(stops_when_cancelled),
        cmocka_unit_test(tells_how_far),
        cmocka_unit_test(ranks_do_not_matter),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(bad_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
