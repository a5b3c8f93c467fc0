
// The page: its state, its controls, and the drawing after each change.

const KNOBS = {
  beta: { symbol: "β", meaning: "attenuation compensation", units: "dB/(cm MHz)", decimals: 2, step: 0.01 },
  alpha_lower: { symbol: "α lower", meaning: "black below", units: "dB", decimals: 1, step: 0.1 },
  alpha_upper: { symbol: "α upper", meaning: "white above", units: "dB", decimals: 1, step: 0.1 },
};
const PLANES = [[0, 1], [0, 2], [1, 2]];
const NARROWEST = 5; // dB between the thresholds
const STEP_TIME = 1100; // ms
const KEPT_PICTURES = 6;

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const knobs = data.sliders.map((slider) => ({ ...slider, ...KNOBS[slider.name] }));
const initial = knobs.map((knob) => knob.initial);

const state = {
  frame: 0,
  model: 0,
  setting: [...initial],
  view: "current",
  plane: 0,
  picture: null,
  lattice: null,
  timer: null,
};
const pictures = new Map();
let map;
let waiting = false;

function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function show(value, knob) {
  const rounded = value.toFixed(knob.decimals);
  return Math.abs(value - rounded) < SAME ? rounded : value.toFixed(knob.decimals + 1);
}

