// SPDX-License-Identifier: Apache-2.0
// The newest ONNX Runtime, run on behalf of tools/bench/race/node_engine.c: a request in JSON is a
// line of standard input, its answer a line of standard output.
//   {"load": FILE.onnx, "reference": FILE.safetensors, "batch": N, "threads": N}
//   {"run": COUNT}      -> {"milliseconds": [...]}
//   {"logits": true}    -> {"logits": [...]}, of the run before
//   {"unload": true}
// Every answer has "error" when something failed. The first line out is {"version": "1.30.0"}.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import * as ort from 'onnxruntime-node';

let session;
let feeds;
let results;

/** The first `count` pictures of a safetensors file, NCHW. */
function readPictures(path, count) {
  const file = openSync(path);
  const prefix = Buffer.alloc(8);
  readSync(file, prefix, 0, 8, 0);
  const length = Number(prefix.readBigUInt64LE());
  const header = Buffer.alloc(length);
  readSync(file, header, 0, length, 8);
  const { shape, data_offsets: offsets } = JSON.parse(header).nchw;
  const numbers = new Float32Array(shape.slice(1).reduce((a, b) => a * b, count));
  readSync(file, new Uint8Array(numbers.buffer), 0, numbers.byteLength, 8 + length + offsets[0]);
  closeSync(file);
  return new ort.Tensor('float32', numbers, [count, ...shape.slice(1)]);
}

async function load({ load: path, reference, batch, threads }) {
  session = await ort.InferenceSession.create(path, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    freeDimensionOverrides: { batch },
    logSeverityLevel: 3,
  });
  feeds = { pictures: readPictures(reference, batch) };
  return {};
}

async function run({ run: count }) {
  const milliseconds = [];
  for (let i = 0; i < count; i++) {
    const start = process.hrtime.bigint();
    results = await session.run(feeds);
    milliseconds.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return { milliseconds };
}

async function unload() {
  await session?.release();
  session = feeds = results = undefined;
  return {};
}

function answer(request) {
  if (request.load) return load(request);
  if (request.run) return run(request);
  if (request.logits) return { logits: Array.from(results.logits.data) };
  return unload();
}

/** Lines of standard input. Reading blocks, so nothing of Node's runs between two requests. */
function* requests() {
  const chunk = Buffer.alloc(4096);
  let text = '';
  for (let size; (size = readSync(0, chunk, 0, chunk.length, null)) > 0; ) {
    text += chunk.toString('utf8', 0, size);
    for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) {
      yield JSON.parse(text.slice(0, end));
    }
  }
}

function reply(object) {
  const bytes = Buffer.from(`${JSON.stringify(object)}\n`);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(1, bytes, done);
  }
}

reply({ version: ort.env.versions.node });
for (const request of requests()) {
  try {
    reply(await answer(request));
  } catch (error) {
    reply({ error: String(error?.message ?? error) });
  }
}
