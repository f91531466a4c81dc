// SPDX-License-Identifier: Apache-2.0
// The networks, from the files of their own npm packages, on TensorFlow.js.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { grey, letterbox, resize } from './resize.mjs';

const require = createRequire(import.meta.url);
const wasm = require('@tensorflow/tfjs-backend-wasm');
const tf = require('@tensorflow/tfjs');
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');

// Not every package lets its package.json be resolved.
const packageFolder = (name) => path.join(path.dirname(import.meta.url.slice('file://'.length)), 'node_modules', name);

export async function start() {
  wasm.setWasmPaths(`${packageFolder('@tensorflow/tfjs-backend-wasm')}/dist/`);
  await tf.setBackend('wasm');
  await tf.ready();
}

const toTensor = (image) => tf.tensor3d(image.pixels, [image.height, image.width, 3]);

// What the package's predictExpressions() does, up to its softmax. `image` is 8-bit RGB of any size:
// the package pads it to a square and resizes it.
export async function openFaceExpression() {
  await faceapi.nets.faceExpressionNet.loadFromDisk(`${packageFolder('@vladmandic/face-api')}/model`);
  return {
    name: 'face-expression',
    prepare: (image) => letterbox(image, 112),
    // The order of FACE_EXPRESSION_LABELS, under this project's names.
    classes: ['neutral', 'happy', 'sad', 'angry', 'fear', 'disgust', 'surprise'],
    async run(image) {
      const input = toTensor(image);
      const output = faceapi.nets.faceExpressionNet.runNet(await faceapi.toNetInput(input));
      const logits = Array.from(await output.data());
      tf.dispose([input, output]);
      return logits;
    },
  };
}

// A graph model of @vladmandic/human.
async function loadHuman(name) {
  const folder = `${packageFolder('@vladmandic/human')}/models`;
  const description = JSON.parse(await readFile(`${folder}/${name}.json`, 'utf8'));
  const shard = await readFile(`${folder}/${name}.bin`);
  return tf.loadGraphModel(tf.io.fromMemory({
    modelTopology: description.modelTopology,
    format: description.format,
    weightSpecs: description.weightsManifest.flatMap((group) => group.weights),
    weightData: shard.buffer.slice(shard.byteOffset, shard.byteOffset + shard.byteLength),
  }));
}

// Human takes no picture of a face alone, only whole photographs, and cuts probabilities to two
// digits; so its network runs here with the steps of its src/gear/emotion.ts written again.
export async function openMiniXception() {
  const logitsNode = 'StatefulPartitionedCall/model_1/global_average_pooling2d_1/Mean'; // softmax follows
  const model = await loadHuman('emotion');
  return {
    name: 'mini-xception',
    prepare: (image) => resize(grey(image), 64, 64),
    classes: ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'],
    async run(image) {
      const output = tf.tidy(() => {
        const face = toTensor(image).toFloat().div(255).expandDims(0);
        const resized = tf.image.resizeBilinear(face, [64, 64], false);
        const luma = resized.mul(tf.tensor1d([0.2989, 0.5870, 0.1140])).sum(3, true);
        return model.execute(luma.sub(0.5).mul(2), logitsNode);
      });
      const logits = Array.from(await output.data());
      output.dispose();
      return logits;
    },
  };
}

// The package's computeFaceDescriptor(): 128 numbers.
export async function openFaceRecognition() {
  await faceapi.nets.faceRecognitionNet.loadFromDisk(`${packageFolder('@vladmandic/face-api')}/model`);
  return {
    name: 'face-recognition',
    prepare: (image) => letterbox(image, 150),
    async run(image) {
      const input = toTensor(image);
      const descriptor = Array.from(await faceapi.nets.faceRecognitionNet.computeFaceDescriptor(input));
      tf.dispose(input);
      return descriptor;
    },
  };
}

// The 1024 features of Human's FaceRes. They are fed what its authors trained it on, BGR less the
// means below (HSE_FaceRec_tf, age_gender_identity/facial_analysis.py); the package itself feeds RGB
// from 0 to 255. The network's arithmetic is the same.
export async function openFaceRes() {
  const model = await loadHuman('faceres');
  return {
    name: 'faceres',
    prepare: (image) => resize(image, 224, 224),
    async run(image) {
      const output = tf.tidy(() => {
        const face = tf.reverse(toTensor(image).toFloat(), 2).sub(tf.tensor1d([103.939, 116.779, 123.68]));
        return model.execute(face.expandDims(0), 'global_pooling/Mean');
      });
      const features = Array.from(await output.data());
      output.dispose();
      return features;
    },
  };
}
