// SPDX-License-Identifier: Apache-2.0
// Pictures as 8-bit RGB.
import { readFile } from 'node:fs/promises';
import { PNG } from 'pngjs';

// A PNG file, or its part `crop`: [left, top, width, height].
export async function readPicture(file, crop) {
  const png = PNG.sync.read(await readFile(file));
  const [left, top, width, height] = crop ?? [0, 0, png.width, png.height];
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((top + y) * png.width + left + x) * 4;
      pixels.set(png.data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { height, width, channels: 3, pixels };
}
