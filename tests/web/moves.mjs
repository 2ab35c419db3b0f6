// SPDX-License-Identifier: Apache-2.0
// How long a move of a slider takes in Chromium: from its input event until the
// front is drawn, and until the frame that shows it is out. One move at a time.
//   node moves.mjs URL     MOVES=1 tests/cli/page.sh PROGRAM SOURCE
import { launch } from "./lib.mjs";

const [url] = process.argv.slice(2);
const MOVES = 200, WARM = 20;
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.goto(url);
await page.waitForFunction(() => +document.body.dataset.answers >= 1);

async function measure(name, prepare) {
  const before = await page.evaluate(() => +document.body.dataset.answers);
  await prepare();
  if (name === "analytic") await page.waitForFunction((n) => +document.body.dataset.answers > n, before);
  const took = await page.evaluate(async ([moves, warm]) => {
    const sliders = ["rate", "isl", "osl", "tpot"].map((id) => document.getElementById(id)), drawn = [], shown = [];
    for (let i = 0; i < moves + warm; i++) {
      const s = sliders[i % sliders.length], done = new Promise((yes) => {
        const o = new MutationObserver(() => { o.disconnect(); yes(performance.now()); });
        o.observe(document.body, { attributeFilter: ["data-answers"] });
      });
      s.value = 400 + (i * 37) % 300;
      const start = performance.now();
      s.dispatchEvent(new Event("input", { bubbles: true }));
      const end = await done;
      await new Promise((yes) => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = yes; c.port2.postMessage(0); }));
      if (i >= warm) { drawn.push(end - start); shown.push(performance.now() - start); }
    }
    const at = (all, p) => all.slice().sort((a, b) => a - b)[Math.floor(p * (all.length - 1))].toFixed(1);
    return [drawn, shown].map((all) => `p50 ${at(all, 0.5)} p95 ${at(all, 0.95)} most ${at(all, 1)}`);
  }, [MOVES, WARM]);
  console.log(`${name}: drawn ${took[0]}; shown ${took[1]} ms (${MOVES} moves, ${await page.evaluate(() => document.querySelector("#best caption").textContent)})`);
}

await measure("fitted", async () => {});
await measure("analytic", () => page.selectOption("#fit", ""));
await browser.close();
