// SPDX-License-Identifier: Apache-2.0
// The rule by which Mien resizes, written independently: a triangle filter on pixel centres, widened
// when shrinking, rounded to 8 bits at the end.

function weights(from, to) {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const last = Math.min(from, Math.floor(centre + support + 0.5));
    const taps = [];
    for (let j = first; j < last; j++) taps.push(Math.max(0, 1 - Math.abs(j + 0.5 - centre) / support));
    const sum = taps.reduce((a, b) => a + b, 0);
    return { first, taps: taps.map((tap) => tap / sum) };
  });
}

const toByte = (value) => Math.min(255, Math.max(0, Math.floor(value + 0.5)));

// `image`: {height, width, channels, pixels}, interleaved bytes.
export function resize(image, height, width) {
  const { channels } = image;
  const across = new Float64Array(image.height * width * channels);
  weights(image.width, width).forEach(({ first, taps }, x) => {
    for (let y = 0; y < image.height; y++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        taps.forEach((tap, j) => { sum += tap * image.pixels[(y * image.width + first + j) * channels + c]; });
        across[(y * width + x) * channels + c] = sum;
      }
    }
  });
  const pixels = new Uint8Array(height * width * channels);
  weights(image.height, height).forEach(({ first, taps }, y) => {
    for (let i = 0; i < width * channels; i++) {
      let sum = 0;
      taps.forEach((tap, j) => { sum += tap * across[(first + j) * width * channels + i]; });
      pixels[y * width * channels + i] = toByte(sum);
    }
  });
  return { height, width, channels, pixels };
}

// ITU-R BT.601 luma in all three channels, rounded to 8 bits.
export function grey(image) {
  const pixels = new Uint8Array(image.pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const [red, green, blue] = image.pixels.subarray(i, i + 3);
    pixels.fill(toByte(0.299 * red + 0.587 * green + 0.114 * blue), i, i + 3);
  }
  return { ...image, pixels };
}

// Fits the longer side into a square and centres the rest on black.
export function letterbox(image, size) {
  const longer = Math.max(image.height, image.width);
  const height = Math.max(1, Math.round((size * image.height) / longer));
  const width = Math.max(1, Math.round((size * image.width) / longer));
  const fitted = resize(image, height, width);
  const top = Math.floor((size - height) / 2);
  const left = Math.floor((size - width) / 2);
  const row = width * image.channels;
  const pixels = new Uint8Array(size * size * image.channels);
  for (let y = 0; y < height; y++) {
    pixels.set(fitted.pixels.subarray(y * row, (y + 1) * row), ((top + y) * size + left) * image.channels);
  }
  return { height: size, width: size, channels: image.channels, pixels };
}
