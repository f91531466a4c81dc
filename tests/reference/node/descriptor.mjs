// SPDX-License-Identifier: Apache-2.0
// Makes a model of one backbone alone, with golden samples by its own package, so that `mien check`
// compares the two.
// Usage: node descriptor.mjs face-recognition|faceres WEIGHTS.safetensors PICTURE.png FOLDER
// WEIGHTS is what `mien import --map tools/import/tables/NAME.yaml` makes. FOLDER gets the picture, the
// weights under heads that pass the features on, PART of them each, and descriptor-1.yaml, …, whose
// golden samples are the package's features of several crops, prepared as Mien does (resized
// beforehand, so that the package has nothing left to resize).
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openFaceRecognition, openFaceRes, start } from './networks.mjs';
import { readPicture } from './picture.mjs';

const backbones = {
  'face-recognition': {
    open: openFaceRecognition,
    features: 128,
    head: 'head',
    model: `plugin: resnet-transfer
input:
  height: 150
  width: 150
  resize: letterbox
  mean: [${[122.782, 117.001, 104.298].map((mean) => (mean / 255).toFixed(9)).join(', ')}]
  std: [1, 1, 1]
config: {variant: dlib}`,
  },
  faceres: {
    open: openFaceRes,
    features: 1024,
    head: 'classifier',
    model: `plugin: mobilenet-transfer
input:
  height: 224
  width: 224
  color: bgr
  resize: stretch
  mean: [${[103.939, 116.779, 123.68].map((mean) => (mean / 255).toFixed(9)).join(', ')}]
  std: [${Array(3).fill((1 / 255).toFixed(12)).join(', ')}]`,
  },
};
const PART = 512; // a manifest holds at most 1000 classes
const crops = [undefined, [0, 0, 130, 80], [10, 10, 50, 50], [40, 30, 90, 90], [5, 60, 120, 60], [60, 0, 70, 128]];

// A safetensors file with the tensors of another and a head that selects features [from, to).
function addHead(file, { head, features }, from, to) {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString());
  const data = file.subarray(8 + length);
  const weight = new Float32Array((to - from) * features);
  for (let i = from; i < to; i++) weight[(i - from) * features + i] = 1;
  const added = Buffer.concat([Buffer.from(weight.buffer), Buffer.alloc((to - from) * 4)]);
  const border = data.length + weight.byteLength;
  header[`${head}.weight`] = { dtype: 'F32', shape: [to - from, features], data_offsets: [data.length, border] };
  header[`${head}.bias`] = { dtype: 'F32', shape: [to - from], data_offsets: [border, data.length + added.length] };
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, data, added]);
}

function manifest({ model }, name, sha256, samples, from, to) {
  const classes = Array.from({ length: to - from }, (_, i) => `d${from + i}`);
  const golden = samples.map(({ crop, descriptor }) => [
    '  - image: picture.png',
    ...(crop ? [`    crop: [${crop.join(', ')}]`] : []),
    `    logits: [${descriptor.slice(from, to).map((number) => number.toFixed(7)).join(', ')}]`,
  ].join('\n'));
  return `schema: 1
kind: model
name: ${name}
weights: {file: ${name}.safetensors, sha256: ${sha256}}
classes: [${classes.join(', ')}]
${model}
golden:
${golden.join('\n')}
`;
}

const [name, weightsFile, pictureFile, folder] = process.argv.slice(2);
const backbone = backbones[name];
if (!folder || !backbone) {
  console.error(`usage: node descriptor.mjs ${Object.keys(backbones).join('|')} WEIGHTS.safetensors PICTURE.png FOLDER`);
  process.exit(2);
}
await start();
const network = await backbone.open();
const samples = [];
for (const crop of crops) {
  const image = await readPicture(pictureFile, crop);
  samples.push({ crop, descriptor: await network.run(network.prepare(image)) });
}
const source = await readFile(weightsFile);
await mkdir(folder, { recursive: true });
await copyFile(pictureFile, path.join(folder, 'picture.png'));
for (let from = 0; from < backbone.features; from += PART) {
  const to = Math.min(from + PART, backbone.features);
  const file = `descriptor-${from / PART + 1}`;
  const weights = addHead(source, backbone, from, to);
  await writeFile(path.join(folder, `${file}.safetensors`), weights);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  await writeFile(path.join(folder, `${file}.yaml`), manifest(backbone, file, sha256, samples, from, to));
}
