// SPDX-License-Identifier: Apache-2.0
// The page of `energylens serve`: what is set goes to the server as the options
// of a verb, what comes back is drawn. No number is computed here but sums and
// units.
"use strict";

const $ = (id) => document.getElementById(id);
const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";

// ---- sliders: name, label, option, kind, range, start, how it is shown ----
const seconds = (s) => (s < 1 ? `${+(s * 1e3).toPrecision(3)} ms` : `${+s.toPrecision(3)} s`);
const plain = (v) => String(+v.toPrecision(3));
const off = "off";
const sliders = [
  { id: "rate", label: "Requests per second", lo: 0.1, hi: 200, at: 5, log: true, show: plain, offAtEnd: "offline" },
  { id: "isl", label: "Tokens in", lo: 16, hi: 65536, at: 1000, log: true, whole: true, show: plain },
  { id: "osl", label: "Tokens out", lo: 16, hi: 8192, at: 250, log: true, whole: true, show: plain },
  { id: "gpus", label: "GPUs there are", lo: 1, hi: 64, at: 8, log: true, whole: true, show: plain },
  { id: "ttft", label: "Longest TTFT", lo: 0.02, hi: 20, at: 20, log: true, show: seconds, offAtEnd: off },
  { id: "tpot", label: "Longest TPOT", lo: 0.002, hi: 0.5, at: 0.05, log: true, show: seconds, offAtEnd: off },
  { id: "pue", label: "PUE (facility)", lo: 1, hi: 2, at: 1.2, show: plain },
  { id: "price", label: "Price of a kWh", lo: 0, hi: 1, at: 0.2, show: plain },
  { id: "carbon", label: "gCO2e per kWh", lo: 0, hi: 1000, at: 380, whole: true, show: plain },
];
const STEPS = 1000;

function value(s) {
  const t = +$(s.id).value / STEPS;
  if (s.offAtEnd && t >= 1) return null;
  const v = s.log ? s.lo * (s.hi / s.lo) ** t : s.lo + t * (s.hi - s.lo);
  return s.whole ? Math.round(+v.toPrecision(v < 100 ? 4 : 2)) : +v.toPrecision(2);
}

function makeSliders() {
  for (const s of sliders) {
    const t = s.log ? Math.log(s.at / s.lo) / Math.log(s.hi / s.lo) : (s.at - s.lo) / (s.hi - s.lo);
    const head = document.createElement("div");
    head.className = "slider";
    head.append(Object.assign(document.createElement("label"), { htmlFor: s.id, textContent: s.label }),
      Object.assign(document.createElement("output"), { id: `${s.id}Out`, htmlFor: s.id }));
    $("sliders").append(head, Object.assign(document.createElement("input"), {
      id: s.id, type: "range", min: 0, max: STEPS, step: 1, value: Math.round(t * STEPS) }));
  }
}

function showSliders() {
  for (const s of sliders) {
    const v = value(s);
    const text = v === null ? s.offAtEnd : s.show(v);
    $(`${s.id}Out`).textContent = text;
    $(s.id).setAttribute("aria-valuetext", text);
  }
}

// ---- the question ----
const set = (id) => value(sliders.find((s) => s.id === id));

function question() {
  const q = { isl: set("isl"), osl: set("osl"), gpus: set("gpus"), scope: $("scope").value };
  const ms = (s) => (s === null ? null : `${+(s * 1e3).toPrecision(4)}ms`);
  q["request-rate"] = set("rate");
  q.ttft = ms(set("ttft"));
  q.tpot = ms(set("tpot"));
  if (q.scope === "facility") q.pue = set("pue");
  if ($("fit").value) q.fit = $("fit").value;
  if ($("model").value) q.model = $("model").value;
  if ($("gpu").value && !($("fit").value && $("gpu").dataset.touched !== "1")) q.gpu = $("gpu").value.split(/\s*,\s*/);
  if ($("precision").value) q.precision = $("precision").value;
  return q;
}