function describe([beta, lower, upper]) {
  return `β ${show(beta, knobs[0])}, α ${show(lower, knobs[1])} to ${show(upper, knobs[2])} dB`;
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

function wordOf(logit) {
  return data.classes[decisionOf(logit)];
}

function decisionOf(logit) {
  return Number(probabilityOf(logit) >= data.cutoff);
}

function nameOf({ model, seed }) {
  const seeds = new Set(data.models.map((other) => other.seed));
  return seeds.size > 1 ? `${model}, seed ${seed}` : model;
}

const frame = () => data.frames[state.frame];
const judgedBy = (model) => frame().judged[model];

function latticeOf(judged) {
  if (!judged.lattice) return null;
  judged.opened ??= new Lattice(data.lattices[judged.lattice.axes], judged.lattice.logits);
  return judged.opened;
}

// Frames

function listFrames() {
  const list = byId("frames");
  list.replaceChildren(
    ...data.frames.map((one, number) => {
      const label = element("label", "", { class: "frame" });
      const radio = element("input", "", { type: "radio", name: "frame", value: number });
      radio.addEventListener("change", () => chooseFrame(number));
      label.append(radio, element("span"));
      return label;
    }),
  );
}

/** Describe each frame in the list; the text depends on the model. */
function describeFrames() {
  byId("frames").querySelectorAll(".frame > span").forEach((line, number) => {
    const one = data.frames[number];
    const judged = one.judged[state.model];
    const isWrong = "label" in one && decisionOf(judged.logit) !== one.label;
    const margin = judged.nearest ? `margin ${percent(judged.nearest.margin)}` : "";
    line.replaceChildren(
      element("b", one.name),
      element("small", outcomeOf(judged)),
      element("small", isWrong ? `${knownOf(one)}, called ${wordOf(judged.logit)}` : knownOf(one), isWrong ? { class: "wrong" } : {}),
      element("small", margin),
    );
  });
  const attacked = data.frames.map((one) => one.judged[state.model].path).filter((path) => path && wasAttacked(path));
  const labelled = data.frames.filter((one) => "label" in one);
  const right = labelled.filter((one) => decisionOf(one.judged[state.model].logit) === one.label);
  const parts = [];
  if (labelled.length) parts.push(`${right.length} of ${labelled.length} correct at the initial setting`);
  if (attacked.length) parts.push(`${attacked.filter((path) => path.success).length} of ${attacked.length} flipped by the paper’s attack`);
  byId("summary").textContent = parts.length ? `${nameOf(data.models[state.model])}: ${parts.join(", ")}` : "";
}

function knownOf(one) {
  return "label" in one ? data.classes[one.label] : "label unknown";
}

function wasAttacked(path) {
  return path.stop_reason !== "wrong_at_start" && path.stop_reason !== "unreadable";
}

function outcomeOf({ path }) {
  if (!path || !wasAttacked(path)) return "";
  return path.success ? flipsIn(path.parameters.length - 1) : "kept";
}

function flipsIn(steps) {
  return `flips in ${steps} ${steps === 1 ? "step" : "steps"}`;
}

async function chooseFrame(number) {
  stopReplay();
  state.frame = number;
  state.setting = [...initial];
  const radio = byId("frames").querySelectorAll("input")[number];
  radio.checked = true;
  keepInSight(radio.parentElement, byId("frames"));
  chooseLattice();
  const picture = await openPicture(number);
  if (state.frame !== number) return;
  state.picture = picture;
  const canvas = byId("picture");
  canvas.width = picture.columns;
  canvas.height = picture.rows;
  document.querySelector(".stage").style.setProperty("--aspect", picture.columns / picture.rows);
  drawDepth();
  refresh();
}

/** Scroll a list, and nothing around it, until one of its lines is visible. */
function keepInSight(line, list) {
  const [of, within] = [line.getBoundingClientRect(), list.getBoundingClientRect()];
  if (of.top < within.top) list.scrollTop += of.top - within.top;
  if (of.bottom > within.bottom) list.scrollTop += of.bottom - within.bottom;
}

async function openPicture(number) {
  if (!pictures.has(number)) {
    const values = await valuesOfPng(bytesOf(byId(`levels-${number}`).textContent));
    pictures.set(number, new Picture(data.frames[number], values, data.level, initial));
    if (pictures.size > KEPT_PICTURES) pictures.delete(pictures.keys().next().value);
  }
  return pictures.get(number);
}

// Models

function listModels() {
  const box = element("div", "", { class: "models-scroll" });
  box.append(
    ...data.models.map((model, number) => {
      const label = element("label");
      const radio = element("input", "", { type: "radio", name: "model", value: number });
      radio.checked = number === state.model;
      radio.addEventListener("change", () => {
        state.model = number;
        stopReplay();
        describeFrames();
        chooseLattice();
        refresh();
      });
      const name = element("span", nameOf(model), { class: "name" });
      if (model.kind !== "plain" && model.kind !== model.model) name.append(" ", element("small", model.kind));
      label.append(radio, name, element("span", "", { class: "word" }), element("span", "", { class: "number" }));
      return label;
    }),
  );
  byId("models").append(box);
  byId("models").dataset.count = data.models.length;
}

function chooseLattice() {
  state.lattice = latticeOf(judgedBy(state.model));
  const snap = byId("snap");
  snap.disabled = !state.lattice;
  if (!state.lattice) snap.checked = false;
  if (snap.checked) state.setting = state.lattice.setting(state.lattice.nearest(state.setting));
  arrangeSliders();
}

// Sliders

function makeSliders() {
  byId("sliders").replaceChildren(
    ...knobs.map((knob, i) => {
      const box = element("div", "", { class: "knob" });
      const name = element("div", "", { class: "name" });
      const label = element("label", knob.symbol, { for: knob.name });
      label.append(element("small", knob.meaning));
      knob.output = element("output", "", { for: knob.name });
      name.append(label, knob.output);
      knob.input = element("input", "", { type: "range", id: knob.name });
      knob.input.addEventListener("input", () => {
        stopReplay();
        const value = knob.input.valueAsNumber;
        turn(i, byId("snap").checked ? state.lattice.axes[i][value] : value);
      });
      knob.ruler = element("div", "", { class: "ruler", "aria-hidden": "true" });
      box.append(name, knob.input, knob.ruler);
      return box;
    }),
  );
}

/** Set one parameter; a threshold that comes too near the other one pushes it away. */
function turn(i, value) {
  const setting = [...state.setting];
  setting[i] = value;
  if (i > 0 && setting[2] - setting[1] < NARROWEST) {
    const other = 3 - i;
    const [lowest, highest] = knobs[other].range;
    setting[other] = Math.min(highest, Math.max(lowest, i === 1 ? value + NARROWEST : value - NARROWEST));
  }
  if (setting[2] - setting[1] > SAME) state.setting = setting;
  refresh();
}

function arrangeSliders() {
  const isSnapped = byId("snap").checked;
  knobs.forEach((knob, i) => {
    const axis = isSnapped ? state.lattice.axes[i] : null;
    [knob.input.min, knob.input.max, knob.input.step] = axis ? [0, axis.length - 1, 1] : [...knob.range, knob.step];
    knob.input.disabled = axis?.length === 1;
    const share = (value) => {
      if (axis) return axis.length > 1 ? nearestIndex(axis, value) / (axis.length - 1) : 0.5;
      return (value - knob.range[0]) / (knob.range[1] - knob.range[0]);
    };
    const box = element("i", "", { class: "box" });
    const [from, to] = knob.box.map(share);
    box.style.left = `${100 * from}%`;
    box.style.width = `${100 * (to - from)}%`;
    const start = element("i", "", { class: "start" });
    start.style.left = `${100 * share(knob.initial)}%`;
    knob.ruler.replaceChildren(box, start);
    if (from < to) {
      for (const bound of knob.box) {
        const mark = element("span", show(bound, { decimals: 0, ...(Number.isInteger(bound) ? {} : { decimals: 1 }) }));
        mark.style.left = `${100 * share(bound)}%`;
        knob.ruler.append(mark);
      }
    }
  });
}

function placeSliders() {
  knobs.forEach((knob, i) => {
    const value = state.setting[i];
    const isSnapped = byId("snap").checked;
    knob.input.value = isSnapped ? nearestIndex(state.lattice.axes[i], value) : value;
    knob.input.setAttribute("aria-valuetext", `${show(value, knob)} ${knob.units}`);
    knob.output.replaceChildren(show(value, knob), " ", element("small", knob.units));
  });
}

// Replay

function stepOf(judged) {
  return judged.path ? judged.path.parameters.findIndex((point) => isSame(point, state.setting)) : -1;
}

function goToStep(step) {
  state.setting = [...judgedBy(state.model).path.parameters[step]];
  leaveSnap();
  refresh();
}

/** Recorded settings need not be on the lattice. */
function leaveSnap() {
  const lattice = state.lattice;
  if (byId("snap").checked && !isSame(lattice.setting(lattice.nearest(state.setting)), state.setting)) {
    byId("snap").checked = false;
    arrangeSliders();
  }
}

function startReplay() {
  const last = judgedBy(state.model).path.parameters.length - 1;
  const step = stepOf(judgedBy(state.model));
  goToStep(step < 0 || step === last ? 0 : step + 1);
  state.timer = setInterval(() => {
    const next = stepOf(judgedBy(state.model)) + 1;
    if (next < 1 || next > last) return stopReplay();
    goToStep(next);
    if (next === last) stopReplay();
  }, STEP_TIME);
  byId("play").textContent = "Pause";
}

function stopReplay() {
  clearInterval(state.timer);
  state.timer = null;
  byId("play").textContent = "Play";
}

function describeReplay() {
  const judged = judgedBy(state.model);
  const { path } = judged;
  const isThere = path && wasAttacked(path);
  byId("replay").hidden = !isThere;
  byId("nearest").hidden = !judged.nearest;
  if (judged.nearest) {
    byId("nearest-note").textContent = `${percent(judged.nearest.margin)} of the box: ${describe(judged.nearest.parameters)}`;
  }
  if (!isThere) {
    byId("replay-outcome").textContent = "";
    byId("replay-note").textContent = path
      ? `Not attacked: the model is wrong at the initial setting (${wordOf(judged.logit)}).`
      : "Not in this run.";
    return;
  }
  const last = path.parameters.length - 1;
  const step = stepOf(judged);
  byId("replay-outcome").textContent = path.success ? flipsIn(last) : `kept after ${last} steps`;
  byId("end").textContent = path.success ? "To the flip" : "To the end";
  byId("step").max = last;
  byId("step").value = Math.max(0, step);
  byId("step").setAttribute("aria-valuetext", step < 0 ? "off the path" : `step ${step} of ${last}`);
  byId("back").disabled = step === 0;
  byId("next").disabled = step === last;
  byId("replay-note").textContent =
    step < 0
      ? "The setting is not on the path."
      : `Step ${step} of ${last}` + (step === last && !path.success ? `: ${data.stop_reasons[path.stop_reason]}` : "");
}

// Drawing

function refresh() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    if (!state.picture) return;
    drawPicture();
    placeSliders();
    describeVerdict();
    describeReplay();
    drawMap();
  });
}

