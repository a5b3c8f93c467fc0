
// The stored judgements of a model, and the one at or nearest to a setting.

const SAME = 1e-6;

function probabilityOf(logit) {
  return 1 / (1 + Math.exp(-logit));
}

function isSame(first, second) {
  return first.every((value, i) => Math.abs(value - second[i]) < SAME);
}

function nearestIndex(axis, value) {
  let nearest = 0;
  axis.forEach((candidate, i) => {
    if (Math.abs(candidate - value) < Math.abs(axis[nearest] - value) - SAME) nearest = i;
  });
  return nearest;
}

/** The step of a path at a setting; -1 if the setting is not on it. */
function stepOn(path, setting) {
  return path ? path.parameters.findIndex((point) => isSame(point, setting)) : -1;
}

/** The logits of a frame on a lattice. */
class Lattice {
  constructor(axes, logits) {
    this.axes = axes;
    this.logits = floatsOf(logits);
  }

  logit([i, j, k]) {
    return this.logits[(i * this.axes[1].length + j) * this.axes[2].length + k];
  }

  nearest(setting) {
    return this.axes.map((axis, i) => nearestIndex(axis, setting[i]));
  }

  setting(indices) {
    return this.axes.map((axis, i) => axis[indices[i]]);
  }

  /** Call a function with each setting and its logit. */
  forEach(act) {
    const [first, second, third] = this.axes;
    first.forEach((_, i) => second.forEach((_, j) => third.forEach((_, k) => act(this.setting([i, j, k]), this.logit([i, j, k])))));
  }

  holds(setting) {
    return this.axes.every((axis, i) => setting[i] >= axis[0] - SAME && setting[i] <= axis.at(-1) + SAME);
  }
}

/**
 * The stored judgement for a setting: `logit`, the setting `at` which it was made, and its `source`:
 * `exact`, `attack`, `flip`, `nearest`, or `none` if nothing is stored.
 */
function judge(judged, lattice, setting, initial) {
  if (isSame(setting, initial)) return { source: "exact", logit: judged.logit, at: initial };
  for (const [attack, path] of judged.paths.entries()) {
    const step = stepOn(path, setting);
    if (step >= 0) return { source: "attack", logit: path.logits[step], at: setting, attack, step };
  }
  if (judged.nearest && isSame(judged.nearest.parameters, setting)) {
    return { source: "flip", logit: judged.nearest.logit, at: setting };
  }
  if (!lattice || !lattice.holds(setting)) return { source: "none" };
  const indices = lattice.nearest(setting);
  const at = lattice.setting(indices);
  return { source: isSame(at, setting) ? "exact" : "nearest", logit: lattice.logit(indices), at };
}
