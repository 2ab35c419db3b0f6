/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the state counts its bytes, writes or reads them, so that the
 * three cannot disagree. All numbers are 64 bits, the least byte first.
 */
#include "expr/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "expr/evolution.h"

#define MAGIC   UINT64_C(0x6c6f76652d6c65) /* "el-evol" */
#define VERSION 2u

typedef struct cursor {
    uint8_t *write;      /* NULL: only count, or read */
    const uint8_t *read; /* NULL: not reading */
    size_t at, size;     /* size: of what is read */
    bool bad;
} cursor;

static void walk_u64(cursor *c, uint64_t *value)
{
    if (c->read && (c->bad || c->size - c->at < 8)) {
        c->bad = true;
        return;
    }
    if (c->read)
        *value = 0;
    for (unsigned k = 0; k < 8; k++) {
        if (c->read)
            *value |= (uint64_t)c->read[c->at + k] << 8 * k;
        else if (c->write)
            c->write[c->at + k] = (uint8_t)(*value >> 8 * k);
    }
    c->at += 8;
}

/* No more than `most`. */
static void walk_count(cursor *c, unsigned *value, unsigned most)
{
    uint64_t v = *value;

    walk_u64(c, &v);
    if (v > most)
        c->bad = true;
    else
        *value = (unsigned)v;
}

static void walk_double(cursor *c, double *value)
{
    uint64_t v;

    memcpy(&v, value, sizeof v);
    walk_u64(c, &v);
    memcpy(value, &v, sizeof v);
}

static void walk_doubles(cursor *c, double *value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        walk_double(c, &value[i]);
}

static void walk_expr(cursor *c, el_expr *e, size_t n_col)
{
    unsigned n_node = e->n_node, n_const = e->n_const;

    walk_count(c, &n_node, EL_EXPR_MAX_NODES);
    walk_count(c, &n_const, EL_EXPR_MAX_CONSTS);
    for (unsigned i = 0; i < n_node && !c->bad; i++) {
        el_expr_node *node = &e->node[i];
        uint64_t v =
            node->op | (uint64_t)node->len << 8 | (uint64_t)node->arg << 16;

        walk_u64(c, &v);
        *node =
            (el_expr_node){(uint8_t)v, (uint8_t)(v >> 8), (uint16_t)(v >> 16)};
    }
    for (unsigned j = 0; j < n_const && !c->bad; j++) {
        unsigned kind = e->kind[j];

        walk_count(c, &kind, EL_CONST_FIXED);
        e->kind[j] = (uint8_t)kind;
        walk_double(c, &e->value[j]);
    }
    e->n_node = (uint8_t)n_node;
    e->n_const = (uint8_t)n_const;
    if (c->read && !c->bad && !el_expr_is_valid(e, n_col))
        c->bad = true;
}

/* Nothing but the loss where it is infinite. */
static void walk_entry(cursor *c, el_expr *expr, double *loss, size_t n_col)
{
    walk_double(c, loss);
    if (!(*loss >= 0))
        c->bad = true;
    if (isfinite(*loss) && !c->bad)
        walk_expr(c, expr, n_col);
}

static void walk_member(cursor *c, el_member *m, size_t n_col)
{
    walk_entry(c, &m->expr, &m->loss, n_col);
    if (c->bad || !isfinite(m->loss))
        return;
    walk_double(c, &m->nat);
    c->bad = c->bad || !isfinite(m->nat);
    if (!c->read)
        return;
    m->weight = el_expr_complexity(&m->expr);
    if (m->weight > EL_LAW_MAX_COMPLEXITY || !(m->loss > 0))
        c->bad = true;
}

static void walk_island(cursor *c, el_island *island, size_t n_col)
{
    walk_count(c, &island->n, EL_POPULATION);
    walk_count(c, &island->oldest, EL_POPULATION - 1);
    walk_count(c, &island->stale, UINT32_MAX);
    for (unsigned i = 0; i < island->n && !c->bad; i++) {
        walk_member(c, &island->member[i], n_col);
        c->bad = c->bad || !isfinite(island->member[i].loss);
    }
    for (unsigned s = 0; s <= EL_LAW_MAX_COMPLEXITY && !c->bad; s++)
        walk_member(c, &island->best[s], n_col);
    walk_doubles(c, island->share, EL_LAW_MAX_COMPLEXITY + 1);
    walk_doubles(c, island->won, EL_N_MUTATIONS);
    walk_doubles(c, island->tried, EL_N_MUTATIONS);
}

