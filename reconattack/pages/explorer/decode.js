"use strict";

// The numbers that the page holds as text.

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function floatsOf(base64) {
  const view = new DataView(bytesOf(base64).buffer);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** The values of a 16-bit grey PNG; a canvas would round them to 8 bits. */
async function valuesOfPng(bytes) {
  const view = new DataView(bytes.buffer);
  const compressed = [];
  let columns = 0;
  let rows = 0;
  for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at)) {
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
    if (kind === "IHDR") {
      columns = view.getUint32(at + 8);
      rows = view.getUint32(at + 12);
      if (content[8] !== 16 || content[9] !== 0 || content[12] !== 0) throw new Error("not a 16-bit grey PNG");
    }
    if (kind === "IDAT") compressed.push(content);
  }
  const inflated = new Blob(compressed).stream().pipeThrough(new DecompressionStream("deflate"));
  const lines = unfiltered(new Uint8Array(await new Response(inflated).arrayBuffer()), rows, 2 * columns);
  return Uint16Array.from({ length: rows * columns }, (_, i) => (lines[2 * i] << 8) | lines[2 * i + 1]);
}

/** Undo the filter of each line of a PNG with pixels of two bytes. */
function unfiltered(bytes, rows, width) {
  const lines = new Uint8Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const filter = bytes[row * (width + 1)];
    const from = row * (width + 1) + 1;
    const to = row * width;
    for (let i = 0; i < width; i++) {
      const left = i > 1 ? lines[to + i - 2] : 0;
      const above = row > 0 ? lines[to + i - width] : 0;
      const corner = i > 1 && row > 0 ? lines[to + i - width - 2] : 0;
      lines[to + i] = bytes[from + i] + predicted(filter, left, above, corner);
    }
  }
  return lines;
}

function predicted(filter, left, above, corner) {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const guess = left + above - corner;
  const toLeft = Math.abs(guess - left);
  const toAbove = Math.abs(guess - above);
  const toCorner = Math.abs(guess - corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