async function ask(verb, body, signal) {
  const r = await fetch(`/api/v1/${verb}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
  if (!r.ok) throw new Error((await r.json()).error.message);
  return r;
}

// ---- numbers as people read them ----
const digits = (v, n = 3) => (v === null || v === undefined ? "–" : String(+v.toPrecision(n)));
function si(v, unit) {
  if (v === null || v === undefined) return "–";
  const p = [[1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"]].find(([k]) => Math.abs(v) >= k) || [1e-9, "n"];
  return `${digits(v / p[0])} ${p[1]}${unit}`;
}
const config = (c) => [`tp=${c.tp}`, c.pp > 1 && `pp=${c.pp}`, c.ep > 1 && `ep=${c.ep}`, c.dp > 1 && `dp=${c.dp}`, `batch=${c.batch_size}`].filter(Boolean).join(" ");
let severalGpus = false;
const label = (c) => (severalGpus ? `${c.gpu} ` : "") + config(c);
const kwhPerMillion = (c) => c.energy_per_output_token_j * 1e6 / 3.6e6;

function fill(table, caption, heads, rows) {
  table.hidden = false;
  table.replaceChildren();
  table.createCaption().textContent = caption;
  const head = table.createTHead().insertRow();
  heads.forEach((h) => head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: h })));
  const body = table.createTBody();
  rows.forEach((cells) => {
    const row = body.insertRow();
    row.className = cells.className || "";
    cells.forEach((c) => {
      const cell = row.insertCell();
      if (c instanceof Node) cell.append(c); else cell.textContent = c;
    });
  });
}

// ---- answer ----
let last = null, pinned = [], plot = null;

function front(points) {
  const sorted = points.slice().sort((a, b) => a.tpot_s - b.tpot_s || a.energy_per_output_token_j - b.energy_per_output_token_j);
  let least = Infinity;
  return sorted.filter((c) => c.energy_per_output_token_j < least && ((least = c.energy_per_output_token_j), true));
}

function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function draw(result) {
  const points = result.candidates.filter((c) => c.feasible && c.tpot_s > 0).sort((a, b) => a.tpot_s - b.tpot_s);
  const on = new Set(front(points));
  const y = (f) => points.map((c) => (f(c) ? c.energy_per_output_token_j : null));
  const data = [points.map((c) => c.tpot_s * 1e3), y(() => true), y((c) => on.has(c)),
    y((c) => result.chosen && label(c) === label(result.chosen))];
  const size = { width: Math.max($("chart").clientWidth, 280), height: 340 };
  const dot = (color, px) => ({ paths: () => null, points: { show: true, size: px, fill: color, stroke: color } });
  const ticks = (u, splits) => splits.map((v) => (/^[1-9]*[1235]0*$/.test(String(v).replace(/^0|\./g, "")) ? v : null));
  const axis = (text) => ({ label: text, space: 24, filter: ticks, stroke: css("--fg"), grid: { stroke: css("--grid") }, ticks: { stroke: css("--grid") } });
  if (plot) plot.destroy();
  plot = null;
  $("chart").replaceChildren();
  if (points.length === 0) return;
  plot = new uPlot({
    ...size,
    scales: { x: { time: false, distr: 3, log: 10 }, y: { distr: 3, log: 10 } },
    axes: [axis("time per output token [ms]"), axis("J per output token")],
    series: [
      { label: "ms", value: (u, v) => digits(v) },
      { label: "configuration", ...dot(css("--dim"), 5), value: (u, v, s, i) => (i === null || !points[i] ? "" : `${label(points[i])}: ${si(v, "J")}`) },
      { label: "not beaten in both", stroke: css("--accent"), width: 2, spanGaps: true, points: { show: true, size: 7 }, value: (u, v) => si(v, "J") },
      { label: "chosen", ...dot(css("--good"), 12), value: (u, v) => si(v, "J") },
    ],
  }, data, $("chart"));
}

function pinButton(c) {
  const b = Object.assign(document.createElement("button"), { type: "button", textContent: "Compare" });
  b.setAttribute("aria-label", `Compare ${label(c)}`);
  b.addEventListener("click", () => {
    pinned = [...pinned.filter((p) => label(p) !== label(c)), c].slice(-2);
    compare();
  });
  return b;
}

function compare() {
  $("compareBox").hidden = pinned.length < 2;
  if (pinned.length < 2) return;
  const [a, b] = pinned;
  const rows = [["GPUs", "num_gpus", ""], ["J per output token", "energy_per_output_token_j", "J"], ["J a request", "energy_per_request_j", "J"],
    ["prefill, a request", "prefill_energy_j", "J"], ["decode, a request", "decode_energy_j", "J"], ["TTFT", "ttft_s", "s"], ["TPOT", "tpot_s", "s"],
    ["request", "latency_s", "s"], ["power", "avg_power_w", "W"], ["tokens/s", "throughput_tok_s", ""]];
  fill($("compare"), "The two configurations picked last", ["", label(a), label(b), "second against first"],
    rows.map(([name, key, unit]) => [name, unit ? si(a[key], unit) : digits(a[key], 4), unit ? si(b[key], unit) : digits(b[key], 4),
      a[key] ? `${b[key] >= a[key] ? "+" : ""}${((b[key] / a[key] - 1) * 100).toFixed(1)} %` : "–"]));
}

const words = { prefill: "prompt", weights: "reading weights", kv_read: "reading KV cache", compute: "answer: compute", communication: "communication",
  idle_power: "idle power", idle: "idle replicas and GPUs", facility: "cooling and losses", overhead: "launch, idle, sync", vision: "images",
  prefill_compute: "prompt: compute", prefill_attention: "prompt: attention" };

function causes(c) {
  $("causes").replaceChildren();
  if (!c) return;
  for (const [key, j] of Object.entries(c.breakdown || {}).sort((a, b) => b[1] - a[1])) {
    if (!(j > 5e-4 * c.energy_per_request_j)) continue;
    const name = words[key.replace(/_j$/, "")] || key;
    const row = Object.assign(document.createElement("div"), { className: "bar" });
    const meter = Object.assign(document.createElement("meter"), { min: 0, max: c.energy_per_request_j, value: j });
    meter.setAttribute("aria-label", name);
    row.append(Object.assign(document.createElement("span"), { textContent: name }), meter,
      Object.assign(document.createElement("output"), { textContent: `${si(j, "J")}, ${(100 * j / c.energy_per_request_j).toFixed(1)} %` }));
    $("causes").append(row);
  }
}

function say(text, bad) { $("status").textContent = text; $("status").className = bad ? "bad" : ""; }

const launchLine = (l) => (l && l.vllm ? l.vllm.command + (l.vllm.servers > 1 ? `   # ${l.vllm.servers} such servers` : "") : "");

function show(result) {
  const c = result.chosen, best = c || result.nearest_miss;
  severalGpus = new Set(result.candidates.map((x) => x.gpu)).size > 1;
  if (c) {
    const kwh = kwhPerMillion(c);
    say(`${label(c)} on ${c.num_gpus} GPU${c.num_gpus > 1 ? "s" : ""}: ${si(c.energy_per_output_token_j, "J")} per output token ` +
      `(${digits(c.energy_per_request_lo_j / c.output_tokens, 2)} to ${digits(c.energy_per_request_hi_j / c.output_tokens, 2)} J, 90 %), ` +
      `${digits(kwh)} kWh, ${digits(kwh * set("price"))} and ${digits(kwh * set("carbon"))} g CO2e per million output tokens. ` +
      `TTFT ${seconds(c.ttft_s)}, TPOT ${seconds(c.tpot_s)}. ${c.source}.`);
  } else {
    say(`Nothing keeps all limits${best ? `; nearest: ${label(best)} (${best.reasons.map((r) => r.limit).join(", ")})` : ""}.`, true);
  }
  draw(result);
  fill($("best"), `${result.n_candidates} configurations, ${result.n_feasible} keep all limits`,
    ["configuration", "", "GPUs", "J/token", "90 %", "kWh/1M", "TTFT", "TPOT", "power", "source"],
    result.candidates.slice(0, 10).map((x, i) => Object.assign([label(x), pinButton(x), String(x.num_gpus), digits(x.energy_per_output_token_j),
      `${digits(x.energy_per_request_lo_j / x.output_tokens, 2)}–${digits(x.energy_per_request_hi_j / x.output_tokens, 2)}`,
      digits(kwhPerMillion(x)), seconds(x.ttft_s), seconds(x.tpot_s), si(x.avg_power_w, "W"), x.source],
      { className: x.feasible ? (i === 0 ? "best" : "") : "no" })));
  causes(best);
  $("launch").textContent = launchLine(result.launch);
}

// The command that gives the same answer; a handed-over file by its own name.
function command(q) {
  const name = (v) => [...document.querySelectorAll("option")].find((o) => o.value === v)?.dataset.label || v;
  const quote = (s) => (/^[\w./:,@%+=-]+$/.test(s) ? s : `'${s.replace(/'/g, "'\\''")}'`);
  return ["energylens optimize", ...Object.entries(q).filter(([, v]) => v !== null && v !== undefined && v !== "")
    .map(([k, v]) => `--${k} ${quote(name(Array.isArray(v) ? v.join(",") : String(v)))}`)].join(" ");
}

let inFlight = null, again = false;
async function update() {
  showSliders();
  if (inFlight) { again = true; return; } // the latest wins, none piles up
  do {
    again = false;
    const q = question();
    $("command").textContent = command(q);
    inFlight = ask("optimize", q);
    try {
      last = await (await inFlight).json();
      show(last.result);
    } catch (e) { say(e.message, true); }
  } while (again);
  inFlight = null;
  document.body.dataset.answers = String(+(document.body.dataset.answers || 0) + 1);
}

async function explain() {
  const c = last && (last.result.chosen || last.result.nearest_miss), q = question();
  if (!c) return;
  try {
    const e = (await (await ask("explain", { model: q.model || last.result.model, gpu: c.gpu, precision: c.precision, tp: c.tp, pp: c.pp, ep: c.ep,
      batch: Math.max(1, Math.round(c.in_flight)), isl: q.isl, osl: q.osl, "what-if": true })).json()).result;
    fill($("whatIf"), "What would save most (analytic model)", ["change", "J/token", "saved", "TPOT saved", "TTFT saved", "fits"],
      e.what_if.slice(0, 8).map((w) => [w.change, digits(w.energy_per_output_token_j), `${(100 * w.saved_energy_per_output_token_j /
        (w.energy_per_output_token_j + w.saved_energy_per_output_token_j)).toFixed(1)} %`, seconds(w.saved_tpot_s), seconds(w.saved_ttft_s), w.fits ? "yes" : "no"]));
    fill($("kernels"), "Kernels that cost most", ["phase", "kernel", "time", "energy", "share", "bound by"],
      e.phases.flatMap((p) => p.operators.slice().sort((a, b) => b.energy_j - a.energy_j).slice(0, 6)
        .map((o) => [p.phase, o.label, si(o.time_s, "s"), si(o.energy_j, "J"), `${(100 * o.energy_share).toFixed(1)} %`, o.bound || "–"])));
  } catch (x) { say(x.message, true); }
}

// ---- files ----
function addOption(id, file) {
  const o = Object.assign(document.createElement("option"), { value: file.name, textContent: file.label });
  o.dataset.label = file.label;
  $(id).append(o);
  return o;
}

async function hand(file) {
  const r = await fetch(`/api/v1/files?name=${encodeURIComponent(file.name)}`, {
    method: "POST", headers: { "X-Energylens-Token": token, "Content-Type": "application/octet-stream" }, body: file });
  const answer = await r.json();
  if (!r.ok) throw new Error(answer.error.message);
  const text = file.name.endsWith(".json") ? JSON.parse(await file.text()) : null;
  if (text && String(text.schema).startsWith("energylens.fit")) {
    addOption("fit", answer).selected = true;
    $("model").value = "";
  } else if (text) { // a config.json is a model
    addOption("models", answer);
    $("model").value = answer.name;
  } else {
    addOption("table", answer).selected = true;
  }
}

async function handAll(list) {
  try {
    for (const f of list) await hand(f);
  } catch (e) { say(e.message, true); return; }
  update();
}

function save(name, blob) {
  const a = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  a.click();
  URL.revokeObjectURL(a.href);
}

async function saveAs(kind) {
  const q = question();
  try {
    if (kind === "json") { save("energylens.json", new Blob([JSON.stringify(last, null, 2)], { type: "application/json" })); return; }
    if ($("table").value) q.table = $("table").value;
    const r = await ask("report", { ...q, format: kind });
    save(kind === "csv" ? "energylens.csv" : "report.html", await r.blob());
  } catch (e) { say(e.message, true); }
}

// ---- start ----
async function lists() {
  const about = await (await fetch("/api/v1")).json();
  about.files.forEach((f) => addOption(/\.json$/.test(f.label) ? "fit" : "table", f));
  for (const [list, id] of [["gpus", "gpuList"], ["models", "models"]]) {
    const r = (await (await ask("catalog", { list })).json()).result;
    (r[list] || []).forEach((x) => $(id).append(Object.assign(document.createElement("option"), { value: x.slug })));
  }
}

makeSliders();
$("ask").addEventListener("input", (e) => { if (e.target.id === "gpu") e.target.dataset.touched = "1"; if (e.target.id !== "pick") update(); });
$("ask").addEventListener("submit", (e) => e.preventDefault());
$("pick").addEventListener("change", (e) => handAll(e.target.files));
$("explain").addEventListener("click", explain);
document.querySelectorAll("[data-copy]").forEach((b) => b.addEventListener("click", () => navigator.clipboard.writeText($(b.dataset.copy).textContent)));
document.querySelectorAll("[data-save]").forEach((b) => b.addEventListener("click", () => saveAs(b.dataset.save)));
for (const [type, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(type, (e) => {
    e.preventDefault();
    $("drop").classList.toggle("over", over);
    if (type === "drop") handAll(e.dataTransfer.files);
  });
}
addEventListener("resize", () => { if (last) draw(last.result); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (last) draw(last.result); });
lists().catch((e) => say(e.message, true)).finally(update);
