/* SPDX-License-Identifier: Apache-2.0 */
/* Labels beside their points: the cheapest of the places around each. */
#include <math.h>

#include "io/plot_canvas.h"

#define N_DIRECTIONS 16
#define N_DISTANCES  9
#define N_SWEEPS     3    /* the first greedy, then each again among all */
#define NEAR         9.0  /* points from the mark */
#define FURTHER      15.0 /* per step outwards */
#define CLEAR        5.0  /* around labels and data */

/* Shares of badness; overlapping text is worst. */
#define COST_TEXT     1000.0
#define COST_OUTSIDE  5000.0
#define COST_CROSSING 60.0
#define COST_POINT    6.0
#define COST_DISTANCE 3.0

static double overlap(el_box a, el_box b)
{
    double w = fmin(a.x1, b.x1) - fmax(a.x0, b.x0);
    double h = fmin(a.y1, b.y1) - fmax(a.y0, b.y0);

    return w > 0 && h > 0 ? w * h : 0;
}

static el_box grown(el_box b, double by)
{
    const el_box g = {b.x0 - by, b.y0 - by, b.x1 + by, b.y1 + by};

    return g;
}

static bool is_inside(el_box b, double x, double y)
{
    return x > b.x0 && x < b.x1 && y > b.y0 && y < b.y1;
}

/* The text's box when it touches the point's circle in that direction. */
static el_box place(const el_label *l, int direction, double distance)
{
    double angle = 2 * 3.14159265358979 * direction / N_DIRECTIONS;
    double dx = cos(angle), dy = -sin(angle);
    double cx = l->px + dx * (distance + 0.5 * l->w);
    double cy = l->py + dy * (distance + 0.5 * l->h);
    const el_box b = {cx - 0.5 * l->w, cy - 0.5 * l->h, cx + 0.5 * l->w,
                      cy + 0.5 * l->h};

    return b;
}

/* Where a leader from the point ends: the nearest spot of the box. */
static void leader_end(el_box b, double px, double py, double *x, double *y)
{
    *x = fmin(fmax(px, b.x0), b.x1);
    *y = fmin(fmax(py, b.y0), b.y1);
}

/* Does the leader of a label at `from` run through box b? */
static bool leader_crosses(el_box from, double px, double py, el_box b)
{
    double x, y, steps;

    leader_end(from, px, py, &x, &y);
    steps = ceil(hypot(x - px, y - py) / 3);
    for (int k = 0; k < steps; k++)
        if (is_inside(b, px + (x - px) * k / steps, py + (y - py) * k / steps))
            return true;
    return false;
}

/* Crossings with an earlier label or with another point's mark. */
static double leader_cost(el_box b, const el_label *me, const el_label *other,
                          bool placed)
{
    const el_box mark = {other->px - NEAR, other->py - NEAR, other->px + NEAR,
                         other->py + NEAR};
    double cost = 0;

    if (leader_crosses(b, me->px, me->py, mark))
        cost += COST_CROSSING;
    if (placed && leader_crosses(b, me->px, me->py, other->box))
        cost += COST_CROSSING;
    if (placed &&
        leader_crosses(other->box, other->px, other->py, grown(b, CLEAR)))
        cost += COST_CROSSING;
    return cost;
}

/* All labels and what they must avoid. */
typedef struct scene {
    el_label *label;
    size_t n, n_placed; /* labels that have a box */
    const double *xy;
    size_t n_xy;
    el_box area;
} scene;

static double cost_of(const scene *s, el_box b, size_t at)
{
    const el_box wide = grown(b, CLEAR);
    double cost = 0;

    if (b.x0 < s->area.x0 || b.x1 > s->area.x1 || b.y0 < s->area.y0 ||
        b.y1 > s->area.y1)
        cost += COST_OUTSIDE;
    for (size_t i = 0; i < s->n; i++) {
        bool placed = i != at && i < s->n_placed;

        if (placed && overlap(wide, s->label[i].box) > 0)
            cost += COST_TEXT;
        if (is_inside(wide, s->label[i].px, s->label[i].py))
            cost += COST_CROSSING;
        if (i != at)
            cost += leader_cost(b, &s->label[at], &s->label[i], placed);
    }
    for (size_t i = 0; i < s->n_xy; i++)
        if (is_inside(wide, s->xy[2 * i], s->xy[2 * i + 1]))
            cost += COST_POINT;
    return cost;
}

static void place_one(const scene *s, size_t at)
{
    el_label *l = &s->label[at];
    el_box best_box = l->box;
    double best = HUGE_VAL;
    bool leader = false;

    for (int far = 0; far < N_DISTANCES; far++)
        for (int d = 0; d < N_DIRECTIONS; d++) {
            el_box b = place(l, d, NEAR + FURTHER * far);
            double cost =
                COST_DISTANCE * far + (d % 4 != 0) * 0.5 + cost_of(s, b, at);

            if (cost < best - 1e-9) {
                best = cost;
                best_box = b;
                leader = far > 0;
            }
        }
    l->box = best_box;
    l->leader = leader;
}

void el_labels_place(el_label *label, size_t n, const double *obstacle_xy,
                     size_t n_obstacles, el_box area)
{
    scene s = {label, n, 0, obstacle_xy, n_obstacles, area};

    for (int sweep = 0; sweep < N_SWEEPS; sweep++)
        for (size_t i = 0; i < n; i++) {
            place_one(&s, i);
            s.n_placed = i + 1 > s.n_placed ? i + 1 : s.n_placed;
        }
}
