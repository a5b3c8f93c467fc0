
// How much a setting changes the image, by the measures of run.visible_limit, inside the sector.

const SIDE = 7; // pixels: the window of the structural similarity
const HALF = 3;
const PIXELS = SIDE * SIDE;
const STEADY = [(0.01 * 255) ** 2, (0.03 * 255) ** 2]; // C1 and C2 of Wang et al. 2004

class PictureChange {
  constructor(picture) {
    const { original, outside, rows, columns } = picture;
    this.picture = picture;
    this.inside = outside.reduce((count, isOutside) => count + (1 - isOutside), 0);
    this.products = new Int32Array(original.length);
    this.passed = new Int32Array(original.length);
    this.sums = Array.from({ length: 5 }, () => new Int32Array(original.length));
    this.size = [rows, columns];
    this.addUp(original, null, this.sums[0]);
    this.addUp(original, original, this.sums[1]);
    this.before = this.ends(original);
  }

  /** mean_abs_diff in grey levels, ssim, white_added and black_added of the current image. */
  measure() {
    const [black, white] = this.ends(this.picture.current);
    return {
      mean_abs_diff: this.meanChange(),
      ssim: this.similarity(),
      white_added: white - this.before[1],
      black_added: black - this.before[0],
    };
  }

  /** Mean absolute change in grey levels. */
  meanChange() {
    const { original, current, outside } = this.picture;
    let sum = 0;
    for (let i = 0; i < current.length; i++) if (!outside[i]) sum += Math.abs(current[i] - original[i]);
    return sum / this.inside;
  }

  /** Parts of the sector that are black and white. */
  ends(greys) {
    const { outside } = this.picture;
    let [black, white] = [0, 0];
    for (let i = 0; i < greys.length; i++) {
      if (outside[i]) continue;
      if (greys[i] === 0) black++;
      else if (greys[i] === 255) white++;
    }
    return [black / this.inside, white / this.inside];
  }

  /** Mean structural similarity in the sector: square windows of equal weights, sample covariances. */
  similarity() {
    const { original, current, outside } = this.picture;
    const [x, xx, y, yy, xy] = this.sums;
    this.addUp(current, null, y);
    this.addUp(current, current, yy);
    this.addUp(original, current, xy);
    const [first, second] = STEADY;
    const ofSample = 1 / (PIXELS - 1);
    let sum = 0;
    for (let i = 0; i < outside.length; i++) {
      if (outside[i]) continue;
      const meanX = x[i] / PIXELS;
      const meanY = y[i] / PIXELS;
      const variances = (xx[i] + yy[i] - PIXELS * (meanX * meanX + meanY * meanY)) * ofSample;
      const covariance = (xy[i] - PIXELS * meanX * meanY) * ofSample;
      sum +=
        ((2 * meanX * meanY + first) * (2 * covariance + second)) /
        ((meanX * meanX + meanY * meanY + first) * (variances + second));
    }
    return sum / this.inside;
  }

  /** Sums of the values, or of their products with others, over the window around each pixel; mirrored at the edges. */
  addUp(values, others, sums) {
    const [rows, columns] = this.size;
    const { products, passed } = this;
    for (let i = 0; i < values.length; i++) products[i] = others ? values[i] * others[i] : values[i];
    for (let row = 0; row < rows; row++) {
      const from = row * columns;
      let sum = 0;
      for (let offset = -HALF; offset <= HALF; offset++) sum += products[from + mirrored(offset, columns)];
      passed[from] = sum;
      for (let column = 1; column < columns; column++) {
        sum += products[from + mirrored(column + HALF, columns)] - products[from + mirrored(column - HALF - 1, columns)];
        passed[from + column] = sum;
      }
    }
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let offset = -HALF; offset <= HALF; offset++) sum += passed[mirrored(offset, rows) * columns + column];
      sums[column] = sum;
    }
    for (let row = 1; row < rows; row++) {
      const entering = mirrored(row + HALF, rows) * columns;
      const leaving = mirrored(row - HALF - 1, rows) * columns;
      for (let column = 0, i = row * columns; column < columns; column++, i++) {
        sums[i] = sums[i - columns] + passed[entering + column] - passed[leaving + column];
      }
    }
  }
}

function mirrored(i, length) {
  if (i < 0) return -i - 1;
  return i < length ? i : 2 * length - 1 - i;
}

/** Names of the measures that are beyond their limits. */
function beyond(change, limits) {
  return Object.keys(limits).filter((name) => (name === "ssim" ? change[name] < limits[name] : change[name] > limits[name]));
}
