
// The list of frames: what each line says, which lines it has, and their order.

const FILTERS = {
  all: { text: "All frames", holds: () => true },
  flipped: { text: "Flipped", holds: (one) => outcomeOf(one).kind === "flipped" },
  small: { text: "Flipped, small change", holds: (one) => outcomeOf(one).isSmall || isSmall(judgementOf(one).nearest) },
  kept: { text: "Kept", holds: (one) => outcomeOf(one).kind === "kept" },
  wrong: { text: "Wrong at the start", holds: (one) => isWrong(one) },
};
const ORDERS = {
  listed: { text: "In order", value: (_, number) => number },
  margin: { text: "Smallest margin", value: (one) => judgementOf(one).nearest?.margin ?? Infinity },
  steps: { text: "Fewest steps or queries", value: (one) => outcomeOf(one).steps ?? Infinity },
  probability: { text: "Probability", other: "Margin at the start", value: (one) => (decisionBy() ? 1 : -1) * initially(judgementOf(one)).logit },
};

const judgementOf = (one) => one.judged[state.model];
const isWrong = (one) => (decisionBy() ? judgementOf(one).paths.some((path) => path?.stop_reason === "wrong_at_start") : "label" in one && decisionOf(judgementOf(one).logit) !== one.label);

/** Whether a stored flip changes the image within every limit. */
function isSmall(flip) {
  return Boolean(flip?.change) && beyond(flip.change, data.visible_limit).length === 0;
}

/** What the chosen attack did to a frame: `kind`, and the `steps` (or queries) and `isSmall` of a flip. */
function outcomeOf(one) {
  const path = pathOf(judgementOf(one));
  if (!path) return { kind: "none" };
  if (!wasAttacked(path)) return { kind: path.stop_reason };
  if (!path.success) return { kind: "kept" };
  return { kind: "flipped", steps: lengthOf(path), isSmall: isSmall(path) };
}

/** Steps of an attack by steps, queries of a search. */
function lengthOf(path) {
  return path.queries ?? path.parameters.length - 1;
}

function wasAttacked(path) {
  return !["wrong_at_start", "unreadable", "not_grave"].includes(path.stop_reason);
}

/** A margin in % of half the box; it is never nothing. */
function shareOfBox(margin) {
  return margin < 0.005 ? "< 1 %" : percent(margin);
}

class FrameList {
  constructor(choose) {
    this.box = byId("frames");
    this.lines = data.frames.map((_, number) => {
      const label = element("label", "", { class: "frame" });
      const radio = element("input", "", { type: "radio", name: "frame", value: number });
      radio.addEventListener("change", () => choose(number));
      label.append(radio, element("span"));
      return label;
    });
    for (const [id, choices] of [["filter", FILTERS], ["order", ORDERS]]) {
      byId(id).append(...Object.entries(choices).map(([value, { text, other }]) => element("option", decisionBy() && other ? other : text, { value })));
      byId(id).addEventListener("change", () => this.arrange());
    }
    byId("frames-key").textContent =
      "Steps or query: when the attack flips. Margin: to the nearest flip, in % of half the box. Small: image change within the limits.";
  }

  /** Write every line; it depends on model and attack. */
  describe() {
    this.lines.forEach((line, number) => {
      const one = data.frames[number];
      const { nearest } = judgementOf(one);
      const outcome = element("small", this.wordsFor(one), isWrong(one) ? { class: "wrong" } : {});
      if (outcomeOf(one).isSmall) outcome.append(" ", element("span", "small", { class: "badge small" }));
      const margin = element("small", nearest ? `margin ${shareOfBox(nearest.margin)}` : "");
      if (isSmall(nearest)) margin.append(" ", element("span", "small", { class: "badge small" }));
      const rows = [[element("b", one.name), element("small", knownOf(one))], [outcome, margin]];
      line.lastChild.replaceChildren(
        ...rows.map((parts) => {
          const row = element("span");
          row.append(...parts);
          return row;
        }),
      );
      line.title = this.titleFor(one);
    });
    this.arrange();
  }

  wordsFor(one) {
    const { kind } = outcomeOf(one);
    if (isWrong(one)) return `called ${decidedInWords(initially(judgementOf(one)))}`;
    if (kind === "flipped") return lengthInWords(pathOf(judgementOf(one)));
    return kind === "kept" ? "kept" : "";
  }

  titleFor(one) {
    const { nearest } = judgementOf(one);
    const first = initially(judgementOf(one));
    const said = `${one.name}: ${knownOf(one)}, called ${decidedInWords(first)} (${scoreInWords(first, 3)}) at the initial setting`;
    const { kind } = outcomeOf(one);
    const lines = [said];
    if (kind === "flipped") lines.push(`Flipped by ${attackInWords()} ${lengthInWords(pathOf(judgementOf(one)))}`);
    if (kind === "kept") lines.push(`Not flipped by ${attackInWords()}`);
    if (kind === "wrong_at_start") lines.push("Not attacked: wrong at the initial setting");
    if (nearest) lines.push(`Nearest flip found: ${describe(nearest.parameters)}`);
    return lines.join("\n");
  }

  /** Show the lines of the filter in the chosen order. */
  arrange() {
    const holds = FILTERS[byId("filter").value].holds;
    const { value } = ORDERS[byId("order").value];
    const numbers = data.frames.map((_, number) => number);
    numbers.sort((a, b) => value(data.frames[a], a) - value(data.frames[b], b) || a - b);
    const lines = numbers.map((number) => this.lines[number]);
    if (lines.some((line, place) => line !== this.box.children[place])) this.box.replaceChildren(...lines);
    let shown = 0;
    this.lines.forEach((line, number) => {
      line.hidden = !holds(data.frames[number]);
      shown += Number(!line.hidden);
    });
    const total = data.frames.length;
    const all = data.count > total ? `${total} of ${data.count} frames` : `${total} ${total === 1 ? "frame" : "frames"}`;
    byId("frames-title").textContent = shown < total ? `${shown} of ${total} frames` : all;
  }

  choose(number) {
    const line = this.lines[number];
    line.firstChild.checked = true;
    this.keepInSight(line);
  }

  /** Scroll the list, and nothing around it, until a line is visible. */
  keepInSight(line) {
    const [of, within] = [line.getBoundingClientRect(), this.box.getBoundingClientRect()];
    if (of.top < within.top) this.box.scrollTop += of.top - within.top;
    if (of.bottom > within.bottom) this.box.scrollTop += of.bottom - within.bottom;
  }
}
