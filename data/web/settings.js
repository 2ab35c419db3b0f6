// SPDX-License-Identifier: Apache-2.0
// What is set by a slider, or typed beside it.
import { set, setTime } from "/format.js";

const $ = (id) => document.getElementById(id);
const STEPS = 1000;

// name, label, unit, range of the slider, least and most that may be typed,
// start; off: the word at the right end, where there is no limit
const settings = [
  { id: "rate", label: "Requests per second", lo: 0.1, hi: 200, least: 1e-9, most: 1e9, at: 5, log: true, off: "offline" },
  { id: "isl", label: "Tokens in", lo: 16, hi: 65536, least: 1, most: 1e8, at: 1000, log: true, whole: true },
  { id: "osl", label: "Tokens out", lo: 16, hi: 8192, least: 1, most: 1e8, at: 250, log: true, whole: true },
  { id: "gpus", label: "GPUs there are", lo: 1, hi: 64, least: 1, most: 65536, at: 8, log: true, whole: true },
  { id: "ttft", label: "Longest TTFT", lo: 0.02, hi: 20, least: 1e-9, most: 1e6, at: 2, log: true, time: true, off: "off" },
  { id: "tpot", label: "Longest TPOT", lo: 0.002, hi: 0.5, least: 1e-9, most: 1e6, at: 0.05, log: true, time: true, off: "off" },
  { id: "pue", label: "PUE", lo: 1, hi: 2, least: 1, most: 10, at: 1.2, scope: "facility" },
  { id: "price", label: "Price of a kWh", lo: 0, hi: 1, least: 0, most: 1e6, at: 0.2, local: true },
  { id: "carbon", label: "gCO2e per kWh", lo: 0, hi: 1000, least: 0, most: 1e4, at: 380, whole: true, local: true },
];
const byId = new Map(settings.map((s) => [s.id, s]));

export const value = (id) => byId.get(id).v;
// Price and carbon change no configuration: what is there is multiplied anew.
export const isLocal = (id) => Boolean(byId.get(id)?.local);

function fromSlider(s, t) {
  if (s.off && t >= 1) return null;
  const v = s.log ? s.lo * (s.hi / s.lo) ** t : s.lo + t * (s.hi - s.lo);
  return s.whole ? Math.round(+v.toPrecision(v < 100 ? 4 : 2)) : +v.toPrecision(2);
}

function toSlider(s, v) {
  if (v === null) return 1;
  const t = s.log ? Math.log(v / s.lo) / Math.log(s.hi / s.lo) : (v - s.lo) / (s.hi - s.lo);
  return Math.min(Math.max(t, 0), 1 - (s.off ? 1 / STEPS : 0));
}

const show = (s, v) => (v === null ? s.off : s.time ? setTime(v) : set(v));

function put(s, v, from) {
  s.v = v;
  const text = show(s, v), slider = $(s.id), typed = $(`${s.id}Typed`);
  if (from !== "slider") slider.value = Math.round(toSlider(s, v) * STEPS);
  if (from !== "typed" || typed.value !== text) typed.value = text;
  typed.removeAttribute("aria-invalid");
  slider.setAttribute("aria-valuetext", text);
}

// A time without its unit has that of the time before.
function parse(s, text) {
  const found = /^([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*(us|ms|s)?$/i.exec(text.trim());
  if (s.off && /^(off|offline|none|)$/i.test(text.trim())) return null;
  if (!found || (found[2] && !s.time)) return undefined;
  const unit = s.time ? found[2] || (s.v !== null && s.v < 1 ? "ms" : "s") : "";
  const v = +found[1] * ({ us: 1e-6, ms: 1e-3 }[unit] || 1);
  return v >= s.least && v <= s.most ? (s.whole ? Math.round(v) : v) : undefined;
}

// The event's setting takes its value; text: why it does not, null: no setting.
export function take(target) {
  const s = byId.get(target.id) || byId.get(target.id.replace(/Typed$/, ""));
  if (!s) return null;
  if (target.type === "range") {
    put(s, fromSlider(s, +target.value / STEPS), "slider");
    return "";
  }
  const v = parse(s, target.value);
  if (v === undefined) {
    target.setAttribute("aria-invalid", "true");
    return `${s.label}: ${s.time ? `a time such as ${show(s, s.at)}` : `a number from ${s.least} to ${s.most}`}${s.off ? `, or ${s.off}` : ""}.`;
  }
  put(s, v, "typed");
  return "";
}

export function settingId(target) {
  return target.id.replace(/Typed$/, "");
}

const make = (tag, props) => Object.assign(document.createElement(tag), props);

export function build() {
  for (const s of settings) {
    const row = make("div", { className: "setting" });
    const typed = make("input", { id: `${s.id}Typed`, type: "text", inputMode: s.time ? "text" : "decimal", className: "typed", spellcheck: false });
    typed.setAttribute("aria-label", `${s.label}, typed`);
    row.append(make("label", { htmlFor: s.id, textContent: s.label }), typed,
      make("input", { id: s.id, type: "range", min: 0, max: STEPS, step: 1 }));
    $(s.scope ? "boundary" : s.local ? "costs" : "sliders").append(row);
    if (s.scope) row.dataset.scope = s.scope;
    put(s, s.at);
  }
}
