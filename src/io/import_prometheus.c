/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus text of DCGM, Kepler and AMD's device-metrics exporter, one
 * scrape or several with times. Power in W; DCGM's energy counter is in mJ,
 * Kepler's in J. DCGM repeats the board's power once per MIG instance: a board
 * is counted once. What is not available is a number near 2^63.
 */
#include <math.h>
#include <string.h>

#include "io/import_part.h"

#define NOT_AVAILABLE 1e15
#define MAX_BOARDS    512u /* and instances of them in one scrape */

typedef struct metric {
    const char *name;
    double scale; /* to W or J */
    bool is_counter;
} metric;

static const metric metrics[] = {
    {"DCGM_FI_DEV_POWER_USAGE", 1, false},
    {"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 1e-3, true},
    {"kepler_node_gpu_watts", 1, false},
    {"kepler_node_gpu_joules_total", 1, true},
    {"gpu_package_power", 1, false},
    {"gpu_average_package_power", 1, false},
};

#define N_METRICS (sizeof metrics / sizeof *metrics)

static const metric *metric_of(const char *line)
{
    size_t n = strcspn(line, "{ \t\r\n");

    for (size_t i = 0; i < N_METRICS; i++)
        if (strlen(metrics[i].name) == n &&
            memcmp(line, metrics[i].name, n) == 0)
            return &metrics[i];
    return NULL;
}

static const char *next_line(const char *p)
{
    p += strcspn(p, "\n");
    return *p ? p + 1 : p;
}

static int detect(const el_import_file *file)
{
    if (file->docs)
        return 0;
    for (const char *p = file->text; *p; p = next_line(p))
        if (metric_of(p))
            return 85;
    return 0;
}

/* Value of label in {a="b",c="d"}; empty. */
static el_slice label_of(const char *p, const char *end, const char *label)
{
    size_t n = strlen(label);

    for (; p + n + 2 < end; p++)
        if ((p[-1] == '{' || p[-1] == ',') && memcmp(p, label, n) == 0 &&
            p[n] == '=' && p[n + 1] == '"') {
            const char *from = p + n + 2;
            const char *to = memchr(from, '"', (size_t)(end - from));

            return (el_slice){from, to ? (size_t)(to - from) : 0};
        }
    return (el_slice){"", 0};
}

/* What tells the board: its UUID, or host and index. */
static el_slice board_of(el_import *out, const char *from, const char *end)
{
    static const char *const uuids[] = {"UUID", "GPU_UUID", "gpu_uuid", "uuid"};
    const char *named;

    for (size_t i = 0; i < sizeof uuids / sizeof *uuids; i++) {
        el_slice s = label_of(from, end, uuids[i]);

        if (s.len > 0)
            return s;
    }
    named = el_import_textf(
        out, "%.*s/%.*s", (int)label_of(from, end, "Hostname").len,
        label_of(from, end, "Hostname").text,
        (int)label_of(from, end, "gpu").len, label_of(from, end, "gpu").text);
    return el_slice_of(named ? named : "0");
}

/* The same quantity of the same board at the same time was there already. */
static bool is_repeated(const el_import *out, double time_s, el_slice board,
                        bool is_counter)
{
    for (size_t i = out->n_sample; i-- > 0;) {
        const el_power_sample *s = &out->sample[i];
        const char *name = out->gpus.name[s->gpu];

        if (el_known_equal(s->time_s, time_s) &&
            el_is_known(is_counter ? s->counter_j : s->power_w) &&
            strlen(name) == board.len &&
            memcmp(name, board.text, board.len) == 0)
            return true;
        if (out->n_sample - i > MAX_BOARDS)
            break;
    }
    return false;
}

static void reading(el_import *out, const char *line, const metric *m)
{
    size_t len = strcspn(line, "\r\n");
    const char *end = line + len, *p = memchr(line, '}', len);
    const char *labels = memchr(line, '{', len);
    double time_s = EL_UNKNOWN, v;
    el_slice word, board;

    p = p && labels ? p + 1 : line + strcspn(line, " ");
    board = board_of(out, labels ? labels + 1 : end, labels ? p : end);
    p += strspn(p, " ");
    word = (el_slice){p, strcspn(p, " \t\r\n")};
    if (!el_parse_double(word.text, word.len, &v) || v > NOT_AVAILABLE ||
        *end == '\0') { /* a value that breaks off is another value */
        out->n_skipped++;
        return;
    }
    p += word.len + strspn(p + word.len, " ");
    if (p < end)
        (void)el_time_parse((el_slice){p, (size_t)(end - p)}, &time_s,
                            &out->clock);
    if (is_repeated(out, time_s, board, m->is_counter)) {
        el_import_say(out, "a board that is listed again (MIG instances, or a "
                           "second scrape without times) is counted once");
        return;
    }
    el_import_used(out, m->name);
    if (!out->gpu_name && labels)
        out->gpu_name =
            el_import_text(out, label_of(labels + 1, p, "modelName"));
    el_import_add_sample(out, time_s, board,
                         m->is_counter ? EL_UNKNOWN : v * m->scale,
                         m->is_counter ? v * m->scale : EL_UNKNOWN);
}

static el_status read(const el_import_file *file, el_import *out, el_error *err)
{
    (void)err;
    for (const char *p = file->text; *p; p = next_line(p)) {
        const metric *m = metric_of(p);

        if (m)
            reading(out, p, m);
        else if (*p != '#' && strcspn(p, "{ \r\n") > 0)
            el_import_ignored(
                out, el_import_text(out, (el_slice){p, strcspn(p, "{ \r\n")}));
    }
    if (out->clock == EL_CLOCK_NONE)
        el_import_say(out, "a scrape without times: nothing to join");
    return EL_OK;
}

const el_importer el_importer_prometheus = {
    .name = "prometheus",
    .title = "Prometheus text of a GPU exporter",
    .is_power = true,
    .detect = detect,
    .read = read};
