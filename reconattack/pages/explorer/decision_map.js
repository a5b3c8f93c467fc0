
// The decision over two parameters; the third keeps its current value.

const MAP_ROOM = { left: 40, right: 12, top: 8, bottom: 34 };

class DecisionMap {
  /** `pick` gets the values that are chosen; `point` the place pointed at, or null when it is left. */
  constructor(canvas, pick, point) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    const move = (event) => {
      if (!this.axes) return;
      if (event.buttons) pick(this.valuesAt(event.offsetX, event.offsetY));
      point([event.offsetX, event.offsetY]);
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      move(event);
    });
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerleave", () => point(null));
  }

  /** Values of the two parameters at a point of the canvas, limited to the map. */
  valuesAt(left, top) {
    const { x, y, width, height } = this.place;
    const within = (share) => Math.max(0, Math.min(1, share));
    const [across, up] = this.spans;
    return [
      across[0] + within((left - x) / width) * (across[1] - across[0]),
      up[1] - within((top - y) / height) * (up[1] - up[0]),
    ];
  }

  /** Indices of the cell at a place of the canvas; null beside the map. */
  cellAt([left, top]) {
    const { x, y, width, height } = this.place;
    if (left < x || top < y || left > x + width || top > y + height) return null;
    const values = this.valuesAt(left, top);
    return this.axes.map((axis, i) => nearestIndex(axis, values[i]));
  }

  /** Whether a place of the canvas is on the mark of a pair of values. */
  isOn([left, top], values) {
    const [x, y] = this.point(values);
    return Math.hypot(left - x, top - y) <= 7;
  }

  /**
   * `cells` holds probabilities, a row for each value of the second axis; `marks` are the points to
   * draw, each a pair of values; `reference` is the decision that counts as kept; `colours` are those
   * of the page.
   */
  draw({ axes, labels, cells, cutoff, reference, marks, empty, colours }) {
    const { canvas, context } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
    this.axes = axes;
    this.colours = colours;
    if (!axes) {
      context.fillStyle = colours.text;
      context.textAlign = "center";
      context.fillText(empty, width / 2, height / 2, width - 20);
      return;
    }
    this.spans = axes.map(spanOf);
    const { left, right, top, bottom } = MAP_ROOM;
    this.place = { x: left, y: top, width: width - left - right, height: height - top - bottom };
    this.drawCells(axes, cells, cutoff, reference);
    this.drawScales(labels);
    this.drawMarks(marks);
  }

  point([across, up]) {
    const { x, y, width, height } = this.place;
    const [[left, right], [bottom, top]] = this.spans;
    const share = (value, from, to) => Math.max(0, Math.min(1, (value - from) / (to - from)));
    return [x + share(across, left, right) * width, y + (1 - share(up, bottom, top)) * height];
  }

  drawCells(axes, cells, cutoff, reference) {
    const { context } = this;
    const [columns, rows] = axes.map(edgesOf);
    const corner = (i, j) => this.point([columns[i], rows[j]]).map(Math.round);
    const isFatty = (i, j) => cells[j][i] >= cutoff;
    const hatched = new Path2D();
    const border = new Path2D();
    for (let j = 0; j < axes[1].length; j++) {
      for (let i = 0; i < axes[0].length; i++) {
        const [left, bottom] = corner(i, j);
        const [right, top] = corner(i + 1, j + 1);
        context.fillStyle = colourOf(cells[j][i], cutoff, this.colours);
        context.fillRect(left, top, right - left, bottom - top);
        if (Number(isFatty(i, j)) !== reference) hatched.rect(left, top, right - left, bottom - top);
        if (i > 0 && isFatty(i, j) !== isFatty(i - 1, j)) {
          border.moveTo(left, top);
          border.lineTo(left, bottom);
        }
        if (j > 0 && isFatty(i, j) !== isFatty(i, j - 1)) {
          border.moveTo(left, bottom);
          border.lineTo(right, bottom);
        }
      }
    }
    const { x, y, width, height } = this.place;
    context.save();
    context.clip(hatched);
    context.strokeStyle = this.colours.hatching;
    context.lineWidth = 1;
    context.beginPath();
    for (let offset = -height; offset < width; offset += 7) {
      context.moveTo(x + offset, y + height);
      context.lineTo(x + offset + height, y);
    }
    context.stroke();
    context.restore();
    context.strokeStyle = this.colours.strong;
    context.lineWidth = 1.5;
    context.stroke(border);
  }

  drawScales(labels) {
    const { context } = this;
    const { x, y, width, height } = this.place;
    const [[left, right], [bottom, top]] = this.spans;
    context.fillStyle = this.colours.text;
    context.strokeStyle = this.colours.text;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, width, height);
    context.textBaseline = "top";
    for (const value of ticksOf(left, right)) {
      const [at] = this.point([value, bottom]);
      context.fillRect(Math.round(at), y + height, 1, 4);
      context.textAlign = "center";
      context.fillText(tickText(value), at, y + height + 6);
    }
    context.textBaseline = "middle";
    for (const value of ticksOf(bottom, top)) {
      const [, at] = this.point([left, value]);
      context.fillRect(x - 4, Math.round(at), 4, 1);
      context.textAlign = "right";
      context.fillText(tickText(value), x - 7, at);
    }
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillText(labels[0], x + width / 2, y + height + 30);
    context.save();
    context.translate(10, y + height / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(labels[1], 0, 0);
    context.restore();
  }

  /** `box` is that of the attack; `isOutside` says that nothing is stored around the current setting. */
  drawMarks({ initial, path, isWalk, reached, flipped, current, isOutside, box }) {
    const { context } = this;
    if (box) {
      const [[left, bottom], [right, top]] = box.map((corner) => this.point(corner));
      context.strokeStyle = this.colours.strong;
      context.lineWidth = 1;
      context.setLineDash([5, 3]);
      context.strokeRect(left, top, right - left, bottom - top);
      context.setLineDash([]);
    }
    const line = (points, style, width) => {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      points.map((point) => this.point(point)).forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.stroke();
    };
    if (path.length > 1) {
      if (isWalk) {
        line(path, "#000000", 5);
        line(path, "#ffffff", 2);
      }
      path.forEach((point, i) => this.dot(point, i === path.length - 1 && flipped ? 4.5 : 3, i <= reached ? "#ffffff" : "#4a5259"));
    }
    const [x, y] = this.point(initial);
    for (const [style, width] of [["#000000", 5], ["#ffffff", 2]]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x - 6, y);
      context.lineTo(x + 6, y);
      context.moveTo(x, y - 6);
      context.lineTo(x, y + 6);
      context.stroke();
    }
    if (isOutside) this.hollow(current);
    else this.dot(current, 6.5, this.colours.accent);
  }

  dot(point, radius, style) {
    const { context } = this;
    const [x, y] = this.point(point);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = style;
    context.fill();
    context.strokeStyle = "#000000";
    context.lineWidth = 1.5;
    context.stroke();
  }

  /** Whether a pair of values is on the map. */
  holds(values) {
    return this.spans.every(([from, to], i) => values[i] >= from - SAME && values[i] <= to + SAME);
  }

  /** A hollow ring at a pair of values on the map, a hollow arrow at the edge towards one beside it. */
  hollow(values) {
    const { context } = this;
    const [x, y] = this.point(values);
    const ways = this.spans.map(([from, to], i) => (values[i] < from - SAME ? -1 : Number(values[i] > to + SAME)));
    const shape = new Path2D();
    if (this.holds(values)) {
      shape.arc(x, y, 6, 0, 2 * Math.PI);
    } else {
      const angle = Math.atan2(-ways[1], ways[0]);
      const corner = (along, aside) => [
        x + along * Math.cos(angle) - aside * Math.sin(angle),
        y + along * Math.sin(angle) + aside * Math.cos(angle),
      ];
      shape.moveTo(...corner(4, 0));
      shape.lineTo(...corner(-10, -7));
      shape.lineTo(...corner(-10, 7));
      shape.closePath();
    }
    for (const [style, width] of [["#000000", 5], ["#ffffff", 2]]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.stroke(shape);
    }
  }
}

/** Outer edges of an axis. A lattice value is the middle of its cell; at a bound the cell is halved. */
function spanOf(axis) {
  return axis.length > 1 ? [axis[0], axis.at(-1)] : [axis[0] - 0.5, axis[0] + 0.5];
}

function edgesOf(axis) {
  const [first, last] = spanOf(axis);
  return [first, ...axis.slice(1).map((value, i) => (value + axis[i]) / 2), last];
}

/** The colour of the class, the paler the nearer to the cut-off. */
function colourOf(probability, cutoff, colours) {
  const isSecond = probability >= cutoff;
  const share = isSecond ? (probability - cutoff) / (1 - cutoff) : 1 - probability / cutoff;
  return `rgb(${between(colours.between, isSecond ? colours.fatty : colours.normal, 0.12 + 0.78 * share).join(" ")})`;
}

function ticksOf(from, to) {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => (to - from) / size <= 5) ?? 20;
  const ticks = [];
  for (let n = Math.ceil(from / step - SAME); n * step <= to + SAME; n++) ticks.push(n * step);
  return ticks;
}

function tickText(value) {
  return String(Number(value.toFixed(3)));
}
