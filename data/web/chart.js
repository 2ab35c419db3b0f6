// SPDX-License-Identifier: Apache-2.0
// Energy against latency: every configuration a dot, what is beaten in neither
// a line, the chosen one ringed, with its interval.
import { digits, si, interval, nameOf, reasons } from "/format.js";
/* global uPlot */

const HEIGHT = 360, NEAR = 22; // pixels
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const FONT = "12px system-ui, sans-serif";
const wider = (lo, hi) => [lo / 1.12, hi * 1.12];

// Round numbers of a logarithmic axis: fewer where it is long.
function steps(lo, hi) {
  const decades = Math.log10(hi / lo), out = [];
  const round = decades > 3 ? [1] : decades > 1.2 ? [1, 2, 5] : decades > 0.5 ? [1, 1.5, 2, 3, 4, 5, 7] : [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9];
  for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e++) {
    for (const m of round) if (m * 10 ** e >= lo && m * 10 ** e <= hi) out.push(m * 10 ** e);
  }
  return out;
}

// Fastest first; those that keep all limits and that none beats in both.
export function front(points) {
  let least = Infinity;
  return points.filter((c) => c.feasible && c.energy_per_output_token_j < least && ((least = c.energy_per_output_token_j), true));
}

export class Chart {
  constructor(box, tip, onPick) {
    Object.assign(this, { box, tip, onPick, plot: null, points: [], front: [], chosen: null, pins: [], among: null });
    new ResizeObserver(() => this.plot && this.plot.width !== this.width() && this.plot.setSize({ width: this.width(), height: HEIGHT })).observe(box);
    for (const media of ["(prefers-color-scheme: dark)", "print"]) matchMedia(media).addEventListener("change", () => this.restyle());
    box.addEventListener("click", () => this.hit && onPick(this.hit));
    box.addEventListener("mouseleave", () => this.point(null));
  }

  width() { return Math.max(this.box.clientWidth, 240); }

  draw(candidates, chosen, pins, among) {
    const points = candidates.filter((c) => c.tpot_s > 0 && c.energy_per_output_token_j > 0)
      .sort((a, b) => a.tpot_s - b.tpot_s || a.energy_per_output_token_j - b.energy_per_output_token_j);
    Object.assign(this, { points, front: front(points), chosen, pins, among });
    this.point(null);
    const on = new Set(this.front);
    const y = (f) => points.map((c) => (f(c) ? c.energy_per_output_token_j : null));
    const data = [points.map((c) => c.tpot_s * 1e3), y((c) => !c.feasible), y((c) => c.feasible && !on.has(c)), y((c) => on.has(c))];
    this.box.classList.toggle("empty", points.length === 0);
    if (points.length === 0) { this.plot?.destroy(); this.plot = null; } else if (this.plot) this.plot.setData(data);
    else this.plot = new uPlot(this.options(), data, this.box);
  }

  restyle() {
    if (!this.plot) return;
    const data = this.plot.data;
    this.plot.destroy();
    this.plot = new uPlot(this.options(), data, this.box);
  }

