// SPDX-License-Identifier: Apache-2.0
// What tests of the page share: waiting for answers, handing over files, and
// numbers on the screen against numbers of the command line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chromium } from "playwright-core";

const LONG = { timeout: 60000 };
export const noise = []; // what the browser's console says

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });

export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1400 }, acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  page.on("console", (m) => noise.push(`${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => noise.push(e.message));
  await page.goto(url);
  await page.waitForFunction(() => +document.body.dataset.answers >= 1, null, LONG);
  return page;
}

// Do something, wait for the answer that it leads to.
export async function then(page, action, counter = "answers") {
  const n = await page.evaluate((c) => +document.body.dataset[c] || 0, counter);
  await action();
  await page.waitForFunction(([c, k]) => +document.body.dataset[c] > k, [counter, n], LONG);
}

// The answer shown is that of a slider's value.
export const follows = (page, id, option) => page.waitForFunction(([i, o]) => {
  const typed = document.getElementById(`${i}Typed`).value.replace(" ", "");
  return ` ${document.getElementById("command").textContent} `.includes(` --${o} ${typed} `);
}, [id, option], LONG);

export const type = (page, id, text) => then(page, async () => { await page.fill(`#${id}Typed`, text); await page.press(`#${id}Typed`, "Enter"); });

// files: [name, Buffer]
export async function drop(page, ...files) {
  const data = await page.evaluateHandle((list) => {
    const d = new DataTransfer();
    for (const [name, bytes] of list) d.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
    return d;
  }, files.map(([name, bytes]) => [name, bytes.toString("base64")]));
  await page.dispatchEvent("main", "dragover", { dataTransfer: data });
  assert.ok(await page.evaluate(() => document.body.classList.contains("over")), "nothing says that it can be dropped");
  await then(page, () => page.dispatchEvent("main", "drop", { dataTransfer: data }), "handed");
}

// ---- the command line ----
export class Terminal {
  constructor(program) { Object.assign(this, { program, paths: new Map() }); } // label of a file -> path

  run(words) {
    const r = spawnSync(this.program, words, { maxBuffer: 1 << 28 });
    assert.ok(r.status === 0 || r.status === 1, `${words.join(" ")}: ${r.stderr}`);
    return r.stdout;
  }

  // A line that the page shows, as a shell would take it apart.
  words(line) {
    const words = line.match(/'[^']*'|\S+/g).map((w) => w.replace(/^'|'$/g, ""));
    assert.equal(words.shift(), "energylens");
    return words.map((w) => this.paths.get(w) || w);
  }

  json(line) { return JSON.parse(this.run([...this.words(line), "--json"])).result; }
}

// ---- numbers ----
const prefix = { n: 1e-9, µ: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

// Every number of a text as value and half a unit of its last digit.
function numbers(text) {
  return [...text.matchAll(/(?<![\w.])([+−]?)(\d+\.?(\d*))(?:\s([nµmkMGT]?)(?:J|s|Wh|W|B)\b)?/g)].map(([, sign, digits, decimals, p]) => {
    const scale = prefix[p] || 1;
    return { value: (sign === "−" ? -1 : 1) * digits * scale, half: 0.5 * 10 ** -decimals.length * scale };
  });
}

// The text's numbers are these, to two digits or a tenth of a per cent.
export function shows(text, what, ...want) {
  const got = numbers(text);
  assert.equal(got.length, want.length, `${what}: ${want.length} numbers wanted in "${text}"`);
  want.forEach((w, i) => {
    assert.ok(Math.abs(got[i].value - w) <= got[i].half * 1.0001, `${what}: "${text}" shown, ${w} computed`);
    assert.ok(w === got[i].value || got[i].half <= 0.06 * Math.abs(w) || (text.includes("%") && got[i].half < 0.06), `${what}: "${text}" says too little of ${w}`);
  });
}

const texts = (page, selector) => page.$$eval(selector, (all) => all.map((e) => e.textContent));
const J_PER_KWH = 3.6e6;
const name = (c) => ["tp", "pp", "ep", "dp"].filter((k) => k === "tp" || c[k] > 1).map((k) => `${k}=${c[k]}`).join(" ") + ` batch=${c.batch_size}`;

async function figuresAgree(page, result, c) {
  const tile = async (id) => (await texts(page, `#${id} dd`)).join("; ");
  const price = +(await page.inputValue("#priceTyped")), carbon = +(await page.inputValue("#carbonTyped"));
  const kwh = c.energy_per_output_token_j * 1e6 / J_PER_KWH, load = result.load;
  const osl = c.output_tokens, limit = (s) => (s === null ? [] : [s]);
  shows((await tile("perToken")).replace("J, 90 %", ""), "a token", c.energy_per_output_token_j, c.energy_per_request_lo_j / osl, c.energy_per_request_hi_j / osl);
  shows(await tile("perRequest"), "a request", c.energy_per_request_j / 3600, c.energy_per_request_j);
  shows((await tile("kwh")).replace("CO2e", ""), "a million tokens", kwh * 1e3, kwh * carbon, kwh * price);
  shows((await tile("ttftFigure")).replace("p95", ""), "TTFT", c.ttft_s, c.ttft_at_percentile_s, ...limit(load.ttft_limit_s));
  shows((await tile("tpotFigure")).replace("p95", ""), "TPOT", c.tpot_s, c.tpot_at_percentile_s, ...limit(load.tpot_limit_s));
  shows(await tile("power"), "power", c.avg_power_w, 100 * Math.min(c.utilisation, 1));
  if (result.saving !== null) shows((await texts(page, "#saving dd"))[0], "saving", -100 * result.saving);
}

async function tableAgrees(page, result) {
  const rows = await page.$$eval("#best tbody tr", (all) => all.map((r) => [...r.cells].map((c) => c.textContent)));
  assert.equal(rows.length, Math.min(result.candidates.length, 10));
  rows.forEach(([who, token, interval, gpus, ttft, tpot, source, limits], k) => {
    const c = result.candidates[k], osl = c.output_tokens;
    assert.ok(who.endsWith(name(c)), `${who}: ${name(c)}`);
    shows(token, who, c.energy_per_output_token_j);
    shows(interval.replace("–", " "), who, c.energy_per_request_lo_j / osl, c.energy_per_request_hi_j / osl);
    shows(gpus, who, c.num_gpus);
    shows(ttft, who, c.ttft_s);
    shows(tpot, who, c.tpot_s);
    assert.equal(source, c.source.toLowerCase());
    assert.equal(limits === "kept", c.feasible);
  });
}

async function causesAgree(page, c) {
  const rows = await page.$$eval("#causes li", (all) => all.map((r) => [r.children[2].textContent, r.children[3].textContent]));
  const parts = Object.values(c.breakdown).filter((j) => j > 5e-4 * c.energy_per_request_j).sort((a, b) => b - a);
  assert.equal(rows.length, parts.length);
  rows.forEach(([energy, share], k) => {
    shows(energy, "cause", parts[k]);
    shows(share, "share", 100 * parts[k] / c.energy_per_request_j);
  });
}

// All that the page shows is what the command that it shows prints.
export async function agrees(page, terminal) {
  const result = terminal.json(await page.textContent("#command")), c = result.chosen || result.nearest_miss;
  assert.ok(await page.isHidden("#error"), await page.textContent("#error"));
  assert.ok((await page.textContent("#verdict")).endsWith((result.chosen ? "Run " : "Nearest: ") + name(c)));
  assert.equal(await page.textContent("#where"), `on ${c.num_gpus} GPU${c.num_gpus > 1 ? "s" : ""} ${c.gpu}, ${c.precision}`);
  assert.equal(await page.textContent("#source"), c.source);
  await figuresAgree(page, result, c);
  await tableAgrees(page, result);
  await causesAgree(page, c);
  const caption = await page.textContent("#best caption");
  shows(caption.replace(/; .*/, ""), "caption", result.n_candidates, result.n_feasible);
  return result;
}

export async function compareAgrees(page, a, b) {
  const keys = ["num_gpus", "energy_per_output_token_j", "energy_per_request_j", "prefill_energy_j", "decode_energy_j", "ttft_s", "tpot_s", "latency_s", "avg_power_w", "throughput_tok_s"];
  const rows = await page.$$eval("#compare tbody tr", (all) => all.map((r) => [...r.cells].map((c) => c.textContent)));
  assert.equal(rows.length, keys.length + 1);
  keys.forEach((key, k) => {
    shows(rows[k][1], key, a[key]);
    shows(rows[k][2], key, b[key]);
    shows(rows[k][3].replace(" %", ""), key, 100 * (b[key] / a[key] - 1));
  });
}