function drawPicture() {
  const { picture, view, setting } = state;
  const canvas = byId("picture");
  picture.draw(canvas.getContext("2d", { willReadFrequently: true }), view, setting);
  const shown = view === "original" ? initial : setting;
  const one = frame();
  const patient = one.patient === one.name ? "" : `\npatient ${one.patient}`;
  byId("corner-frame").textContent = `${one.name}${patient}\n${truthOf(one)}`;
  byId("corner-setting").textContent = `β ${show(shown[0], knobs[0])}\nα ${show(shown[1], knobs[1])} to ${show(shown[2], knobs[2])} dB`;
  byId("caption-scanner").textContent = `${one.scanner}, ${one.frequency} MHz${data.simulated ? ", simulated" : ""}`;
  byId("caption-change").textContent = view === "difference" ? `mean change ${picture.meanChange().toFixed(1)} grey levels` : "";
  canvas.setAttribute("aria-label", `B-mode image of ${one.name}, ${view}, ${describe(shown)}`);
  const ends = view === "difference" ? [`+${DIFFERENCE}`, `−${DIFFERENCE}`, "grey levels"] : [show(shown[2], knobs[2]), show(shown[1], knobs[1]), "dB"];
  ["grey-upper", "grey-lower", "grey-unit"].forEach((id, i) => (byId(id).textContent = ends[i]));
}

