// SPDX-License-Identifier: Apache-2.0
// The page of `energylens serve` as a person uses it, in Chromium: what it shows
// is what the command line says.
//   node page.mjs URL PROGRAM FIT FOLDER [FOLDER-FOR-PICTURES]
// FOLDER holds a config.json and takes files of the test.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { checkAccess } from "./access.mjs";
import { agrees, compareAgrees, drop, follows, launch, noise, open, shows, Terminal, then, type } from "./lib.mjs";

const [url, program, fit, folder, pictures] = process.argv.slice(2);
const browser = await launch();
const terminal = new Terminal(program);
const analytic = (page) => then(page, () => page.selectOption("#fit", ""));
const keep = (name, bytes) => { writeFileSync(`${folder}/${name}`, bytes); terminal.paths.set(name, `${folder}/${name}`); return [name, Buffer.from(bytes)]; };

terminal.paths.set(basename(fit), fit);

// Runs of one's own: the analytic model's, 20 % dearer.
function ownRuns() {
  const rows = [1, 4, 16, 64].map((batch) => {
    const p = JSON.parse(terminal.run(["predict", "--model", "llama-3.1-8b", "--gpu", "h100", "--tp", "1", "--batch", String(batch), "--isl", "512", "--osl", "128", "--json"])).result.rows[0];
    return `llama-3.1-8b,h100-sxm5-80gb,bfloat16,vLLM,1,${batch},512,128,${10 * batch},${1.2 * p.energy_per_request_j},${p.latency_s}`;
  });
  return `model,gpu,precision,engine,tp,batch_size,input_tokens,output_tokens,requests,energy_per_request_j,latency_s\n${rows.join("\n")}\n`;
}

async function sliders(page) {
  // by mouse: the front follows while the button is down
  const box = await page.locator("#rate").boundingBox(), y = box.y + box.height / 2;
  const thumb = box.x + 8 + (box.width - 16) * (await page.inputValue("#rate")) / 1000;
  await page.mouse.move(thumb, y);
  await page.mouse.down();
  for (const part of [0.65, 0.4, 0.55]) {
    await page.mouse.move(box.x + box.width * part, y, { steps: 4 });
    await follows(page, "rate", "request-rate");
    await agrees(page, terminal);
  }
  await page.mouse.up();
  // by keyboard: one press, one answer
  for (const key of ["PageUp", "ArrowLeft"]) {
    await then(page, () => page.press("#tpot", key));
    await agrees(page, terminal);
  }
  await then(page, () => page.press("#tpot", "End"));
  assert.equal(await page.inputValue("#tpotTyped"), "off");
  assert.equal(await page.getAttribute("#tpot", "aria-valuetext"), "off");
  assert.ok(!(await page.textContent("#command")).includes("--tpot"));
  await agrees(page, terminal);
  // typed: exactly, also beyond the slider's range
  for (const [id, text, words] of [["isl", "513", "--isl 513"], ["tpot", "61 ms", "--tpot 61ms"], ["osl", "9000", "--osl 9000"], ["osl", "128", "--osl 128"], ["gpus", "4", "--gpus 4"], ["ttft", "1.5s", "--ttft 1.5s"]]) {
    await type(page, id, text);
    assert.ok((await page.textContent("#command")).includes(words), words);
    await agrees(page, terminal);
  }
  await page.fill("#tpotTyped", "soon");
  await page.press("#tpotTyped", "Enter");
  assert.match(await page.textContent("#error"), /^Longest TPOT: a time such as 50 ms, or off/);
  assert.equal(await page.getAttribute("#tpotTyped", "aria-invalid"), "true");
  await type(page, "tpot", "61"); // as before: ms
  assert.equal(await page.inputValue("#tpotTyped"), "61 ms");
  // whose energy, and what it costs: the latter without a question
  await then(page, () => page.selectOption("#scope", "facility"));
  await type(page, "pue", "1.5");
  await agrees(page, terminal);
  await then(page, () => page.selectOption("#scope", "gpus"));
  assert.ok(await page.isHidden("#pue"));
  const asked = await page.evaluate(() => document.body.dataset.answers);
  for (const id of ["price", "carbon"]) await page.press(`#${id}`, "PageUp");
  await agrees(page, terminal);
  assert.equal(await page.evaluate(() => document.body.dataset.answers), asked);
  await type(page, "rate", "offline");
  await agrees(page, terminal);
  await type(page, "rate", "5");
}