static uint64_t mix(uint64_t h, uint64_t value)
{
    h = (h ^ value) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

static uint64_t mix_doubles(uint64_t h, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t v;

        memcpy(&v, &x[i], sizeof v);
        h = mix(h, v);
    }
    return h;
}

static uint64_t checksum(const uint8_t *bytes, size_t n)
{
    uint64_t h = MAGIC;

    for (size_t i = 0; i < n; i++)
        h = mix(h, bytes[i]);
    return h;
}

/* What the state does not say and must be the same; the budget may be raised.
 */
enum setting {
    SEED,
    ROWS,
    LOSS,
    OPERATORS,
    SIGNS,
    COMPLEXITY,
    UNITS,
    DIRECTIONS,
    PARTS,
    TEMPLATE,
    ISLANDS,
    N_SETTINGS
};
static const char *const setting_name[] = {
    "seed",  "rows",       "loss",  "operators", "signs",  "max-complexity",
    "units", "directions", "parts", "template",  "islands"};

static uint64_t rows_print(const el_archive *a)
{
    const el_columns *x = a->columns;
    uint64_t h = mix(mix(MAGIC, x->n_row), x->n_col);

    for (size_t k = 0; k < x->n_col; k++)
        h = mix_doubles(h, x->col[k], x->n_row);
    return mix_doubles(h, a->y, x->n_row);
}

static uint64_t units_print(const el_unit_rules *units, size_t n_col)
{
    uint64_t h = mix(MAGIC, units ? 1 + units->wild : 0);

    for (size_t k = 0; units && k < n_col; k++)
        h = mix_doubles(h, units->column[k].exponent, EL_UNIT_BASES);
    return units && units->result
               ? mix_doubles(h, units->result->exponent, EL_UNIT_BASES)
               : h;
}

static uint64_t directions_print(const el_direction *direction, size_t n_col)
{
    uint64_t h = MAGIC;

    for (size_t k = 0; k < n_col; k++)
        h = mix(h, direction ? direction[k] : EL_DIRECTION_UNPROVEN);
    return h;
}

static uint64_t parts_print(const el_part *part, size_t n_col)
{
    uint64_t h = mix(MAGIC, part ? 1 : 0);

    for (size_t k = 0; part && k < n_col; k++)
        h = mix(h, part[k]);
    return h;
}

static uint64_t shape_print(const el_template *t)
{
    uint64_t h = mix(MAGIC, t ? el_expr_hash(&t->expr, EL_MATCH_VALUES) : 0);

    for (unsigned i = 0; t && i < t->expr.n_node; i++)
        h = mix(mix(h, t->expr.node[i].op), t->expr.node[i].arg);
    for (size_t k = 0; t && k < t->n_hole; k++)
        h = mix(mix(h, t->hole[k].slot), t->hole[k].columns);
    return h;
}

static void fingerprints(const el_evolution *e, const el_archive *a,
                         uint64_t print[N_SETTINGS])
{
    const el_discover_options *o = &e->options;
    const size_t n_col = a->columns->n_col;

    print[SEED] = e->seed;
    print[ROWS] = rows_print(a);
    print[LOSS] = o->loss;
    print[OPERATORS] = o->ops ? o->ops : EL_DISCOVER_OPS;
    print[SIGNS] = o->signed_terms;
    print[COMPLEXITY] = e->habitat.grammar.max_complexity;
    print[UNITS] = units_print(o->units, n_col);
    print[DIRECTIONS] = directions_print(o->direction, n_col);
    print[PARTS] = parts_print(o->part, n_col);
    print[TEMPLATE] = shape_print(o->shape);
    print[ISLANDS] = e->n_island;
}

static void walk(cursor *c, el_evolution *e, el_archive *a)
{
    const size_t n_col = a->columns->n_col;
    uint64_t n_offered = a->n_offered;

    walk_u64(c, &e->epoch);
    walk_u64(c, &e->tried);
    walk_u64(c, &n_offered);
    a->n_offered = (size_t)n_offered;
    walk_doubles(c, e->offered, EL_LAW_MAX_COMPLEXITY + 1);
    walk_count(c, &e->n_seed, EL_ARCHIVE_MAX + 1);
    for (unsigned k = 0; k < e->n_seed && !c->bad; k++)
        walk_expr(c, &e->seed_expr[k], n_col);
    for (unsigned s = 0; s <= EL_ARCHIVE_MAX && !c->bad; s++)
        walk_entry(c, &a->entry[s].expr, &a->entry[s].loss, n_col);
    for (unsigned i = 0; i < e->n_island && !c->bad; i++) {
        walk_island(c, &e->island[i], n_col);
        for (unsigned s = 0; s <= EL_LAW_MAX_COMPLEXITY && !c->bad; s++)
            walk_member(c, &e->shown[i].best[s], n_col);
        walk_count(c, &e->shown[i].stale, UINT32_MAX);
    }
}

