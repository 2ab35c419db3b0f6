// SPDX-License-Identifier: Apache-2.0
// The page of `energylens serve`: what is set goes to the server as the options
// of a verb, what comes back is drawn. No number is computed here but sums and
// units.
import { Chart } from "/chart.js";
import { Files } from "/files.js";
import { nameOf } from "/format.js";
import * as settings from "/settings.js";
import * as view from "/view.js";

const $ = (id) => document.getElementById(id);
const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
const TYPING_MS = 350, REST_MS = 250; // a pause in typing; in moving a slider

// ---- the server ----
async function call(path, options) {
  let r;
  try {
    r = await fetch(path, options);
  } catch { throw new Error("The server does not answer: is `energylens serve` still running?"); }
  if (r.ok) return r;
  const { message } = (await r.json()).error;
  throw new Error(r.status === 401 ? "Open the address that `energylens serve` printed: it carries the token that handing over a file needs."
    : message.replace(/\/tmp\/energylens-serve-\w+\/\d+\//g, ""));
}

const ask = (verb, body) => call(`/api/v1/${verb}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

// ---- the question ----
const files = new Files(call, token);
const time = (s) => (s === null ? null : s < 1 ? `${+(s * 1e3).toPrecision(6)}ms` : `${+s.toPrecision(6)}s`);

function question() {
  const q = { fit: $("fit").value, calibrate: files.calibrates() ? $("table").value : "", model: files.modelName($("model").value.trim()), gpu: $("gpu").value.split(",").map((g) => g.trim()).filter(Boolean),
    precision: $("precision").value.trim(), engine: $("engine").value.trim(), isl: settings.value("isl"), osl: settings.value("osl"), "request-rate": settings.value("rate"),
    gpus: settings.value("gpus"), ttft: time(settings.value("ttft")), tpot: time(settings.value("tpot")), scope: $("scope").value === "gpus" ? "" : $("scope").value,
    pue: $("scope").value === "facility" ? settings.value("pue") : null, current: $("current").value.trim() };
  return Object.fromEntries(Object.entries(q).filter(([, v]) => v !== null && v !== "" && v.length !== 0));
}

// The command that gives the same answer; a handed-over file by its own name.
function command(q) {
  const quote = (s) => (/^[\w./:,@%+=-]+$/.test(s) ? s : `'${s.replace(/'/g, "'\\''")}'`);
  return ["energylens optimize", ...Object.entries(q).map(([k, v]) => `--${k} ${quote(files.label(Array.isArray(v) ? v.join(",") : String(v)))}`)].join(" ");
}

// ---- the answer ----
let text = "", result = null, words = {}, pins = [];
const among = { gpus: 1, precisions: 1 };
const chart = new Chart($("chart"), $("tip"), pin);

const fields = ["gpu", "precision", "engine", "tp", "pp", "ep", "dp"];
const isSame = (a, b) => fields.every((f) => a[f] === b[f]);
// What was picked, among what the new load allows: the same batch if it is there.
const find = (p) => result.candidates.find((c) => isSame(c, p) && c.batch_size === p.batch_size) || result.candidates.find((c) => isSame(c, p)) || null;

function pin(c) {
  const at = pins.findIndex((p) => find(p) === c);
  if (at >= 0) pins.splice(at, 1); else pins = [...pins, c].slice(-2);
  showPins();
}

function showPins() {
  const found = pins.map(find);
  chart.draw(result.candidates, result.chosen && find(result.chosen), found.filter(Boolean), among);
  view.configurations(result, found, among);
  view.compare(found, pins.map((p) => nameOf(p, among)), among);
}

function showFigures() { view.figures(result, settings.value("price"), settings.value("carbon")); }

// A model of one's own has no name that an engine could load.
function showLaunch() {
  const l = result?.launch?.[$("launcher").value];
  $("launch").textContent = l ? l.command.replace(/\/tmp\/energylens-serve-\w+\/\S+/, "FOLDER_OF_THE_MODEL") + (l.servers > 1 ? `   # ${l.servers} such servers` : "") : "";
}

function show() {
  for (const [key, what] of [["gpus", "gpu"], ["precisions", "precision"]]) among[key] = new Set(result.candidates.map((c) => c[what])).size;
  view.verdict(result);
  showFigures();
  showPins();
  view.causes(result.chosen || result.nearest_miss, words);
  showLaunch();
}

// stale: what is shown below does not answer what is asked now
function complain(message, stale = false) {
  $("error").hidden = !message;
  $("error").textContent = message;
  document.body.classList.toggle("stale", stale);
}

// ---- asking: the latest question wins, none piles up ----
let busy = false, again = false;

async function answer(q) {
  const got = await (await ask("optimize", q)).text();
  result = JSON.parse(got).result;
  text = got;
  $("command").textContent = command(q);
  complain("");
  show();
}

async function update() {
  if (busy) { again = true; return; }
  busy = true;
  do {
    again = false;
    const q = question();
    try {
      await answer(q);
    } catch (e) {
      // measured rows of something else must not stand in the way
      if (q.calibrate && files.without(e.message)) again = true; else complain(e.message, true);
    }
  } while (again);
  busy = false;
  document.body.dataset.answers = String(+(document.body.dataset.answers || 0) + 1);
  rest();
}