// Moves that come while an answer is on its way lead to one question, the last.
async function coalesces(page) {
  let asked = 0, release;
  const held = new Promise((yes) => { release = yes; });
  await page.route("**/api/v1/optimize", async (route) => { asked++; if (asked === 1) await held; await route.continue(); });
  await then(page, async () => {
    for (let i = 0; i < 10; i++) await page.press("#isl", "ArrowRight");
    release();
  });
  assert.equal(asked, 2);
  await page.unroute("**/api/v1/optimize");
  await agrees(page, terminal);
}

async function refusals(page) {
  await type(page, "tpot", "0.1 ms");
  assert.match(await page.textContent("#verdict"), /^Nothing keeps all limits/);
  await agrees(page, terminal);
  await type(page, "tpot", "60 ms");
  await then(page, () => page.fill("#model", "nosuchmodel"));
  assert.match(await page.textContent("#error"), /nosuchmodel/);
  assert.ok(await page.evaluate(() => document.body.classList.contains("stale")), "what is shown is not of this question");
  await then(page, () => page.fill("#model", "llama-3.1-8b"));
  await page.route("**/api/v1/optimize", (route) => route.abort());
  await then(page, () => page.press("#isl", "ArrowRight"));
  assert.match(await page.textContent("#error"), /The server does not answer/);
  await page.unroute("**/api/v1/optimize");
  await then(page, () => page.press("#isl", "ArrowRight"));
  await agrees(page, terminal);
}

async function files(page) {
  const config = [`config.json`, readFileSync(`${folder}/config.json`)];
  terminal.paths.set("config.json", `${folder}/config.json`);
  await drop(page, config);
  assert.equal(await page.inputValue("#model"), "config.json");
  await agrees(page, terminal);
  assert.match(await page.textContent("#launch"), /^vllm serve FOLDER_OF_THE_MODEL /);
  // a table corrects the analytic model
  await then(page, () => page.fill("#model", "llama-3.1-8b"));
  await drop(page, keep("runs.csv", ownRuns()));
  assert.equal((await agrees(page, terminal)).chosen.source, "CALIBRATED");
  // unless its rows are of something else: that is said, and does not stand in the way
  await then(page, () => page.fill("#model", "llama-3.1-70b"));
  assert.match(await page.textContent("#tableHint"), /^Not used: runs.csv: no row to calibrate/);
  assert.equal((await agrees(page, terminal)).chosen.source, "MODELLED");
  await then(page, () => page.selectOption("#table", ""));
  // a fit: its first group, then another
  await drop(page, keep("own.fit.json", readFileSync(fit)));
  await agrees(page, terminal);
  await then(page, () => page.selectOption("#group", { label: "llama-2-13b" }));
  assert.equal((await agrees(page, terminal)).model, "llama-2-13b");
  await analytic(page);
  assert.equal(await page.inputValue("#model"), "llama-3.1-70b"); // what was asked before
  // what is none of these
  const shown = await page.textContent("#command");
  for (const [name, bytes, why] of [["garbage.csv", "no table\0", /NUL byte/], ["notes.json", '{"a": 1}', /model_type/], ["half.json", "{", /half.json:1/], ["empty.csv", "", /bytes/],
    ["links.json", '{"schema": "energylens.links", "version": 1}', /energylens.links/]]) {
    await drop(page, [name, Buffer.from(bytes)]);
    const said = await page.textContent("#error");
    assert.match(said, why);
    assert.ok(!said.includes("/tmp/"), said);
    assert.equal(await page.textContent("#command"), shown);
  }
  // several, by the button; the good one counts
  await then(page, () => page.setInputFiles("#pick", [{ name: "b.csv", mimeType: "text/csv", buffer: Buffer.from("x") }, { name: "config.json", mimeType: "", buffer: config[1] }]), "handed");
  assert.equal(await page.inputValue("#model"), "config.json (2)");
  assert.match(await page.textContent("#error"), /^b.csv is neither/);
  await then(page, () => page.fill("#model", "llama-3.1-8b"));
}