function truthOf(one) {
  const fat = "fat_fraction" in one ? `, ${one.fat_fraction.toFixed(1)} % fat` : "";
  return knownOf(one) + fat;
}

function drawDepth() {
  const { ticks, millimetres } = depthTicks(frame());
  byId("depth").dataset.unit = millimetres ? "mm" : "cm";
  byId("depth").replaceChildren(
    ...ticks.map(({ depth, share }) => {
      const tick = element("span");
      const text = String(Number((depth * (millimetres ? 10 : 1)).toFixed(1)));
      tick.dataset.depth = text;
      tick.style.top = `${100 * share}%`;
      tick.style.width = "5px";
      return tick;
    }),
  );
}

function describeVerdict() {
  const judged = judgedBy(state.model);
  const found = judge(judged, state.lattice, state.setting, initial);
  const isKnown = found.source !== "none";
  const decision = isKnown ? decisionOf(found.logit) : null;
  const before = decisionOf(judged.logit);
  const verdict = byId("decision");
  verdict.textContent = isKnown ? data.classes[decision] : "unknown";
  for (const part of [verdict, byId("scale")]) mark(part, decision);
  byId("probability").textContent = isKnown ? probabilityOf(found.logit).toFixed(3) : "";
  byId("scale-fill").style.width = isKnown ? percentage(probabilityOf(found.logit)) : "0";
  byId("scale-initial").style.left = percentage(probabilityOf(judged.logit));
  const against = byId("against");
  against.classList.toggle("flipped", isKnown && decision !== before);
  const start = `${data.classes[before]} (${probabilityOf(judged.logit).toFixed(3)}) at the initial setting`;
  if (!isKnown) against.textContent = start;
  else against.textContent = decision === before ? `Same as at the initial setting (${probabilityOf(judged.logit).toFixed(3)})` : `Flipped: ${start}`;
  byId("source").textContent = sourceOf(found);
  byId("models").querySelectorAll("label").forEach((label, number) => {
    const one = judgedBy(number);
    const there = judge(one, latticeOf(one), state.setting, initial);
    const word = label.querySelector(".word");
    word.textContent = there.source === "none" ? "unknown" : wordOf(there.logit);
    mark(word, there.source === "none" ? null : decisionOf(there.logit));
    label.querySelector(".number").textContent =
      there.source === "none" ? "" : `${there.source === "nearest" ? "≈ " : ""}${probabilityOf(there.logit).toFixed(2)}`;
  });
  const said = isKnown ? `${frame().name}, ${nameOf(data.models[state.model])}: ${data.classes[decision]}` : "diagnosis unknown at this setting";
  if (byId("announce").textContent !== said) byId("announce").textContent = said;
}

