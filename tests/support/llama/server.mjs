// SPDX-License-Identifier: Apache-2.0
// llama.cpp behind the part of OpenAI's API that profile asks for.
//   node server.mjs FOLDER MODEL.gguf PORT SLOTS
// FOLDER has node_modules/node-llama-cpp, whose binding brings llama.cpp.
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, file, port, slots] = process.argv.slice(2);
const { getLlama } = await import(
    pathToFileURL(path.join(path.resolve(folder), "node_modules/node-llama-cpp/dist/index.js")));
let free = null; // sequences that no request has; null while the model loads
const waiting = [];

async function take() {
    return free.pop() ?? new Promise((give) => waiting.push(give));
}

async function giveBack(sequence) {
    await sequence.clearHistory();
    const next = waiting.shift();
    if (next) next(sequence);
    else free.push(sequence);
}

function send(res, event) {
    res.write(`data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
}

async function complete(body, res) {
    const about = { id: "cmpl-1", object: "text_completion", created: 0, model: "random" };
    const sequence = await take();
    let made = 0;
    try {
        res.writeHead(200, { "content-type": "text/event-stream" });
        for await (const token of sequence.evaluate(body.prompt, { yieldEogToken: true })) {
            made++;
            const text = ` ${token}`;
            send(res, { ...about, choices: [{ index: 0, text, finish_reason: null }] });
            if (made >= body.max_tokens || res.destroyed) break;
        }
        send(res, { ...about, choices: [], usage: {
            prompt_tokens: body.prompt.length, completion_tokens: made,
            total_tokens: body.prompt.length + made } });
        send(res, "[DONE]");
    } finally {
        res.end();
        await giveBack(sequence);
    }
}

const server = http.createServer((req, res) => {
    if (req.url === "/health") return res.writeHead(free ? 200 : 503).end("{}");
    if (req.url === "/v1/models")
        return res.end(JSON.stringify({ object: "list", data: [
            { id: "random", object: "model", owned_by: "vllm" }] }));
    if (req.url !== "/v1/completions") return res.writeHead(404).end("{}");
    let text = "";
    req.on("data", (part) => { text += part; });
    req.on("end", () => complete(JSON.parse(text), res).catch((e) => {
        console.error(e);
        res.destroy();
    }));
});
server.listen(Number(port), "127.0.0.1");
const llama = await getLlama({ gpu: false, build: "never", progressLogs: false });
const model = await llama.loadModel({ modelPath: path.resolve(file) });
const context = await model.createContext({
    sequences: Number(slots), contextSize: 512, batchSize: 512, threads: 1 });
free = Array.from({ length: Number(slots) }, () => context.getSequence());