async function comparing(page) {
  await then(page, async () => { await page.fill("#gpu", "h100, l40s"); });
  await page.click("#best tbody tr:nth-child(1) button");
  assert.match(await page.textContent("#compareHint"), /is picked: pick another/);
  await page.click("#best tbody tr:nth-child(3) button");
  let r = await agrees(page, terminal);
  await compareAgrees(page, r.candidates[0], r.candidates[2]);
  // they stay under another load, with its numbers
  const who = ({ gpu, tp, dp }) => `${gpu} ${tp} ${dp}`, [a, b] = [who(r.candidates[0]), who(r.candidates[2])];
  await then(page, () => page.press("#rate", "ArrowRight"));
  r = await agrees(page, terminal);
  await compareAgrees(page, r.candidates.find((c) => who(c) === a), r.candidates.find((c) => who(c) === b));
  await page.click("#clear");
  assert.ok(await page.isHidden("#compare"));
  // on the chart: the fastest of the front is its leftmost point
  const fast = r.candidates.filter((c) => c.feasible).sort((x, y) => x.tpot_s - y.tpot_s)[0];
  const over = await page.locator("#chart .u-over").boundingBox();
  let hit = "";
  for (let x = 2; x < over.width && !hit; x += 16) {
    for (let y = 4; y < over.height && !hit; y += 16) {
      await page.mouse.move(over.x + x, over.y + y);
      if (await page.isVisible("#tip")) hit = await page.textContent("#tip");
    }
  }
  assert.ok(hit.includes(`tp=${fast.tp}`), `${hit}: tp=${fast.tp}`);
  await page.mouse.down();
  await page.mouse.up();
  assert.match(await page.textContent("#compareHint"), new RegExp(`tp=${fast.tp} .*is picked`));
  await page.click("#clear");
  await then(page, () => page.fill("#gpu", "h100"));
  await then(page, () => page.fill("#current", "tp=4,batch=8"));
  assert.ok((await agrees(page, terminal)).saving > 0);
  await then(page, () => page.fill("#current", ""));
}

async function explaining(page) {
  const same = async () => {
    const c = terminal.json(await page.textContent("#command")).chosen;
    const e = JSON.parse(terminal.run(["explain", "--model", "llama-3.1-8b", "--gpu", c.gpu, "--precision", c.precision, "--tp", String(c.tp), "--batch", String(Math.round(c.in_flight)),
      "--isl", String(c.input_tokens), "--osl", String(c.output_tokens), "--what-if", "--json"])).result;
    const want = e.phases.flatMap((p) => p.operators.slice().sort((a, b) => b.energy_j - a.energy_j).slice(0, 6));
    await page.waitForFunction(([n, name]) => document.querySelectorAll("#kernels tbody tr").length === n && document.querySelector("#explanation").getAttribute("aria-busy") === "false" &&
      document.querySelector("#kernels tbody td").textContent === name, [want.length, want[0].label]);
    const rows = await page.$$eval("#kernels tbody tr", (all) => all.map((r) => [...r.cells].map((x) => x.textContent)));
    if (!rows.every((r, k) => r[1] === want[k].label)) return false;
    try {
      rows.forEach(([, what, took, energy, share], k) => { shows(took, what, want[k].time_s); shows(energy, what, want[k].energy_j); shows(share, what, 100 * want[k].energy_share); });
    } catch { return false; }
    const saved = await page.$$eval("#whatIf tbody tr", (all) => all.map((r) => [...r.cells].map((x) => x.textContent)));
    saved.forEach(([what, token], k) => { assert.equal(what, e.what_if[k].change); shows(token, what, e.what_if[k].energy_per_output_token_j); });
    return true;
  };
  const until = async () => { while (!await same()) await page.waitForFunction(() => document.getElementById("explanation").getAttribute("aria-busy") === "false"); };
  await page.click("#explain");
  await until();
  await then(page, () => page.press("#isl", "PageUp")); // it follows
  await until();
  await page.click("#explain");
  assert.ok(await page.isHidden("#kernels"));
}

