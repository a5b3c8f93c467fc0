
// The B-mode image at any setting, from the levels at the initial beta.

const DIFFERENCE = 128; // grey levels at the ends of the colour scale of a difference
const OUTSIDE = 0xff000000;
const UNKNOWN = { black: 0xffb07a00, white: 0xff00a5ff }; // of a picture frame: blue and orange
const GREYS = Uint32Array.from({ length: 256 }, (_, grey) => OUTSIDE | (grey * 0x010101));
// Blue is darker, white the same, red brighter, as in the figures.
const [DARKER, SAME_GREY, BRIGHTER] = [[0x21, 0x66, 0xac], [0xff, 0xff, 0xff], [0xb2, 0x18, 0x2b]];
const DIFFERENCES = Uint32Array.from({ length: 511 }, (_, i) => {
  const share = Math.max(-1, Math.min(1, (i - 255) / DIFFERENCE));
  const [red, green, blue] = between(SAME_GREY, share < 0 ? DARKER : BRIGHTER, Math.abs(share));
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
});

function between(from, to, share) {
  return from.map((value, i) => Math.round(value + share * (to[i] - value)));
}

class Picture {
  /** `values` are those of the frame's PNG, `level` is its scale, `initial` its setting. */
  constructor(frame, values, level, initial) {
    this.frame = frame;
    this.rows = frame.rows;
    this.columns = frame.columns;
    this.initial = initial;
    this.levels = Float32Array.from(values, (value) => level.lowest + (value - 1) * level.step);
    this.outside = Uint8Array.from(values, (value) => (value === 0 ? 1 : 0));
    this.lateral = Array.from({ length: frame.columns }, (_, column) => 100 * (frame.x + column * frame.pixel));
    this.perDepth = frame.unscaled ? 0 : 2 * frame.frequency; // pixels are no depth
    this.slopes = this.slopesOf(frame);
    this.upperOffset = frame.upper_offset ?? 0;
    this.mapped = frame.shares ? Picture.mapOf(frame.shares) : null;
    [this.lowest, this.highest] = frame.censored ?? [-Infinity, Infinity];
    this.original = new Uint8ClampedArray(values.length);
    this.current = new Uint8ClampedArray(values.length);
    this.image = new ImageData(frame.columns, frame.rows);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.compute(initial, this.original);
    this.current.set(this.original);
    this.change = new PictureChange(this);
  }

  /** Gain of each pixel in dB for a beta of 1 dB/(cm MHz): twice the frequency [MHz] times depth [cm]. */
  slopesOf(frame) {
    const slopes = new Float32Array(frame.rows * frame.columns);
    for (let row = 0, i = 0; row < frame.rows; row++) {
      for (let column = 0; column < frame.columns; column++, i++) {
        slopes[i] = this.perDepth * Picture.depthOf(frame, row, column);
      }
    }
    return slopes;
  }

  /** Depth of a pixel from the probe's face [cm]. */
  static depthOf({ probe_radius: radius, pixel, z, x }, row, column) {
    const down = z + row * pixel;
    const depth = radius === null ? down : Math.hypot(x + column * pixel, down + radius) - radius;
    return depth * 100;
  }

  /** Grey level of each tenth of a grey level of a linear map; `shares` of the window are those of each grey level. */
  static mapOf(shares) {
    let grey = 0;
    return Float32Array.from({ length: 2551 }, (_, tenth) => {
      const share = tenth / 2550;
      while (grey < 254 && shares[grey + 1] < share) grey++;
      return grey + (share - shares[grey]) / (shares[grey + 1] - shares[grey]);
    });
  }

  /** Grey levels at a setting; the array rounds and clamps. */
  compute([beta, lower, upper], greys) {
    const { levels, slopes, outside, mapped } = this;
    const change = beta - this.initial[0];
    const scale = 255 / (upper + this.upperOffset - lower);
    for (let i = 0; i < greys.length; i++) {
      const grey = outside[i] ? 0 : (levels[i] + change * slopes[i] - lower) * scale;
      greys[i] = mapped ? mapped[Math.round(10 * Math.max(0, Math.min(255, grey)))] : grey;
    }
  }

  /** Compute the image at a setting; it is then the current one. */
  turn(setting) {
    this.compute(setting, this.current);
    this.setting = setting;
    this.measured = null;
  }

  /** Whether the picture frame does not tell the grey level of a pixel at the current setting: `black`, `white` or null. */
  unknown(i) {
    if (this.outside[i]) return null;
    if (this.levels[i] <= this.lowest) return this.greyOf(this.lowest, i) > 0 ? "black" : null;
    if (this.levels[i] >= this.highest) return this.greyOf(this.highest, i) < 255 ? "white" : null;
    return null;
  }

  /** Grey level of a level [dB] at the place of a pixel, at the current setting. */
  greyOf(level, i) {
    const [beta, lower, upper] = this.setting ?? this.initial;
    const share = (level + (beta - this.initial[0]) * this.slopes[i] - lower) / (upper + this.upperOffset - lower);
    const grey = Math.max(0, Math.min(255, 255 * share));
    return Math.round(this.mapped ? this.mapped[Math.round(10 * grey)] : grey);
  }

  /** Draw the `original`, the `current` image, their `difference`, or the current one with `unknown` pixels in colour. */
  draw(context, view) {
    const { pixels, original, current, outside } = this;
    const greys = view === "original" ? original : current;
    if (view === "difference") {
      for (let i = 0; i < pixels.length; i++) {
        pixels[i] = outside[i] ? OUTSIDE : DIFFERENCES[current[i] - original[i] + 255];
      }
    } else {
      for (let i = 0; i < pixels.length; i++) pixels[i] = GREYS[greys[i]];
    }
    if (view === "unknown") {
      for (let i = 0; i < pixels.length; i++) {
        const side = this.unknown(i);
        if (side) pixels[i] = UNKNOWN[side];
      }
    }
    context.putImageData(this.image, 0, 0);
  }

  /** Depth and lateral position [cm], levels [dB] and grey levels of a pixel; null outside the sector. */
  at(column, row) {
    const i = row * this.columns + column;
    if (this.outside[i]) return null;
    const level = this.levels[i];
    return {
      depth: Picture.depthOf(this.frame, row, column),
      lateral: this.lateral[column],
      levels: [level, level + (this.setting[0] - this.initial[0]) * this.slopes[i]],
      greys: [this.original[i], this.current[i]],
    };
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

/** Ticks of the depth scale [cm], from the probe's face: the smallest step with at most ten ticks in sight. */
function depthTicks(frame, zoom) {
  const top = (frame.z - frame.pixel / 2) * 100;
  const size = frame.rows * frame.pixel * 100;
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10].find((candidate) => size / zoom.scale / candidate <= 10) ?? 20;
  const ticks = [];
  for (let n = Math.ceil(top / step - 1e-9); n * step <= top + size + 1e-9; n++) {
    const share = zoom.y + (zoom.scale * (n * step - top)) / size;
    if (share > -0.001 && share < 1.001) ticks.push({ depth: n * step, share });
  }
  return { ticks, millimetres: step < 1 && size <= 10 };
}