#define N_HEAD (2u + N_SETTINGS)

static void walk_head(cursor *c, uint64_t head[N_HEAD])
{
    for (unsigned k = 0; k < N_HEAD; k++)
        walk_u64(c, &head[k]);
}

el_status el_evolution_save(el_evolution *evolution, el_archive *archive,
                            void **bytes, size_t *n_byte, el_error *err)
{
    uint64_t head[N_HEAD] = {MAGIC, VERSION};
    cursor c = {.write = NULL};
    uint64_t sum = 0;

    fingerprints(evolution, archive, head + 2);
    walk_head(&c, head);
    walk(&c, evolution, archive);
    walk_u64(&c, &sum);
    c = (cursor){.write = el_array(c.at, 1), .size = c.at};
    if (!c.write)
        return el_fail(err, EL_E_NOMEM, "checkpoint: %zu bytes", c.size);
    walk_head(&c, head);
    walk(&c, evolution, archive);
    sum = checksum(c.write, c.at);
    walk_u64(&c, &sum);
    *bytes = c.write;
    *n_byte = c.at;
    return EL_OK;
}

/* Names every setting that is not as it was. */
static el_status compare(const uint64_t *ours, const uint64_t *theirs,
                         el_error *err)
{
    char other[160] = "";
    size_t n = 0;

    for (unsigned k = 0; k < N_SETTINGS; k++)
        if (ours[k] != theirs[k])
            n += (size_t)snprintf(other + n, sizeof other - n, "%s%s",
                                  n ? ", " : "", setting_name[k]);
    if (n == 0)
        return EL_OK;
    return el_fail(err, EL_E_DATA, "checkpoint: of a search with other %s",
                   other);
}

static el_status read_head(cursor *c, const uint64_t *print, el_error *err)
{
    uint64_t head[N_HEAD] = {0};

    walk_u64(c, &head[0]);
    walk_u64(c, &head[1]);
    if (c->bad || head[0] != MAGIC)
        return el_fail(err, EL_E_DATA, "checkpoint: %zu bytes that are none",
                       c->size);
    if (head[1] != VERSION)
        return el_fail(err, EL_E_VERSION,
                       "checkpoint: version %llu, this program reads %u",
                       (unsigned long long)head[1], VERSION);
    for (unsigned k = 2; k < N_HEAD; k++)
        walk_u64(c, &head[k]);
    if (c->bad)
        return el_fail(err, EL_E_DATA, "checkpoint: damaged at byte %zu",
                       c->at);
    return compare(print, head + 2, err);
}

static void swap(el_evolution *a, el_evolution *b)
{
    const el_evolution t = *a;

    *a = *b;
    *b = t;
}

el_status el_evolution_load(el_evolution *evolution, el_archive *archive,
                            const void *bytes, size_t n_byte, el_error *err)
{
    const unsigned n = evolution->n_island;
    cursor c = {.read = bytes, .size = n_byte};
    uint64_t print[N_SETTINGS], sum, saved = 0;
    el_archive *a = NULL;
    el_evolution *e = NULL; /* scratch; then what was there before */
    el_status st;

    fingerprints(evolution, archive, print);
    st = read_head(&c, print, err);
    if (st != EL_OK)
        return st;
    a = el_array(1, sizeof *a);
    e = el_array(1, sizeof *e);
    if (a && e) {
        *a = *archive;
        *e = *evolution;
        e->island = el_array(n, sizeof *e->island);
        e->shown = el_array(n, sizeof *e->shown);
    }
    if (!a || !e || !e->island || !e->shown) {
        st = el_fail(err, EL_E_NOMEM, "checkpoint: %u islands", n);
        goto done;
    }
    walk(&c, e, a);
    sum = checksum(bytes, c.at);
    walk_u64(&c, &saved);
    if (c.bad || c.at != n_byte || saved != sum) {
        st = el_fail(err, EL_E_DATA, "checkpoint: damaged at byte %zu", c.at);
        goto done;
    }
    *archive = *a;
    swap(evolution, e);
done:
    if (e) {
        el_free(e->shown);
        el_free(e->island);
    }
    el_free(e);
    el_free(a);
    return st;
}
