// SPDX-License-Identifier: Apache-2.0
// Makes a model of the face-recognition backbone alone, with golden samples by its own package, so
// that `mien check` compares the two.
// Usage: node descriptor.mjs WEIGHTS.safetensors PICTURE.png FOLDER
// WEIGHTS is what `mien import --map tools/import/tables/face-recognition.yaml` makes. FOLDER gets the
// picture, the weights under a head that passes the 128 numbers on, and descriptor.yaml, whose
// golden samples are the package's descriptors of several crops, prepared as Mien does (letterboxed
// to 150×150 beforehand, so that the package has nothing left to resize).
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openFaceRecognition, start } from './networks.mjs';
import { readPicture } from './picture.mjs';

const DESCRIPTOR = 128;
const crops = [undefined, [0, 0, 130, 80], [10, 10, 50, 50], [40, 30, 90, 90], [5, 60, 120, 60], [60, 0, 70, 128]];

// A safetensors file with the tensors of another and a head of ones on the diagonal.
function addHead(file) {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString());
  const data = file.subarray(8 + length);
  const weight = new Float32Array(DESCRIPTOR * DESCRIPTOR);
  for (let i = 0; i < DESCRIPTOR; i++) weight[i * DESCRIPTOR + i] = 1;
  const head = Buffer.concat([Buffer.from(weight.buffer), Buffer.alloc(DESCRIPTOR * 4)]);
  const border = data.length + weight.byteLength;
  header['head.weight'] = { dtype: 'F32', shape: [DESCRIPTOR, DESCRIPTOR], data_offsets: [data.length, border] };
  header['head.bias'] = { dtype: 'F32', shape: [DESCRIPTOR], data_offsets: [border, data.length + head.length] };
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, data, head]);
}

function manifest(sha256, samples) {
  const classes = Array.from({ length: DESCRIPTOR }, (_, i) => `d${i}`);
  const golden = samples.map(({ crop, descriptor }) => [
    '  - image: picture.png',
    ...(crop ? [`    crop: [${crop.join(', ')}]`] : []),
    `    logits: [${descriptor.map((number) => number.toFixed(7)).join(', ')}]`,
  ].join('\n'));
  return `schema: 1
kind: model
name: descriptor
plugin: resnet-transfer
weights: {file: descriptor.safetensors, sha256: ${sha256}}
classes: [${classes.join(', ')}]
input:
  height: 150
  width: 150
  resize: letterbox
  mean: [${[122.782, 117.001, 104.298].map((mean) => (mean / 255).toFixed(9)).join(', ')}]
  std: [1, 1, 1]
config: {variant: dlib}
golden:
${golden.join('\n')}
`;
}

const [weightsFile, pictureFile, folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node descriptor.mjs WEIGHTS.safetensors PICTURE.png FOLDER');
  process.exit(2);
}
await start();
const network = await openFaceRecognition();
const samples = [];
for (const crop of crops) {
  const image = await readPicture(pictureFile, crop);
  samples.push({ crop, descriptor: await network.run(network.prepare(image)) });
}
const weights = addHead(await readFile(weightsFile));
await mkdir(folder, { recursive: true });
await copyFile(pictureFile, path.join(folder, 'picture.png'));
await writeFile(path.join(folder, 'descriptor.safetensors'), weights);
const sha256 = createHash('sha256').update(weights).digest('hex');
await writeFile(path.join(folder, 'descriptor.yaml'), manifest(sha256, samples));