async function taking(page) {
  const asked = [];
  page.on("request", (r) => { if (r.method() === "POST") asked.push([r.url(), r.postData()]); });
  await then(page, () => page.press("#rate", "ArrowRight"));
  for (const what of ["command", "launch"]) {
    const button = page.locator(`[data-copy=${what}]`);
    await button.click();
    await page.waitForFunction((w) => document.querySelector(`[data-copy=${w}]`).textContent === "Copied", what);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.textContent(`#${what}`));
  }
  const result = terminal.json(await page.textContent("#command"));
  for (const engine of ["sglang", "trtllm", "vllm"]) {
    await page.selectOption("#launcher", engine);
    assert.ok((await page.textContent("#launch")).startsWith(result.launch[engine].command));
  }
  for (const kind of ["json", "csv", "html"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`[data-save=${kind}]`)]);
    const [address, body] = asked.at(-1);
    const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    assert.deepEqual(readFileSync(await download.path()), Buffer.from(await answer.arrayBuffer()), kind);
    assert.equal(new URL(address).pathname, kind === "json" ? "/api/v1/optimize" : "/api/v1/report");
    assert.equal(download.suggestedFilename(), { json: "energylens.json", csv: "energylens.csv", html: "report.html" }[kind]);
    if (kind === "html") assert.match(readFileSync(await download.path(), "utf8"), /CO2e/); // what the sliders of cost say goes with it
    if (kind === "json") assert.deepEqual(readFileSync(await download.path()), terminal.run([...terminal.words(await page.textContent("#command")), "--json"]));
  }
}

const page = await open(browser, url);
await agrees(page, terminal);
assert.equal(await page.textContent("#source"), "FITTED"); // what was served answers
if (pictures) {
  await page.setViewportSize({ width: 1280, height: 960 });
  await then(page, () => page.selectOption("#group", { label: "llama-2-13b" }));
  await page.waitForFunction(() => document.querySelector("#chart canvas"));
  await page.screenshot({ path: `${pictures}/page.png` });
  await page.setViewportSize({ width: 1280, height: 1400 });
}
await sliders(await open(browser, url));
await analytic(page);
await sliders(page);
await coalesces(page);
await refusals(page);
await files(page);
await comparing(page);
await explaining(page);
await taking(page);
await checkAccess(page, await open(browser, url));

// without the token of the address: said, not lost
const other = await open(browser, url.replace(/#.*/, ""));
await drop(other, ["runs.csv", Buffer.from("x")]);
assert.match(await other.textContent("#error"), /Open the address that/);

// narrow: nothing sticks out sideways, the answer stays in sight of the sliders
for (const width of [320, 390]) {
  const phone = await open(browser, url, { viewport: { width, height: 800 }, hasTouch: true });
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${width}`);
  await phone.locator("#isl").scrollIntoViewIfNeeded();
  const seen = await phone.locator("#verdict").boundingBox();
  assert.ok(seen.y > 0 && seen.y < 800, `the answer is at ${seen.y}`);
  if (pictures && width === 390) await phone.screenshot({ path: `${pictures}/page-narrow.png` });
}
if (pictures) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${pictures}/page-${colorScheme}.png`, fullPage: true });
  }
}
await page.emulateMedia({ media: "print", colorScheme: "light" });
assert.ok(await page.isHidden("#ask") && await page.isVisible("#best"), "print");
if (pictures) await page.pdf({ path: `${pictures}/page.pdf`, format: "A4" });

// the browser says nothing but of the requests that were refused on purpose
assert.deepEqual(noise.filter((n) => !/status of 4(00|01|22)|ERR_FAILED/.test(n)), []);
await browser.close();
console.log("page: as the command line says");
