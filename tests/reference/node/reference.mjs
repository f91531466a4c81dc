// SPDX-License-Identifier: Apache-2.0
// Runs the original networks on pictures and prints their logits as JSON.
// Usage: node reference.mjs [--root FOLDER] [--crop X,Y,WIDTH,HEIGHT] PICTURE.png...
// Names are printed relative to FOLDER. For each picture and network: `package`, resized as the
// package does (bilinear from pixel corners), and `centred`, prepared beforehand as Mien does (made
// grey or letterboxed where the network wants it, resized from pixel centres), so that nothing is
// left to resize.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openFaceExpression, openMiniXception, start } from './networks.mjs';
import { readPicture } from './picture.mjs';

const digits = (numbers) => numbers.map((number) => Number(number.toFixed(6)));

async function runNetwork(network, image) {
  return {
    package: digits(await network.run(image)),
    centred: digits(await network.run(network.prepare(image))),
  };
}

const { values, positionals } = parseArgs({
  options: { root: { type: 'string' }, crop: { type: 'string' } },
  allowPositionals: true,
});
const crop = values.crop?.split(',').map(Number);
await start();
const networks = [await openFaceExpression(), await openMiniXception()];
const samples = [];
for (const file of positionals) {
  const image = await readPicture(file, crop);
  const sample = { file: values.root ? path.relative(values.root, file) : file };
  if (crop) sample.crop = crop;
  for (const network of networks) sample[network.name] = await runNetwork(network, image);
  samples.push(sample);
}
const versions = JSON.parse(readFileSync(new URL('package.json', import.meta.url))).dependencies;
const head = { versions, classes: Object.fromEntries(networks.map(({ name, classes }) => [name, classes])) };
const lines = samples.map((sample) => `    ${JSON.stringify(sample)}`).join(',\n');
process.stdout.write(`${JSON.stringify(head, null, 2).slice(0, -2)},\n  "samples": [\n${lines}\n  ]\n}\n`);