/** Colour by class: the first class purple, the second orange. */
function mark(part, decision) {
  part.classList.toggle("normal", decision === 0);
  part.classList.toggle("fatty", decision === 1);
}

function percentage(share) {
  return `${100 * share}%`;
}

function sourceOf({ source, at, step }) {
  const probability = `Probability of ${data.classes[1]}`;
  if (source === "exact") return `${probability}, stored for exactly this setting.`;
  if (source === "attack") return `${probability}, recorded at step ${step} of the attack.`;
  if (source === "flip") return `${probability}, recorded at the nearest flip found.`;
  if (source === "nearest") return `${probability} at the nearest stored setting: ${describe(at)}.`;
  if (!state.lattice) return "No probability is stored for this setting. For this frame the run has stored only the initial setting and the attack.";
  return "No probability is stored for this setting: it is outside the attacked box.";
}

function drawMap() {
  const { lattice, setting } = state;
  const judged = judgedBy(state.model);
  const pair = PLANES[state.plane];
  const third = 3 - pair[0] - pair[1];
  const canvas = byId("map");
  const pick = (point) => pair.map((i) => point[i]);
  if (!lattice) {
    map.draw({ axes: null, empty: "No lattice is stored for this frame" });
    byId("map-note").textContent = "";
    canvas.setAttribute("aria-label", "No decision map: no lattice is stored for this frame");
    byId("map-key").hidden = true;
    return;
  }
  byId("map-key").hidden = false;
  const nearest = nearestIndex(lattice.axes[third], setting[third]);
  const indices = [0, 0, 0];
  indices[third] = nearest;
  const cells = lattice.axes[pair[1]].map((_, j) =>
    lattice.axes[pair[0]].map((_, i) => {
      indices[pair[0]] = i;
      indices[pair[1]] = j;
      return probabilityOf(lattice.logit(indices));
    }),
  );
  const path = judged.path && wasAttacked(judged.path) ? judged.path : null;
  const reference = decisionOf(judged.logit);
  const reached = stepOf(judged);
  map.draw({
    axes: pair.map((i) => lattice.axes[i]),
    labels: pair.map((i) => `${knobs[i].symbol} (${knobs[i].units})`),
    cells,
    cutoff: data.cutoff,
    reference,
    marks: {
      initial: pick(initial),
      path: path ? path.parameters.map(pick) : [],
      reached,
      flipped: path?.success,
      current: pick(setting),
    },
  });
  const knob = knobs[third];
  const at = lattice.axes[third][nearest];
  const isThere = Math.abs(at - setting[third]) < SAME;
  const flipped = cells.flat().filter((value) => Number(value >= data.cutoff) !== reference).length;
  byId("map-note").textContent = `${knob.symbol} ${show(at, knob)} ${knob.units}${isThere ? "" : ", the nearest stored value"}: ${flipped} of ${cells.flat().length} settings flip the diagnosis.`;
  canvas.setAttribute("aria-label", `Decision map over ${knobs[pair[0]].symbol} and ${knobs[pair[1]].symbol}. ${byId("map-note").textContent}`);
}

