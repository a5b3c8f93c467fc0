
// The stored judgements of a model, and the one at or nearest to a setting.

const SAME = 1e-6;

/** Probability of the second class; of a decision that is not binary, the share of its margin. */
function probabilityOf(logit, number = state.model) {
  const decision = decisionBy(number);
  return decision ? shareOfMargin(logit, decision) : 1 / (1 + Math.exp(-logit));
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

/** The logits of a frame on a lattice, or its margins and, where they are stored, its answers. */
class Lattice {
  constructor(axes, { logits, decided, shares }) {
    this.axes = axes;
    this.logits = floatsOf(logits);
    this.decided = decided ? floatsOf(decided) : null;
    this.shares = shares ? floatsOf(shares) : null;
  }

  place([i, j, k]) {
    return (i * this.axes[1].length + j) * this.axes[2].length + k;
  }

  logit(indices) {
    return this.logits[this.place(indices)];
  }

  /** What is decided, and the shares of classes; null where only margins or logits are stored. */
  answer(indices) {
    if (!this.decided) return null;
    const at = this.place(indices);
    const count = this.shares ? this.shares.length / this.logits.length : 0;
    return { decided: this.decided[at], shares: count ? this.shares.subarray(at * count, (at + 1) * count) : null };
  }

  nearest(setting) {
    return this.axes.map((axis, i) => nearestIndex(axis, setting[i]));
  }

  setting(indices) {
    return this.axes.map((axis, i) => axis[indices[i]]);
  }

  /** What is decided at a setting that is a point of the lattice; null at any other. */
  exactAnswer(setting) {
    const nearest = this.nearest(setting);
    return isSame(this.setting(nearest), setting) ? this.answer(nearest) : null;
  }

  /** Call a function with each setting and its logit. */
  forEach(act) {
    const [first, second, third] = this.axes;
    first.forEach((_, i) => second.forEach((_, j) => third.forEach((_, k) => act(this.setting([i, j, k]), this.logit([i, j, k]), this.answer([i, j, k])))));
  }

  holds(setting) {
    return this.axes.every((axis, i) => setting[i] >= axis[0] - SAME && setting[i] <= axis.at(-1) + SAME);
  }
}

/**
 * The stored judgement for a setting: `logit`, the setting `at` which it was made, and its `source`:
 * `exact`, `attack`, `flip`, `nearest`, or `none` if nothing is stored. If the decision is
 * not binary, `logit` is the margin, and the `answer` comes with it where it is stored.
 */
function judge(judged, lattice, setting, initial) {
  if (isSame(setting, initial)) return { source: "exact", ...initially(judged), at: initial };
  const onLattice = lattice?.exactAnswer(setting) ?? null; // which knows more than the record of an attack
  for (const [attack, path] of judged.paths.entries()) {
    const step = stepOn(path, setting);
    if (step >= 0) return { source: "attack", logit: path.logits[step], answer: onLattice ?? stepAnswer(path, step), at: setting, attack, step };
  }
  if (judged.nearest && isSame(judged.nearest.parameters, setting)) {
    const { logit, decided } = judged.nearest;
    return { source: "flip", logit, answer: onLattice ?? (decided === undefined ? null : { decided }), at: setting };
  }
  if (!lattice || !lattice.holds(setting)) return { source: "none" };
  const indices = lattice.nearest(setting);
  const at = lattice.setting(indices);
  return { source: isSame(at, setting) ? "exact" : "nearest", logit: lattice.logit(indices), answer: lattice.answer(indices), at };
}

/** What is decided at a step of a path; null where only its margin or logit is stored. */
function stepAnswer(path, step) {
  const decided = path.decided?.[step] ?? null;
  return decided === null ? null : { decided };
}