  options() {
    const dot = (color, size, fill) => ({ paths: () => null, points: { show: true, size, width: 1.2, fill: fill || color, stroke: color } });
    const axis = (label, k) => ({ label, font: FONT, labelFont: FONT, labelSize: 20, labelGap: 0, gap: 4, size: k ? 44 : 24,
      stroke: css("--dim"), grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false },
      splits: (u, i, lo, hi) => steps(lo, hi), filter: (u, splits) => splits, values: (u, splits) => splits.map((v) => String(+v.toPrecision(3))) });
    // the interval of what is chosen must be on the chart
    const tall = (u, lo, hi) => {
      const c = this.chosen, at = (j, otherwise) => (c && j !== null ? j / c.output_tokens : otherwise);
      return wider(Math.min(lo, at(c?.energy_per_request_lo_j, lo)), Math.max(hi, at(c?.energy_per_request_hi_j, hi)));
    };
    return {
      width: this.width(), height: HEIGHT, legend: { show: false },
      cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: { x: { time: false, distr: 3, log: 10, range: (u, lo, hi) => wider(lo, hi) }, y: { distr: 3, log: 10, range: tall } },
      axes: [axis("time per output token [ms]", 0), axis("J per output token", 1)],
      series: [{}, dot(css("--faint"), 6, css("--bg")), dot(css("--dim"), 5),
        { stroke: css("--accent"), width: 2, spanGaps: true, points: { show: true, size: 9, fill: css("--accent"), stroke: css("--bg") } }],
      hooks: { draw: [(u) => this.overlay(u)], setCursor: [(u) => this.find(u)] },
    };
  }

  at(u, c, y = c.energy_per_output_token_j) { return [u.valToPos(c.tpot_s * 1e3, "x", true), u.valToPos(y, "y", true)]; }

  ring(u, c, color, radius) {
    const [x, y] = this.at(u, c);
    u.ctx.beginPath();
    u.ctx.arc(x, y, radius * devicePixelRatio, 0, 2 * Math.PI);
    Object.assign(u.ctx, { lineWidth: 2.5 * devicePixelRatio, strokeStyle: color });
    u.ctx.stroke();
  }

  overlay(u) {
    const { ctx } = u, c = this.chosen;
    ctx.save();
    this.names(u);
    if (c && this.points.includes(c)) {
      const [x, top] = this.at(u, c, c.energy_per_request_hi_j / c.output_tokens), [, bottom] = this.at(u, c, c.energy_per_request_lo_j / c.output_tokens);
      Object.assign(ctx, { lineWidth: 2 * devicePixelRatio, strokeStyle: css("--good") });
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, bottom);
      ctx.stroke();
      this.ring(u, c, css("--good"), 7);
    }
    for (const pin of this.pins) if (this.points.includes(pin)) this.ring(u, pin, css("--mark"), 10);
    ctx.restore();
  }

  // Names beside the front's points, where they do not run into one another.
  names(u) {
    const { ctx } = u, px = devicePixelRatio, taken = [];
    Object.assign(ctx, { font: `${12 * px}px system-ui, sans-serif`, fillStyle: css("--fg"), textBaseline: "middle", textAlign: "left" });
    for (const c of [this.chosen, ...this.front].filter((p, i, all) => this.points.includes(p) && all.indexOf(p) === i)) {
      const text = nameOf(c, this.among), wide = ctx.measureText(text).width, [x, y] = this.at(u, c);
      const right = x + 12 * px + wide < u.bbox.left + u.bbox.width;
      const box = { x: right ? x + 12 * px : x - 12 * px - wide, y: y - 12 * px, w: wide };
      if (box.x < u.bbox.left || taken.some((b) => Math.abs(b.y - box.y) < 15 * px && b.x < box.x + box.w && box.x < b.x + b.w)) continue;
      taken.push(box);
      Object.assign(ctx, { lineWidth: 4 * px, lineJoin: "round", strokeStyle: css("--bg") }); // the line must not cross it
      ctx.strokeText(text, box.x, box.y);
      ctx.fillText(text, box.x, box.y);
    }
  }

  find(u) {
    const { left, top } = u.cursor;
    let best = null, least = NEAR;
    if (left >= 0) {
      for (const c of this.points) {
        const far = Math.hypot(u.valToPos(c.tpot_s * 1e3, "x") - left, u.valToPos(c.energy_per_output_token_j, "y") - top);
        if (far < least) [best, least] = [c, far];
      }
    }
    this.point(best, left, top);
  }

  point(c, left = 0, top = 0) {
    this.hit = c;
    this.tip.hidden = !c;
    this.box.classList.toggle("hit", Boolean(c));
    if (!c) return;
    const lines = [nameOf(c, { gpus: 2, precisions: 2 }), `${si(c.energy_per_output_token_j, "J")} a token (${interval(c)} J)`,
      `TPOT ${si(c.tpot_s, "s")}, TTFT ${si(c.ttft_s, "s")}`, `${c.num_gpus} GPU${c.num_gpus > 1 ? "s" : ""}, ${digits(c.throughput_tok_s)} tokens/s`,
      c.feasible ? "keeps all limits" : reasons(c)];
    this.tip.replaceChildren(...lines.map((t) => Object.assign(document.createElement("div"), { textContent: t })));
    const over = this.plot.over, x = over.offsetLeft + left, wide = this.tip.offsetWidth;
    this.tip.style.left = `${x + 16 + wide < this.box.clientWidth ? x + 16 : Math.max(x - 16 - wide, 0)}px`;
    this.tip.style.top = `${Math.min(over.offsetTop + top + 16, HEIGHT - this.tip.offsetHeight)}px`;
  }
}
