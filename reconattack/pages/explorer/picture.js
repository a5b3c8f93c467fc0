
// The B-mode image at any setting, from the levels at the initial beta.

const DIFFERENCE = 128; // grey levels at the ends of the colour scale of a difference
const OUTSIDE = 0xff000000;
const GREYS = Uint32Array.from({ length: 256 }, (_, grey) => OUTSIDE | (grey * 0x010101));
const PURPLE = [0xb6, 0x9c, 0xf0];
const ORANGE = [0xf0, 0x92, 0x2e];
const DARK = [0x1d, 0x20, 0x23];
const DIFFERENCES = Uint32Array.from({ length: 511 }, (_, i) => {
  const share = Math.max(-1, Math.min(1, (i - 255) / DIFFERENCE));
  const [red, green, blue] = between(DARK, share < 0 ? ORANGE : PURPLE, Math.abs(share));
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
});

function between(from, to, share) {
  return from.map((value, i) => Math.round(value + share * (to[i] - value)));
}

class Picture {
  /** `values` are those of the frame's PNG, `level` is its scale, `initial` its setting. */
  constructor(frame, values, level, initial) {
    this.rows = frame.rows;
    this.columns = frame.columns;
    this.initial = initial;
    this.levels = Float32Array.from(values, (value) => level.lowest + (value - 1) * level.step);
    this.outside = Uint8Array.from(values, (value) => (value === 0 ? 1 : 0));
    this.slopes = this.slopesOf(frame);
    this.original = new Uint8ClampedArray(values.length);
    this.current = new Uint8ClampedArray(values.length);
    this.image = new ImageData(frame.columns, frame.rows);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.compute(initial, this.original);
  }

  /** Gain of each pixel in dB for a beta of 1 dB/(cm MHz): twice the frequency [MHz] times depth [cm]. */
  slopesOf(frame) {
    const slopes = new Float32Array(frame.rows * frame.columns);
    const radius = frame.probe_radius;
    for (let row = 0, i = 0; row < frame.rows; row++) {
      const z = frame.z + row * frame.pixel;
      for (let column = 0; column < frame.columns; column++, i++) {
        const x = frame.x + column * frame.pixel;
        const depth = radius === null ? z : Math.hypot(x, z + radius) - radius;
        slopes[i] = 2 * frame.frequency * depth * 100;
      }
    }
    return slopes;
  }

  /** Grey levels at a setting; the array rounds and clamps. */
  compute([beta, lower, upper], greys) {
    const { levels, slopes, outside } = this;
    const change = beta - this.initial[0];
    const scale = 255 / (upper - lower);
    for (let i = 0; i < greys.length; i++) {
      greys[i] = outside[i] ? 0 : (levels[i] + change * slopes[i] - lower) * scale;
    }
  }

  draw(context, view, setting) {
    const { pixels, original, current, outside } = this;
    if (view !== "original") this.compute(setting, current);
    const greys = view === "original" ? original : current;
    if (view === "difference") {
      for (let i = 0; i < pixels.length; i++) {
        pixels[i] = outside[i] ? OUTSIDE : DIFFERENCES[current[i] - original[i] + 255];
      }
    } else {
      for (let i = 0; i < pixels.length; i++) pixels[i] = GREYS[greys[i]];
    }
    context.putImageData(this.image, 0, 0);
  }

  /** Mean absolute change of the current image in the sector, in grey levels. */
  meanChange() {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < this.current.length; i++) {
      if (this.outside[i]) continue;
      sum += Math.abs(this.current[i] - this.original[i]);
      count++;
    }
    return sum / count;
  }
}

function drawGreyBar(canvas, view) {
  const context = canvas.getContext("2d");
  const image = new ImageData(1, 256);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < 256; i++) {
    const share = 1 - i / 255;
    pixels[i] = view === "difference" ? DIFFERENCES[255 + Math.round((2 * share - 1) * DIFFERENCE)] : GREYS[Math.round(255 * share)];
  }
  context.putImageData(image, 0, 0);
}

/** Ticks of the depth scale [cm], from the probe's face: the smallest step with at most ten ticks. */
function depthTicks(frame) {
  const top = (frame.z - frame.pixel / 2) * 100;
  const bottom = top + frame.rows * frame.pixel * 100;
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => (bottom - top) / size <= 10) ?? 20;
  const ticks = [];
  for (let n = Math.ceil(top / step - 1e-9); n * step <= bottom + 1e-9; n++) {
    ticks.push({ depth: n * step, share: (n * step - top) / (bottom - top) });
  }
  return { ticks, millimetres: step < 1 };
}