let resting = 0;
function rest() { // what need not follow every move
  clearTimeout(resting);
  resting = setTimeout(() => {
    const best = result && (result.chosen || result.nearest_miss);
    $("live").textContent = $("error").hidden && best ? `${$("verdict").textContent}, ${$("perToken").children[1].textContent} per output token` : "";
    if (!$("explanation").hidden) explain();
  }, REST_MS);
}

// ---- kernels ----
let explained = 0;
async function explain() {
  const c = result && (result.chosen || result.nearest_miss), turn = ++explained;
  if (!c) return;
  $("explanation").setAttribute("aria-busy", "true");
  let e = null, problem = "";
  try {
    e = JSON.parse(await (await ask("explain", { model: files.modelName($("model").value.trim()) || result.model, gpu: c.gpu, precision: c.precision, tp: c.tp, pp: c.pp, ep: c.ep,
      batch: Math.max(1, Math.round(c.in_flight)), isl: settings.value("isl"), osl: settings.value("osl"), "what-if": true })).text()).result;
  } catch (x) { problem = x.message; }
  if (turn !== explained) return; // a later one is on its way
  $("explainHint").hidden = !problem;
  $("explainHint").textContent = problem;
  $("whatIf").hidden = $("kernels").hidden = !e;
  if (e) view.explanation(e);
  $("explanation").setAttribute("aria-busy", "false");
}

// ---- what is taken away ----
function save(name, blob) {
  const a = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 0);
}

async function saveAs(kind) {
  try {
    if (kind === "json") { if (text) save("energylens.json", new Blob([text], { type: "application/json" })); return; }
    const r = await ask("report", { ...question(), ...($("table").value ? { table: $("table").value } : {}), carbon: settings.value("carbon"), price: settings.value("price"), format: kind });
    save(kind === "csv" ? "energylens.csv" : "report.html", await r.blob());
  } catch (e) { complain(e.message); }
}

async function copy(button) {
  const what = $(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(what.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } catch { // not allowed here: select it, for Ctrl-C
    getSelection().selectAllChildren(what);
    what.focus();
  }
}

// ---- what a person does ----
let typing = 0;
function edited(e) {
  const t = e.target, done = e.type === "change";
  if (t.id === "pick" || t.id === "launcher" || t.classList.contains("typed")) return;
  if (t.type === "text") { // asked at a pause, or at once when it is complete
    const waits = typing;
    clearTimeout(typing);
    typing = done ? 0 : setTimeout(() => { typing = 0; update(); }, TYPING_MS);
    if (done && waits) update();
    return;
  }
  if (done === (t.type === "range")) return; // sliders while they move, the rest when done
  settings.take(t);
  if (settings.isLocal(t.id)) { if (result) showFigures(); return; }
  if (t.id === "group") files.takeGroup();
  if (t.id === "fit" || t.id === "table" || t.id === "calibrate") files.chosen(t.id);
  showScope();
  update();
}

function typed(t) { // a number beside a slider
  const problem = settings.take(t);
  complain(problem);
  if (problem) return;
  if (settings.isLocal(settings.settingId(t))) { if (result) showFigures(); return; }
  update();
}

function showScope() {
  for (const row of document.querySelectorAll("[data-scope]")) row.hidden = row.dataset.scope !== $("scope").value;
}

async function handOver(list) {
  const problems = [];
  for (const f of list) {
    try { await files.hand(f); } catch (e) { problems.push(e.message); }
  }
  await update();
  if (problems.length) complain(problems.join(" "));
  document.body.dataset.handed = String(+(document.body.dataset.handed || 0) + list.length);
}

function listen() {
  for (const type of ["input", "change"]) $("ask").addEventListener(type, edited);
  $("ask").addEventListener("change", (e) => { if (e.target.classList.contains("typed")) typed(e.target); });
  $("ask").addEventListener("submit", (e) => e.preventDefault());
  $("pick").addEventListener("change", async (e) => { await handOver([...e.target.files]); e.target.value = ""; });
  $("best").addEventListener("click", (e) => { const b = e.target.closest("button"); if (b) pin(result.candidates[b.dataset.row]); });
  $("clear").addEventListener("click", () => { pins = []; showPins(); $("best").focus(); });
  $("launcher").addEventListener("change", showLaunch);
  $("explain").addEventListener("click", () => {
    const open = $("explanation").hidden;
    $("explanation").hidden = !open;
    $("explain").setAttribute("aria-expanded", String(open));
    if (open) explain();
  });
  document.querySelectorAll("[data-copy]").forEach((b) => b.addEventListener("click", () => copy(b)));
  document.querySelectorAll("[data-save]").forEach((b) => b.addEventListener("click", () => saveAs(b.dataset.save)));
  for (const [type, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(type, (e) => {
      e.preventDefault();
      document.body.classList.toggle("over", over);
      if (type === "drop" && e.dataTransfer.files.length) handOver([...e.dataTransfer.files]);
    });
  }
}

async function start() {
  settings.build();
  showScope();
  listen();
  try {
    const about = await (await call("/api/v1")).json();
    words = about.causes;
    files.served(about.files);
    await Promise.all([["gpus", "gpuList"], ["models", "models"]].map(async ([list, id]) => {
      const all = (await (await ask("catalog", { list })).json()).result[list] || [];
      $(id).append(...all.map((x) => view.make("option", { value: x.slug })));
    }));
  } catch (e) { complain(e.message); }
  update();
}

start();
