// SPDX-License-Identifier: Apache-2.0
// What comes back, drawn. Elements are kept and only their words change: a
// button that has the focus keeps it while a slider moves.
import { change, digits, interval, kwhPerMillion, nameOf, percent, reasons, setTime, si } from "/format.js";

const $ = (id) => document.getElementById(id);
export const make = (tag, props = {}, ...children) => {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children);
  return e;
};

function say(node, text) { if (node.textContent !== text) node.textContent = text; }

// heads: words; ">" in front: numbers, to the right
export function fill(table, caption, heads, rows) {
  const right = heads.map((h) => h.startsWith(">"));
  if (!table.tHead || table.tHead.rows[0].cells.length !== heads.length) {
    table.replaceChildren(make("caption"), make("thead"), make("tbody"));
    table.tHead.append(make("tr", {}, ...heads.map((h, i) => make("th", { scope: "col", className: right[i] ? "n" : "" }))));
  }
  say(table.caption, caption);
  heads.forEach((h, i) => say(table.tHead.rows[0].cells[i], h.replace(/^>/, "")));
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((cells, k) => {
    const row = body.rows[k] || body.appendChild(make("tr", {}, ...cells.map((c, i) => make(i ? "td" : "th", i ? { className: right[i] ? "n" : "" } : { scope: "row" }))));
    row.className = cells.className || "";
    cells.forEach((c, i) => {
      const cell = row.cells[i];
      if (!(c instanceof Node)) say(cell, c);
      else if (cell.firstChild !== c) cell.replaceChildren(c);
    });
  });
}

// ---- what to run ----
function tile(id, label, text, note) {
  const box = $(id) || $("figures").appendChild(make("div", { id }, make("dt"), make("dd"), make("dd", { className: "note" })));
  box.hidden = text === null;
  if (text === null) return;
  const [dt, dd, more] = box.children;
  say(dt, label);
  say(dd, text);
  say(more, note);
}

export function figures(result, price, carbon) {
  const c = result.chosen || result.nearest_miss;
  $("figures").hidden = !c;
  if (!c) return;
  const kwh = kwhPerMillion(c), load = result.load, limit = (s) => (s === null ? "" : `\nlimit ${setTime(s)}`);
  tile("perToken", "An output token", si(c.energy_per_output_token_j, "J"), `${interval(c)} J, 90 %`);
  tile("perRequest", "A request", si(c.energy_per_request_j / 3600, "Wh"), si(c.energy_per_request_j, "J"));
  tile("kwh", "A million tokens", si(kwh * 1e3, "Wh"), `${digits(kwh * carbon)} g CO2e\ncosts ${digits(kwh * price)}`);
  tile("ttftFigure", "First token after", si(c.ttft_s, "s"), `p${load.percentile} ${si(c.ttft_at_percentile_s, "s")}${limit(load.ttft_limit_s)}`);
  tile("tpotFigure", "Then one every", si(c.tpot_s, "s"), `p${load.percentile} ${si(c.tpot_at_percentile_s, "s")}${limit(load.tpot_limit_s)}`);
  tile("power", "Power", si(c.avg_power_w, "W"), `${percent(Math.min(c.utilisation, 1))} used`);
  tile("saving", "Against today", result.saving === null ? null : change(-result.saving), result.current ? `${nameOf(result.current)}: ${si(result.current.energy_per_output_token_j, "J")} a token` : "");
}

const told = {
  MEASURED: "Measured.", FITTED: "Fitted to measurements, and inside their range.",
  EXTRAPOLATED: "Fitted to measurements, but outside their range or of a sister configuration.",
  CALIBRATED: "The analytic model, corrected by your measurements.",
  MODELLED: "The analytic model: nothing was measured, and the interval is wide.",
};

export function verdict(result) {
  const c = result.chosen, near = result.nearest_miss, best = c || near;
  $("status").classList.toggle("bad", !c);
  say($("verdict"), c ? `Run ${nameOf(c)}` : best ? `Nothing keeps all limits. Nearest: ${nameOf(best)}` : "Nothing keeps all limits.");
  say($("where"), best ? `on ${best.num_gpus} GPU${best.num_gpus > 1 ? "s" : ""} ${best.gpu}, ${best.precision}` : "");
  say($("source"), best ? best.source : "");
  $("source").title = best ? told[best.source] || "" : "";
  $("source").hidden = !best;
  say($("detail"), c ? `${told[c.source] || ""} ${c.note || ""}`.trim() : best ? `It ${reasons(best)}.` : "");
  $("status").dataset.source = best ? best.source : "";
}

// ---- configurations ----
const buttons = [];
export const MOST_ROWS = 10;