// Start

function connect() {
  map = new DecisionMap(byId("map"), (values) => {
    stopReplay();
    const pair = PLANES[state.plane];
    const setting = [...state.setting];
    pair.forEach((i, n) => {
      const lattice = byId("snap").checked ? state.lattice.axes[i] : null;
      setting[i] = lattice ? lattice[nearestIndex(lattice, values[n])] : Number((Math.round(values[n] / knobs[i].step) * knobs[i].step).toFixed(6));
    });
    state.setting = setting;
    refresh();
  });
  document.querySelectorAll("input[name=view]").forEach((radio) =>
    radio.addEventListener("change", () => {
      state.view = radio.value;
      drawGreyBar(byId("grey-bar"), state.view);
      refresh();
    }),
  );
  byId("initial").addEventListener("click", () => {
    stopReplay();
    state.setting = [...initial];
    refresh();
  });
  byId("snap").addEventListener("change", () => {
    stopReplay();
    chooseLattice();
    refresh();
  });
  const last = () => judgedBy(state.model).path.parameters.length - 1;
  const click = (id, act) => byId(id).addEventListener("click", act);
  const walk = (choose) => () => {
    stopReplay();
    goToStep(Math.max(0, Math.min(last(), choose(stepOf(judgedBy(state.model))))));
  };
  click("back", walk((step) => step - 1));
  click("next", walk((step) => step + 1));
  click("end", walk(() => last()));
  click("play", () => (state.timer === null ? startReplay() : stopReplay()));
  byId("step").addEventListener("input", walk(() => byId("step").valueAsNumber));
  click("to-nearest", () => {
    stopReplay();
    state.setting = [...judgedBy(state.model).nearest.parameters];
    leaveSnap();
    refresh();
  });
  byId("plane").append(...PLANES.map((pair, i) => element("option", pair.map((k) => knobs[k].symbol).join(" and "), { value: i })));
  byId("plane").addEventListener("change", () => {
    state.plane = Number(byId("plane").value);
    refresh();
  });
  new ResizeObserver(refresh).observe(byId("map"));
}

async function start() {
  byId("simulated").hidden = !data.simulated;
  byId("frames-title").textContent =
    data.count > data.frames.length ? `${data.frames.length} of ${data.count} frames` : `${data.count} frames`;
  byId("version").textContent = `Reconattack ${data.version}`;
  byId("key-normal").textContent = data.classes[0];
  byId("key-fatty").textContent = data.classes[1];
  byId("cutoff-label").textContent = `cut-off ${data.cutoff}`;
  byId("cutoff-label").style.left = percentage(data.cutoff);
  byId("scale-cutoff").style.left = percentage(data.cutoff);
  listFrames();
  listModels();
  makeSliders();
  connect();
  describeFrames();
  drawGreyBar(byId("grey-bar"), state.view);
  await chooseFrame(firstFrame());
}

/** A frame that the paper's attack flips: with lattices of the most models, then with the longest path. */
function firstFrame() {
  const worthOf = ({ judged }) =>
    judged[0].path?.success ? 1000 * judged.filter((by) => by.lattice).length + judged[0].path.logits.length : 0;
  const worths = data.frames.map(worthOf);
  return worths.indexOf(Math.max(...worths));
}

start().catch((error) => {
  byId("failure").textContent = `This page could not be drawn (${error.message}). It needs a browser of 2023 or later.`;
  byId("failure").hidden = false;
  throw error;
});
