
// The outlines of a model's masks over the images: at the setting, and of the reference.

const OUTLINE = "#ffb000";
const REFERENCE = "#56b4e9";

/** The stored masks of a frame, inflated. */
class Masks {
  constructor(stored, bits, reference) {
    this.stored = stored;
    this.bits = bits;
    this.reference = reference;
    this.paths = new Map();
  }

  static async open(stored) {
    const inflated = async (text) => {
      const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    };
    return new Masks(stored, await inflated(stored.bits), await inflated(stored.reference));
  }

  /** The outline of the mask at a point of the lattice; of the reference without a point. */
  outline(point = null) {
    if (!this.paths.has(point)) {
      const [rows, columns] = this.stored.size;
      const length = rows * Math.ceil(columns / 8);
      const path = new Path2D();
      for (let structure = 0; structure < this.stored.structures; structure++) {
        const from = ((point ?? 0) * this.stored.structures + structure) * length;
        const bits = (point === null ? this.reference : this.bits).subarray(from, from + length);
        for (const loop of loopsOf(bits, rows, columns)) this.add(path, loop);
      }
      this.paths.set(point, path);
    }
    return this.paths.get(point);
  }

  /** Add a loop of corners of pixels to a path, through the middles of its edges, in pixels of the image. */
  add(path, loop) {
    const [top, left, tall, wide] = this.stored.place;
    loop.forEach(([row, column], i) => {
      const [nextRow, nextColumn] = loop[(i + 1) % loop.length];
      const at = [left + (wide * (column + nextColumn)) / 2, top + (tall * (row + nextRow)) / 2];
      i === 0 ? path.moveTo(...at) : path.lineTo(...at);
    });
    path.closePath();
  }
}

/** The edges of a mask, chained: loops of the corners [row, column] of its pixels. */
function loopsOf(bits, rows, columns) {
  const bytes = Math.ceil(columns / 8);
  const isIn = (row, column) =>
    row >= 0 && row < rows && column >= 0 && column < columns && (bits[row * bytes + (column >> 3)] >> (7 - (column & 7))) & 1;
  const next = new Map(); // ends of the edges that begin at a corner, the mask on their right
  const add = (from, to) => next.set(String(from), [...(next.get(String(from)) ?? []), to]);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!isIn(row, column)) continue;
      if (!isIn(row - 1, column)) add([row, column], [row, column + 1]);
      if (!isIn(row, column + 1)) add([row, column + 1], [row + 1, column + 1]);
      if (!isIn(row + 1, column)) add([row + 1, column + 1], [row + 1, column]);
      if (!isIn(row, column - 1)) add([row + 1, column], [row, column]);
    }
  }
  const loops = [];
  for (const [start, ends] of next) {
    while (ends.length) {
      const loop = [start.split(",").map(Number)];
      for (let corner = ends.pop(); String(corner) !== start; corner = next.get(String(corner)).pop()) loop.push(corner);
      loops.push(loop);
    }
  }
  return loops;
}

/** The masks of the shown frame by the chosen model; null while they are inflated, or if there are none. */
function masksNow() {
  const lattice = judgedBy(state.model).lattice;
  if (!lattice?.outlines) return null;
  if (lattice.masks === undefined) {
    lattice.masks = null;
    Masks.open(lattice.outlines).then((masks) => {
      lattice.masks = masks;
      refresh();
    });
  }
  return lattice.masks;
}

/** The stored setting whose mask is shown at a setting; null outside of the lattice. */
function storedAt(setting) {
  if (!state.lattice?.holds(setting)) return null;
  const indices = state.lattice.nearest(setting);
  return { point: state.lattice.place(indices), at: state.lattice.setting(indices) };
}

function strokeOutlines(context, masks, setting) {
  const stored = storedAt(setting);
  context.save();
  context.lineWidth = Math.max(1.5, context.canvas.height / 200);
  context.lineJoin = "round";
  if (stored) {
    context.strokeStyle = OUTLINE;
    context.stroke(masks.outline(stored.point));
  }
  context.strokeStyle = REFERENCE;
  context.setLineDash([3 * context.lineWidth, 2 * context.lineWidth]);
  context.stroke(masks.outline());
  context.restore();
}

/** Draw the outlines over both images, and say which they are. */
function drawOutlines() {
  const { picture, setting } = state;
  const masks = masksNow();
  const isShown = masks && byId("outlines").checked;
  byId("outline-key").hidden = !masks;
  byId("outline-lines").hidden = !isShown;
  const original = byId("picture-original").getContext("2d");
  picture.draw(original, "original");
  if (!isShown) return;
  strokeOutlines(original, masks, initial);
  strokeOutlines(byId("picture").getContext("2d"), masks, shownView() === "original" ? initial : setting);
  const stored = storedAt(setting);
  const isExact = stored && isSame(stored.at, setting);
  byId("outline-now").textContent = !stored
    ? "no outline is stored outside the box"
    : `the model’s outline${isExact ? "" : ` at the nearest stored setting, ${describe(stored.at)}`}`;
  byId("outline-reference").textContent = masks.stored.given ? "given outline" : "the model’s outline at the initial setting";
}

/** The switch of the outlines and the key of their lines. */
function addOutlines() {
  const key = element("p", "", { id: "outline-key", class: "note" });
  const box = element("label", "", { class: "check" });
  const input = element("input", "", { type: "checkbox", id: "outlines", checked: "" });
  input.addEventListener("change", refresh);
  box.append(input, " Outlines");
  const lines = element("span", "", { id: "outline-lines" });
  key.append(box, lines);
  for (const [name, id] of [["now", "outline-now"], ["reference", "outline-reference"]]) {
    const part = element("span");
    part.append(element("i", "", { class: `key line ${name}` }), element("span", "", { id }));
    lines.append(part, " ");
  }
  byId("probe").before(key);
  overlays.push(drawOutlines);
  refresh();
}

addOutlines();
