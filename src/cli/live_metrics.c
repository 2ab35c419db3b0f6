/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/live_metrics.h"

#include <string.h>
#include <unistd.h>

#include "base/prometheus.h"
#include "cli/ask_text.h"
#include "energylens/known.h"

#define MJ_PER_J 1e3

static void head(el_buf *out, const char *name, const char *type,
                 const char *help)
{
    el_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void end_sample(el_buf *out, double value)
{
    el_buf_printf(out, "} %.17g\n", value);
}

/* ---- devices ---- */

/* Labels and value of one device under some naming. */
typedef struct family {
    const char *name, *type, *help;
    double (*value)(const el_live_device *d); /* NaN: no line */
    void (*labels)(const el_live_now *now, const el_live_device *d,
                   el_buf *out);
} family;

static double joules(const el_live_device *d)
{
    return d->energy_j;
}

static double watts(const el_live_device *d)
{
    return d->power_w;
}

static double failures(const el_live_device *d)
{
    return (double)d->n_failed;
}

static double millijoules(const el_live_device *d)
{
    return d->counter_j * MJ_PER_J;
}

static void add_index(const char *name, const el_live_device *d, el_buf *out)
{
    el_buf text = {0};

    el_buf_printf(&text, "%zu", d->index);
    el_prom_add_label(out, name, el_buf_text(&text));
    el_buf_clear(&text);
}

static void our_labels(const el_live_now *now, const el_live_device *d,
                       el_buf *out)
{
    el_prom_add_label(out, "meter", now->meter);
    add_index("device", d, out);
    el_prom_add_label(out, "id", d->about.id);
    el_prom_add_label(out, "name", d->about.name);
}

static void add_host(const char *label, el_buf *out)
{
    char host[256] = "";

    if (gethostname(host, sizeof host - 1) == 0)
        el_prom_add_label(out, label, host);
}

static void dcgm_labels(const el_live_now *now, const el_live_device *d,
                        el_buf *out)
{
    (void)now;
    add_index("gpu", d, out);
    el_prom_add_label(out, "UUID", d->about.id);
    el_prom_add_label(out, "modelName", d->about.name);
    add_host("Hostname", out);
}

/* "package-0" -> zone package, index 0 */
static void kepler_labels(const el_live_now *now, const el_live_device *d,
                          el_buf *out)
{
    char zone[sizeof d->about.id];
    char *dash;

    (void)now;
    el_str_copy(zone, sizeof zone, d->about.id);
    dash = strrchr(zone, '-');
    if (dash)
        *dash = '\0';
    el_prom_add_label(out, "zone", zone);
    el_prom_add_label(out, "index", dash ? dash + 1 : "0");
    add_host("node_name", out);
}

static const family ours[] = {
    {"energylens_measured_joules_total", "counter",
     "Energy of a device since the start of serve.", joules, our_labels},
    {"energylens_measured_watts", "gauge", "Power of a device.", watts,
     our_labels},
    {"energylens_measured_failures_total", "counter",
     "Readings of a device that failed.", failures, our_labels},
};

static const family dcgm[] = {
    {"DCGM_FI_DEV_POWER_USAGE", "gauge", "Power draw (in W).", watts,
     dcgm_labels},
    {"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "counter",
     "Total energy consumption by the board's own counter (in mJ).",
     millijoules, dcgm_labels},
};

static const family kepler[] = {
    {"kepler_node_cpu_joules_total", "counter",
     "Energy of a RAPL zone since the start of serve.", joules, kepler_labels},
    {"kepler_node_cpu_watts", "gauge", "Power of a RAPL zone.", watts,
     kepler_labels},
};

static void add_family(const el_live_now *now, const family *f, el_buf *out)
{
    head(out, f->name, f->type, f->help);
    for (size_t i = 0; i < now->n_device; i++) {
        const el_live_device *d = &now->device[i];

        if (!el_is_known(f->value(d)))
            continue;
        el_buf_printf(out, "%s{", f->name);
        f->labels(now, d, out);
        end_sample(out, f->value(d));
    }
}

static void add_families(const el_live_now *now, const family *f, size_t n,
                         el_buf *out)
{
    for (size_t k = 0; k < n; k++)
        add_family(now, &f[k], out);
}

/* ---- the server ---- */

static void begin_server(const el_live_server *s, const char *name, el_buf *out)
{
    el_buf config = {0};

    el_config_print(&s->config, &config);
    el_buf_printf(out, "%s{", name);
    el_prom_add_label(out, "model", s->model);
    el_prom_add_label(out, "gpu", s->gpu);
    el_prom_add_label(out, "config", el_buf_text(&config));
    el_buf_clear(&config);
}

static void add_server_value(const el_live_server *s, const char *name,
                             const char *type, const char *help, double value,
                             el_buf *out)
{
    head(out, name, type, help);
    if (!el_is_known(value))
        return;
    begin_server(s, name, out);
    end_sample(out, value);
}

/* One part of a counter. */
typedef struct part {
    const char *label;
    double value;
} part;

static void add_parts(const el_live_server *s, const char *name,
                      const char *help, const char *key, const part *of,
                      size_t n, el_buf *out)
{
    head(out, name, "counter", help);
    for (size_t k = 0; k < n; k++) {
        begin_server(s, name, out);
        el_prom_add_label(out, key, of[k].label);
        end_sample(out, of[k].value);
    }
}

static void add_counters(const el_live_server *s, el_buf *out)
{
    const part phase[] = {{"prefill", s->prefill_j},
                          {"decode", s->decode_j},
                          {"idle", s->idle_j}};
    const part kind[] = {{"prompt", s->prompt_tokens},
                         {"output", s->output_tokens}};

    add_parts(s, "energylens_modelled_joules_total",
              "Energy of the watched server's GPUs by the model, since the "
              "start.",
              "phase", phase, sizeof phase / sizeof *phase, out);
    add_parts(s, "energylens_watched_tokens_total",
              "Tokens that the watched server counted since the start.", "kind",
              kind, sizeof kind / sizeof *kind, out);
}

/* Where the numbers come from may change with the load: no label of theirs. */
static void add_info(const el_live_server *s, el_buf *out)
{
    static const char name[] = "energylens_modelled_info";

    head(out, name, "gauge", "Where the modelled numbers come from.");
    begin_server(s, name, out);
    el_prom_add_label(out, "source", el_source_name(s->source));
    end_sample(out, 1.0);
}

static void add_server(const el_live_server *s, el_buf *out)
{
    add_info(s, out);
    add_server_value(s, "energylens_watched_up", "gauge",
                     "Whether the last look at the server succeeded.", s->up,
                     out);
    add_server_value(s, "energylens_watched_failures_total", "counter",
                     "Looks at the server that failed.", (double)s->n_failed,
                     out);
    add_counters(s, out);
    add_server_value(s, "energylens_modelled_watts", "gauge",
                     "Power of the watched server's GPUs by the model.",
                     s->power_w, out);
    add_server_value(s, "energylens_modelled_watts_low", "gauge",
                     "Lower end of its 90 % interval.", s->power_lo_w, out);
    add_server_value(s, "energylens_modelled_watts_high", "gauge",
                     "Upper end of its 90 % interval.", s->power_hi_w, out);
    add_server_value(s, "energylens_modelled_joules_per_output_token", "gauge",
                     "Of the last interval, idle time included.",
                     s->j_per_output_token, out);
    add_server_value(s, "energylens_modelled_in_flight", "gauge",
                     "Requests that decode together in a replica.",
                     s->in_flight, out);
    add_server_value(s, "energylens_modelled_busy_ratio", "gauge",
                     "Seconds of work by the model in a second of a replica; "
                     "above 1 the server is faster than the model.",
                     s->busy, out);
}

void el_live_metrics(const el_live_now *now, el_buf *out)
{
    if (now->meter)
        add_families(now, ours, sizeof ours / sizeof *ours, out);
    if (now->meter && strcmp(now->meter, "nvml") == 0)
        add_families(now, dcgm, sizeof dcgm / sizeof *dcgm, out);
    if (now->meter && strcmp(now->meter, "rapl") == 0)
        add_families(now, kepler, sizeof kepler / sizeof *kepler, out);
    if (now->has_server)
        add_server(&now->server, out);
}