function pinButton(k, name, pinned) {
  buttons[k] ||= make("button", { type: "button", className: "pin" });
  const b = buttons[k];
  say(b, pinned ? "Picked" : "Compare");
  b.dataset.row = k;
  b.setAttribute("aria-label", `Compare ${name}`);
  b.setAttribute("aria-pressed", String(pinned));
  return b;
}

export function configurations(result, pins, among) {
  const rows = result.candidates.slice(0, MOST_ROWS);
  fill($("best"), `${result.n_candidates} configurations, ${result.n_feasible} keep all limits${rows.length < result.candidates.length ? `; the first ${rows.length}` : ""}`,
    ["configuration", ">J/token", ">90 %", ">GPUs", ">TTFT", ">TPOT", "source", "limits", "compare"],
    rows.map((x, k) => Object.assign([nameOf(x, among), digits(x.energy_per_output_token_j), interval(x, "–"), String(x.num_gpus),
      si(x.ttft_s, "s"), si(x.tpot_s, "s"), x.source.toLowerCase(), x.feasible ? "kept" : reasons(x), pinButton(k, nameOf(x, among), pins.includes(x))],
    { className: !x.feasible ? "no" : k === 0 ? "best" : "" })));
}

const aspects = [["GPUs", "num_gpus", String], ["J per output token", "energy_per_output_token_j"], ["a request", "energy_per_request_j", (v) => si(v, "J")],
  ["its prompt", "prefill_energy_j", (v) => si(v, "J")], ["its answer", "decode_energy_j", (v) => si(v, "J")], ["TTFT", "ttft_s", (v) => si(v, "s")],
  ["TPOT", "tpot_s", (v) => si(v, "s")], ["whole request", "latency_s", (v) => si(v, "s")], ["power", "avg_power_w", (v) => si(v, "W")],
  ["tokens/s", "throughput_tok_s"], ["limits", null]];

// pins: what was picked, null where it is not among the candidates any more
export function compare(pins, names, among) {
  const [a, b] = pins;
  $("compare").hidden = pins.length < 2;
  $("clear").hidden = pins.length === 0;
  say($("compareHint"), pins.length === 0 ? "Pick two, in the table or on the chart, to see them side by side."
    : pins.length === 1 ? `${names[0]} is picked: pick another.` : pins.includes(null) ? "What is not possible under this load has no numbers." : "");
  if (pins.length < 2) return;
  const show = (c, key, how = digits) => (c ? (key ? how(c[key]) : c.feasible ? "keeps all" : reasons(c)) : "–");
  fill($("compare"), "The second against the first", ["", `>${a ? nameOf(a, among) : names[0]}`, `>${b ? nameOf(b, among) : names[1]}`, ">change"],
    aspects.map(([name, key, how]) => [name, show(a, key, how), show(b, key, how), key && a && b && a[key] ? change(b[key] / a[key] - 1) : ""]));
}

// ---- where the joules go ----
export function causes(c, words) {
  const parts = Object.entries(c?.breakdown || {}).filter(([, j]) => j > 5e-4 * c.energy_per_request_j).sort((x, y) => y[1] - x[1]);
  const box = $("causes");
  while (box.children.length > parts.length) box.lastChild.remove();
  say($("causesHint"), parts.length ? `One request of ${nameOf(c)}: ${si(c.energy_per_request_j, "J")}.` : "This form does not tell causes apart.");
  parts.forEach(([key, j], i) => {
    const row = box.children[i] || box.appendChild(make("li", {}, make("span"), make("span", { className: "bar" }, make("span")), make("span", { className: "n" }), make("span", { className: "n" })));
    const [name, bar, energy, share] = row.children, part = j / c.energy_per_request_j;
    say(name, words[key.replace(/_j$/, "")] || key);
    bar.firstChild.style.width = `${100 * part}%`;
    say(energy, si(j, "J"));
    say(share, percent(part));
  });
}

export function explanation(e) {
  fill($("whatIf"), "What would save most, by the analytic model", ["change", ">J/token", ">saved", ">TPOT saved", ">TTFT saved", "fits"],
    e.what_if.slice(0, 8).map((w) => [w.change, digits(w.energy_per_output_token_j), change(w.saved_energy_per_output_token_j /
      (w.energy_per_output_token_j + w.saved_energy_per_output_token_j)), si(w.saved_tpot_s, "s"), si(w.saved_ttft_s, "s"), w.fits ? "yes" : "no"]));
  fill($("kernels"), "Kernels that cost most", ["phase", "kernel", ">time", ">energy", ">share", "bound by"],
    e.phases.flatMap((p) => p.operators.slice().sort((a, b) => b.energy_j - a.energy_j).slice(0, 6)
      .map((o) => [p.phase, o.label, si(o.time_s, "s"), si(o.energy_j, "J"), percent(o.energy_share), o.bound || "–"])));
}
