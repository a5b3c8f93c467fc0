
// The page: its state, its controls, and the drawing after each change.

const KNOBS = {
  beta: { symbol: "β", meaning: "attenuation compensation", units: "dB/(cm MHz)", decimals: 2, step: 0.01 },
  alpha_lower: { symbol: "α lower", meaning: "black below", units: "dB", decimals: 1, step: 0.1 },
  alpha_upper: { symbol: "α upper", meaning: "white above", units: "dB", decimals: 1, step: 0.1 },
};
const MEASURES = {
  mean_abs_diff: { name: "change", title: "Mean absolute change in the sector, in grey levels", show: (value) => value.toFixed(1) },
  ssim: { name: "ssim", title: "Structural similarity in the sector; 1 is the same image", show: (value) => value.toFixed(2) },
  white_added: { name: "white", title: "Part of the sector that turns white", show: percent },
  black_added: { name: "black", title: "Part of the sector that turns black", show: percent },
};
const PLANES = [[0, 1], [0, 2], [1, 2]];
const NARROWEST = 5; // dB between the thresholds
const STEP_TIME = 1100; // ms
const KEPT_PICTURES = 6;
const REST = 60; // ms without a new setting

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const knobs = data.sliders.map((slider) => ({ ...slider, ...KNOBS[slider.name] }));
const initial = knobs.map((knob) => knob.initial);

const state = {
  frame: 0,
  model: 0,
  attack: 0,
  setting: [...initial],
  view: "current",
  isHeld: false,
  isPrinted: false,
  plane: 0,
  pointed: null,
  picture: null,
  change: null,
  lattice: null,
  timer: null,
};
const pictures = new Map();
const overlays = []; // what is drawn over the images, in further scripts
let frames;
let viewer;
let map;
let waiting = false;
let measuring = null;

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
  const rounded = Math.round(100 * share);
  return `${rounded < 0 ? "−" : ""}${Math.abs(rounded)} %`;
}

function wordOf(logit, number = state.model) {
  return data.classes[decisionOf(logit, number)];
}

function decisionOf(logit, number = state.model) {
  return Number(probabilityOf(logit, number) >= data.cutoff);
}

function nameOf({ model, seed }) {
  const seeds = new Set(data.models.map((other) => other.seed));
  const title = data.titles.models[model] ?? model;
  return seeds.size > 1 ? `${title}, seed ${seed}` : title;
}

/** An attack in a sentence, by default the chosen one: a title stands in quotation marks. */
function attackInWords(attack = state.attack) {
  const name = attackName(attack);
  return data.attacks[attack]?.name in data.titles.attacks ? `“${name}”` : name;
}

/** Title of an attack, by default of the chosen one. */
function attackName(attack = state.attack) {
  if (!data.attacks.length) return "";
  const { name, steps } = data.attacks[attack];
  return data.titles.attacks[name] ?? (steps && data.attacks.length === 1 ? "the paper’s attack" : name);
}

const frame = () => data.frames[state.frame];
const judgedBy = (model) => frame().judged[model];
const pathOf = (judged) => judged.paths[state.attack] ?? null;

function latticeOf(judged) {
  if (!judged.lattice) return null;
  judged.opened ??= new Lattice(data.lattices[judged.lattice.axes], judged.lattice);
  return judged.opened;
}

// Frames

function summarise() {
  const attacked = data.frames.filter((one) => ["flipped", "kept"].includes(outcomeOf(one).kind));
  const flipped = attacked.filter((one) => outcomeOf(one).kind === "flipped");
  const small = flipped.filter((one) => outcomeOf(one).isSmall);
  const labelled = data.frames.filter((one) => "label" in one || "truth" in one);
  const right = labelled.filter((one) => !isWrong(one));
  const parts = [];
  if (labelled.length) parts.push(`${right.length} of ${labelled.length} correct at the initial setting`);
  if (attacked.length) {
    parts.push(`${flipped.length} of ${attacked.length} flipped by ${attackInWords()}, ${small.length} with a small change`);
  }
  byId("summary").textContent = parts.length ? `${nameOf(data.models[state.model])}: ${parts.join("; ")}` : "";
}

function knownOf(one) {
  const decision = decisionBy();
  if (decision) return "truth" in one ? truthInWords(one.truth, decision) : "truth unknown";
  return "label" in one ? data.classes[one.label] : "label unknown";
}

/** When an attack flipped: in how many steps, or at which query. */
function lengthInWords(path) {
  const length = lengthOf(path);
  return "queries" in path ? `at query ${length}` : `in ${counted(length, "step")}`;
}

function counted(count, word) {
  const many = word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`;
  return `${count} ${count === 1 ? word : many}`;
}

async function chooseFrame(number, setting = initial) {
  stopReplay();
  state.frame = number;
  state.setting = [...setting];
  frames.choose(number);
  chooseLattice();
  const picture = await openPicture(number);
  if (state.frame !== number) return;
  const isNew = picture !== state.picture;
  state.picture = picture;
  if (isNew) {
    viewer.open(picture);
    const canvas = byId("picture-original");
    picture.draw(canvas.getContext("2d"), "original");
    canvas.setAttribute("aria-label", `B-mode image of ${frame().name}, original, ${describe(initial)}`);
  }
  refresh();
}

async function openPicture(number) {
  if (!pictures.has(number)) {
    const values = await valuesOfPng(bytesOf(byId(`levels-${number}`).textContent));
    pictures.set(number, new Picture(data.frames[number], values, data.level, initial));
    if (pictures.size > KEPT_PICTURES) pictures.delete(pictures.keys().next().value);
  }
  return pictures.get(number);
}

// Models and attacks

function listModels() {
  const box = element("div", "", { class: "models-scroll" });
  box.append(
    ...data.models.map((model, number) => {
      const label = element("label", "", { title: `${model.model}, seed ${model.seed}` });
      const radio = element("input", "", { type: "radio", name: "model", value: number });
      radio.addEventListener("change", () => chooseModel(number));
      const name = element("span", nameOf(model), { class: "name" });
      const isSaid = model.kind === "plain" || model.kind === model.model || model.model in data.titles.models;
      if (!isSaid) name.append(" ", element("small", model.kind));
      label.append(radio, name, element("span", "", { class: "word" }), element("span", "", { class: "number" }));
      return label;
    }),
  );
  byId("models").append(box);
  byId("models").hidden = data.models.length < 2;
  document.querySelector(".viewer").classList.toggle("above-models", data.models.length > 1);
}

function chooseModel(number) {
  stopReplay();
  state.model = number;
  byId("models").querySelectorAll("input")[number].checked = true;
  frames.describe();
  summarise();
  chooseLattice();
  refresh();
}

function listAttacks() {
  const title = attackName() || "the paper’s attack";
  const isOne = data.attacks.length < 2;
  byId("replay-title").textContent = isOne ? title[0].toUpperCase() + title.slice(1) : "Attack";
  byId("attack-label").hidden = isOne;
  document.querySelector(".replay").classList.toggle("several", !isOne);
  byId("attack").append(...data.attacks.map((_, number) => element("option", attackName(number), { value: number })));
  byId("attack").addEventListener("change", () => chooseAttack(Number(byId("attack").value)));
}

function chooseAttack(number) {
  stopReplay();
  state.attack = number;
  byId("attack").value = number;
  frames.describe();
  summarise();
  refresh();
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
    // A picture of unknown depth or frequency cannot be drawn at another beta.
    const isUnknown = knob.name === "beta" && (frame().unscaled || !frame().frequency);
    knob.input.disabled = axis?.length === 1 || isUnknown;
    knob.input.title = isUnknown ? "The depth or the frequency of this picture is not known." : "";
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

const currentPath = () => pathOf(judgedBy(state.model));
const currentStep = () => stepOn(currentPath(), state.setting);

function goToStep(step) {
  state.setting = [...currentPath().parameters[step]];
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
  const last = currentPath().parameters.length - 1;
  const step = currentStep();
  goToStep(step < 0 || step === last ? 0 : step + 1);
  state.timer = setInterval(() => {
    const next = currentStep() + 1;
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

function proofInWords(proof) {
  if (proof.whole) return "Proved: no setting of the box flips this frame.";
  if (!proof.margin) return "Proved: nothing.";
  return `Proved: no setting nearer than ${downward(proof.margin)} of half the box flips this frame.`;
}

/** A proved margin in %, rounded down: nothing is claimed beyond the proof. */
function downward(margin) {
  return `${Math.floor(1000 * margin) / 10} %`;
}

function describeReplay() {
  const judged = judgedBy(state.model);
  const path = pathOf(judged);
  const isThere = path && wasAttacked(path);
  byId("replay").hidden = !isThere;
  byId("nearest").hidden = !judged.nearest;
  if (judged.nearest) {
    byId("nearest-note").textContent = `${shareOfBox(judged.nearest.margin)} of half the box: ${describe(judged.nearest.parameters)}`;
  }
  byId("proof").hidden = !judged.proof;
  byId("proof").textContent = judged.proof ? proofInWords(judged.proof) : "";
  if (!isThere) {
    byId("replay-outcome").textContent = "";
    byId("replay-note").textContent = path
      ? `Not attacked: the model is wrong at the initial setting (${decidedInWords(initially(judged))}).`
      : "Not in this run.";
    return;
  }
  const last = path.parameters.length - 1;
  const step = currentStep();
  const isSearch = "queries" in path;
  const all = counted(lengthOf(path), isSearch ? "query" : "step");
  byId("replay-outcome").textContent = path.success ? `flips ${lengthInWords(path)}` : `kept after ${all}`;
  for (const id of ["back", "play", "next", "step"]) byId(id).hidden = isSearch;
  byId("end").disabled = step === last;
  const atEnd = step === last && !path.success ? `: ${data.stop_reasons[path.stop_reason]}` : "";
  byId("end").textContent = path.success ? "To the flip" : "To the end";
  byId("step").max = last;
  byId("step").value = Math.max(0, step);
  byId("step").setAttribute("aria-valuetext", step < 0 ? "off the path" : `step ${step} of ${last}`);
  byId("back").disabled = step === 0;
  byId("next").disabled = step === last;
  if (isSearch) {
    const words = { 0: `Initial setting${atEnd}`, 1: "The flip that was found." };
    byId("replay-note").textContent = words[step] ?? "The setting is none of this search.";
  } else {
    byId("replay-note").textContent = step < 0 ? "The setting is not on the path." : `Step ${step} of ${last}${atEnd}`;
  }
}

// Drawing

function refresh() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    drawAll();
  });
}

function drawAll() {
  if (!state.picture) return;
  const { picture, setting } = state;
  if (!picture.setting || !isSame(picture.setting, setting)) picture.turn(setting);
  drawPicture();
  placeSliders();
  describeVerdict();
  describeVisibility();
  describeReplay();
  drawMap();
}

/**
 * The change of the image: the run's own measures at a stored flip, else those of this page. They take
 * longer than an image, so that they are null while the setting moves.
 */
function changeHere() {
  const { nearest, paths } = judgedBy(state.model);
  const flips = [...paths.map((path) => path?.success && { ...path, parameters: path.parameters.at(-1) }), nearest];
  const stored = flips.find((flip) => flip && isSame(flip.parameters, state.setting));
  return stored?.change ?? state.picture.measured;
}

/** The change of the image by the measures of this page. */
function measured() {
  const { picture } = state;
  picture.measured ??= picture.change.measure();
  return picture.measured;
}

/** Measure the change of the image now; without a picture there is none. */
function measureNow() {
  clearTimeout(measuring);
  if (state.picture) measured();
  describeVisibility();
}

function frequencyOf(one) {
  return one.frequency ? `, ${one.frequency} MHz` : "";
}

function drawPicture() {
  const { picture, setting } = state;
  const canvas = byId("picture");
  const view = shownView();
  const drawn = ["side", "wipe"].includes(view) ? "current" : view;
  picture.draw(canvas.getContext("2d", { willReadFrequently: true }), drawn);
  overlays.forEach((draw) => draw());
  const shown = drawn === "original" ? initial : setting;
  const one = frame();
  const patient = one.patient === one.name ? "" : `\npatient ${one.patient}`;
  byId("corner-frame").textContent = `${one.name}${patient}\n${truthOf(one)}`;
  byId("corner-setting").textContent = `β ${show(shown[0], knobs[0])}\nα ${show(shown[1], knobs[1])} to ${show(shown[2], knobs[2])} dB`;
  byId("caption-scanner").textContent = `${scannerOf(one)}${frequencyOf(one)}${data.simulated ? ", simulated" : ""}`;
  byId("caption-change").textContent = drawn === "difference" ? `mean change ${picture.change.meanChange().toFixed(1)} grey levels` : "";
  document.querySelector(".second .tag").textContent = drawn;
  canvas.setAttribute("aria-label", `B-mode image of ${one.name}, ${drawn}, ${describe(shown)}`);
  const ends = drawn === "difference" ? [`+${DIFFERENCE}`, `−${DIFFERENCE}`, "grey levels"] : [show(shown[2] + picture.upperOffset, knobs[2]), show(shown[1], knobs[1]), "dB"];
  ["grey-upper", "grey-lower", "grey-unit"].forEach((id, i) => (byId(id).textContent = ends[i]));
  drawGreyBar(byId("grey-bar"), drawn);
  drawDepth();
  byId("probe").textContent = probeText();
}

/** A printed sheet has the original image on its left in any case. */
function shownView() {
  if (state.isHeld) return "original";
  return state.isPrinted && state.view === "original" ? "current" : state.view;
}

function scannerOf(one) {
  return data.titles.scanners[one.scanner] ?? one.scanner;
}

function probeText() {
  const pixel = viewer.pixel();
  if (!pixel) return "Point at the image for depth, level and grey.";
  const found = state.picture.at(...pixel);
  if (!found) return "Outside the sector.";
  const { depth, lateral, levels, greys } = found;
  const [before, after] = levels.map((level, i) => `${level.toFixed(1)} dB, grey ${greys[i]}`);
  const change = greys[1] - greys[0];
  const place = frame().unscaled ? "" : `Depth ${depth.toFixed(2)} cm, lateral ${signed(lateral.toFixed(2))} cm: `;
  return isSame(state.setting, initial) ? place + before : `${place}original ${before}; current ${after} (${signed(change)})`;
}

function signed(value) {
  return Number(value) < 0 ? `−${String(value).slice(1)}` : `+${value}`;
}

function truthOf(one) {
  const fat = "fat_fraction" in one ? `, ${one.fat_fraction.toFixed(1)} % fat` : "";
  return knownOf(one) + fat;
}

function drawDepth() {
  const { ticks, millimetres } = frame().unscaled ? { ticks: [] } : depthTicks(frame(), viewer.zoom);
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
  const first = initially(judged);
  const before = decisionOf(first.logit);
  const verdict = byId("decision");
  verdict.textContent = isKnown ? decidedInWords(found) : "unknown";
  for (const part of [verdict, byId("scale")]) mark(part, decision);
  byId("probability").textContent = isKnown ? scoreInWords(found, 3) : "";
  if (decisionBy()) drawAnswer(found, first);
  else {
    byId("scale-fill").style.width = isKnown ? percentage(probabilityOf(found.logit)) : "0";
    byId("scale-initial").style.left = percentage(probabilityOf(first.logit));
  }
  const against = byId("against");
  against.classList.toggle("flipped", isKnown && decision !== before);
  const score = scoreInWords(first, 3);
  const start = `${decidedInWords(first)} (${score}) at the initial setting`;
  if (!isKnown) against.textContent = start;
  else if (decisionBy()) against.textContent = `${outcomeInWords(found.logit, first.logit)}; initially ${decidedInWords(first)} (${score})`;
  else against.textContent = decision === before ? `Same as at the initial setting (${score})` : `Flipped; initially ${decidedInWords(first)} (${score})`;
  byId("source").textContent = sourceOf(found);
  byId("models").querySelectorAll("label").forEach((label, number) => {
    const one = judgedBy(number);
    const there = judge(one, latticeOf(one), state.setting, initial);
    const word = label.querySelector(".word");
    word.textContent = there.source === "none" ? "unknown" : decidedInWords(there, number);
    mark(word, there.source === "none" ? null : decisionOf(there.logit, number));
    label.querySelector(".number").textContent =
      there.source === "none" ? "" : `${there.source === "nearest" ? "≈ " : ""}${scoreInWords(there, 2, number)}`;
  });
  const asked = decisionBy() ? "decision" : "diagnosis";
  const said = isKnown ? `${frame().name}, ${nameOf(data.models[state.model])}: ${verdict.textContent}` : `${asked} unknown at this setting`;
  if (byId("announce").textContent !== said) byId("announce").textContent = said;
}

function describeVisibility() {
  const isEmpty = !byId("measures").hasChildNodes();
  // At once for the first image, so that nothing below moves while somebody reads.
  const change = changeHere() ?? (isEmpty ? measured() : null);
  document.querySelector(".visibility").setAttribute("aria-busy", !change);
  if (!change) {
    clearTimeout(measuring);
    measuring = setTimeout(measureNow, REST);
    return;
  }
  const limits = data.visible_limit;
  const over = beyond(change, limits);
  const limitOf = (name) => (name.endsWith("_added") ? percent(limits[name]) : String(limits[name]));
  const badge = byId("visibility");
  const isSameImage = change.mean_abs_diff === 0;
  badge.textContent = isSameImage ? "No change of the image" : over.length ? "Visible change" : "Small change";
  badge.classList.toggle("small", !over.length);
  byId("measures").replaceChildren(
    ...Object.keys(limits).map((name) => {
      const { name: word, title, show: write } = MEASURES[name];
      const sign = name === "ssim" ? "≥" : "≤";
      const row = element("div", "", { title: `${title}. Small: ${sign} ${limitOf(name)}` });
      row.classList.toggle("over", over.includes(name));
      const value = element("dd", `${write(change[name])} `);
      value.append(element("small", `(${sign} ${limitOf(name)})`));
      row.append(element("dt", word), value);
      return row;
    }),
  );
}

/** Colour by class: the first class purple, the second orange. */
function mark(part, decision) {
  part.classList.toggle("normal", decision === 0);
  part.classList.toggle("fatty", decision === 1);
}

function percentage(share) {
  return `${100 * share}%`;
}

function sourceOf({ source, at, attack, step }) {
  const probability = decisionBy() ? "Decision" : `Probability of ${data.classes[1]}`;
  const nothing = `No ${decisionBy() ? "decision" : "probability"} is stored for this setting`;
  if (source === "exact") return `${probability}, stored for exactly this setting.`;
  if (source === "attack") {
    const name = data.attacks.length > 1 ? attackInWords(attack) : "the attack";
    return `${probability}, recorded at ${data.attacks[attack].steps ? `step ${step}` : "the flip"} of ${name}.`;
  }
  if (source === "flip") return `${probability}, recorded at the nearest flip found.`;
  if (source === "nearest") return `${probability} at the nearest stored setting: ${describe(at)}.`;
  if (!state.lattice) return `${nothing}. For this frame the run has stored only the initial setting and the attack.`;
  return `${nothing}: it is outside the attacked box.`;
}

function drawMap() {
  const { lattice, setting } = state;
  const judged = judgedBy(state.model);
  const pair = PLANES[state.plane];
  const third = 3 - pair[0] - pair[1];
  const canvas = byId("map");
  const colours = coloursFor(canvas);
  const pick = (point) => pair.map((i) => point[i]);
  byId("map-key").hidden = !lattice;
  if (!lattice) {
    map.draw({ axes: null, empty: "No lattice is stored for this frame", colours });
    byId("map-note").textContent = "";
    byId("tip").hidden = true;
    canvas.setAttribute("aria-label", "No decision map: no lattice is stored for this frame");
    return;
  }
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
  const path = currentPath() && wasAttacked(currentPath()) ? currentPath() : null;
  const reference = decisionBy() ? 0 : decisionOf(judged.logit);
  const isOutside = !lattice.holds(setting);
  map.draw({
    axes: pair.map((i) => lattice.axes[i]),
    labels: pair.map((i) => `${knobs[i].symbol} (${knobs[i].units})`),
    cells,
    cutoff: data.cutoff,
    reference,
    colours,
    marks: {
      initial: pick(initial),
      path: path ? path.parameters.map(pick) : [],
      isWalk: !path?.queries,
      reached: currentStep(),
      flipped: path?.success,
      current: pick(setting),
      isOutside,
      box: data.attacks.length > 1 ? cornersOf(data.attacks[state.attack].box, pair) : null,
    },
  });
  const knob = knobs[third];
  const at = lattice.axes[third][nearest];
  const isThere = Math.abs(at - setting[third]) < SAME;
  const flipped = cells.flat().filter((value) => Number(value >= data.cutoff) !== reference).length;
  const where = isOutside ? " The current setting is outside the box." : "";
  byId("map-note").textContent = `${knob.symbol} ${show(at, knob)} ${knob.units}${isThere ? "" : ", the nearest stored value"}: ${flipped} of ${cells.flat().length} settings flip the ${decisionBy() ? "decision" : "diagnosis"}.${where}`;
  canvas.setAttribute("aria-label", `Decision map over ${knobs[pair[0]].symbol} and ${knobs[pair[1]].symbol}. ${byId("map-note").textContent}`);
  drawTip(cells, { path, pick, reference, knob, at });
}

/** Lower and upper corner of an attack's box in a plane; a parameter that it does not move has no width. */
function cornersOf(box, pair) {
  return [0, 1].map((end) => pair.map((i) => (box[knobs[i].name] ?? [initial[i], initial[i]])[end]));
}

/** What is under the pointer on the map: the cell, and a mark on it. */
function drawTip(cells, { path, pick, reference, knob, at }) {
  const tip = byId("tip");
  const cell = state.pointed && map.cellAt(state.pointed);
  tip.hidden = !cell;
  if (!cell) return;
  const pair = PLANES[state.plane];
  const probability = cells[cell[1]][cell[0]];
  const decision = Number(probability >= data.cutoff);
  const named = pair.map((i, n) => `${knobs[i].symbol} ${show(state.lattice.axes[i][cell[n]], knobs[i])}`);
  const lines = [
    `${named.join(", ")}, ${knob.symbol} ${show(at, knob)}`,
    cellInWords(probability, pair, cell, knob, at, decision === reference),
  ];
  if (map.isOn(state.pointed, pick(initial))) lines.push("cross: initial setting");
  if (map.isOn(state.pointed, pick(state.setting))) lines.push("dot: current setting");
  const step = path ? path.parameters.findIndex((point) => map.isOn(state.pointed, pick(point))) : -1;
  if (step > 0) lines.push(`${"queries" in path ? "flip" : `step ${step}`} of the attack: ${stepInWords(path, step)}`);
  tip.textContent = lines.join("\n");
  const room = byId("cells").getBoundingClientRect();
  const [x, y] = state.pointed;
  tip.style.left = `${Math.max(0, Math.min(x + 12, room.width - tip.offsetWidth))}px`;
  tip.style.top = `${y > room.height / 2 ? y - tip.offsetHeight - 10 : y + 14}px`;
}

/** What is stored for a cell of the map: the decision, its probability or margin, kept or flipped. */
function cellInWords(probability, pair, cell, knob, at, isKept) {
  const outcome = isKept ? "kept" : "flipped";
  if (!decisionBy()) return `${data.classes[Number(probability >= data.cutoff)]} (${probability.toFixed(3)}), ${outcome}`;
  const indices = [0, 0, 0];
  pair.forEach((i, n) => (indices[i] = cell[n]));
  indices[knobs.indexOf(knob)] = nearestIndex(state.lattice.axes[knobs.indexOf(knob)], at);
  const stored = { logit: state.lattice.logit(indices), answer: state.lattice.answer(indices) };
  return stored.answer ? `${decidedInWords(stored)} (${scoreInWords(stored, 3)}), ${outcome}` : `${scoreInWords(stored, 3)}, ${outcome}`;
}

function stepInWords(path, step) {
  const stored = { logit: path.logits[step], answer: stepAnswer(path, step) };
  return `${decidedInWords(stored)} (${scoreInWords(stored, 3)})`;
}

// Links, files and print

function restingProvenance() {
  const kind = data.simulated ? "Simulated data. " : "";
  return `${kind}Research software, not for diagnosis. ${byId("version").textContent}, contents ${byId("digest").textContent}.`;
}

/** The frame, the setting, what the model says there and how much the image changes, as sentences. */
function sentences() {
  const one = frame();
  const said = byId("probability").textContent;
  const measures = [...byId("measures").children].map((row) => [...row.children].map((part) => part.textContent).join(" "));
  return [
    `${one.name}, ${truthOf(one)}. ${scannerOf(one)}${frequencyOf(one)}.`,
    `Current setting: ${describe(state.setting)}. Initial setting: ${describe(initial)}. β is in dB/(cm MHz).`,
    `${nameOf(data.models[state.model])}: ${byId("decision").textContent}${said && (decisionBy() ? `, ${said}` : `, probability of ${data.classes[1]} ${said}`)}. ${byId("against").textContent}. ${byId("source").textContent}`,
    `${byId("visibility").textContent}: ${measures.join(", ")}.`,
  ];
}

async function savePicture() {
  drawAll();
  measureNow();
  const current = { canvas: byId("picture"), words: "" };
  const isPair = ["side", "wipe"].includes(state.view);
  current.words = isPair ? `Current: ${describe(state.setting)}` : { current: "Current", original: "Original", difference: "Current less original", unknown: "Current, pixels of unknown level in colour" }[state.view];
  const images = isPair ? [{ canvas: byId("picture-original"), words: `Original: ${describe(initial)}` }, current] : [current];
  const [title, ...rest] = sentences();
  const link = linkTo(state);
  const lines = [title, ...rest, restingProvenance(), link];
  const texts = {
    Title: title,
    Description: rest.join(" "),
    Software: byId("version").textContent,
    Source: `${restingProvenance()} ${link}`,
  };
  download(await pictureWithText(images, lines, texts), `${fileName()}.png`);
}

function fileName() {
  const [beta, lower, upper] = state.setting.map((value, i) => show(value, knobs[i]));
  return `${frame().name}_beta-${beta}_alpha-${lower}-${upper}`;
}

async function copyLink() {
  history.replaceState(null, "", linkTo(state));
  const isCopied = await copied(location.href);
  byId("message").textContent = isCopied ? "Link copied: it opens this file at this frame and setting." : location.href;
}

/** Go to what an address names; `chosen` is the frame without one. */
async function follow(hash, chosen) {
  const asked = linked(hash);
  if (asked.model !== undefined) chooseModel(asked.model);
  if (asked.attack !== undefined) chooseAttack(asked.attack);
  if (asked.plane !== undefined) byId("plane").value = state.plane = asked.plane;
  if (asked.view !== undefined) chooseView(asked.view);
  byId("message").textContent = asked.complaints.length ? `This page cannot show all of the link: ${asked.complaints.join("; ")}.` : "";
  byId("snap").checked = false;
  await chooseFrame(asked.frame ?? chosen, asked.setting);
}

function chooseView(view) {
  state.view = view;
  document.querySelector(`input[name=view][value=${view}]`).checked = true;
  viewer.show(view);
}

/** Write and draw what the printed sheet has; on paper the page is light, and both images are there. */
function prepareSheet(isPrinted) {
  if (!state.picture) return;
  applyTheme(isPrinted ? "light" : byId("theme").value);
  state.isPrinted = isPrinted;
  drawAll();
  measureNow();
  byId("sheet").replaceChildren(...[...sentences(), restingProvenance(), linkTo(state)].map((line) => element("span", line)));
}

// Start

function connect() {
  frames = new FrameList((number) => chooseFrame(number));
  map = new DecisionMap(byId("map"), pickOnMap, (place) => {
    state.pointed = place;
    refresh();
  });
  viewer = new Viewer(imageActions());
  const click = (id, act) => byId(id).addEventListener("click", act);
  document.querySelectorAll("input[name=view]").forEach((radio) => radio.addEventListener("change", () => chooseView(radio.value)));
  click("initial", () => goTo(initial));
  byId("snap").addEventListener("change", () => {
    stopReplay();
    chooseLattice();
    refresh();
  });
  const last = () => currentPath().parameters.length - 1;
  const walk = (choose) => () => {
    stopReplay();
    goToStep(Math.max(0, Math.min(last(), choose(currentStep()))));
  };
  click("back", walk((step) => step - 1));
  click("next", walk((step) => step + 1));
  click("end", walk(() => last()));
  click("play", () => (state.timer === null ? startReplay() : stopReplay()));
  byId("step").addEventListener("input", walk(() => byId("step").valueAsNumber));
  click("to-nearest", () => goTo(judgedBy(state.model).nearest.parameters));
  byId("plane").append(...PLANES.map((pair, i) => element("option", pair.map((k) => knobs[k].symbol).join(" and "), { value: i })));
  byId("plane").addEventListener("change", () => {
    state.plane = Number(byId("plane").value);
    refresh();
  });
  byId("cells").addEventListener("keydown", stepOnMap);
  click("copy-link", copyLink);
  click("save-picture", savePicture);
  click("save-csv", () => download(new Blob([tableOf(frame())], { type: "text/csv" }), `${frame().name}.csv`));
  click("print", () => window.print());
  byId("theme").value = keptTheme();
  byId("theme").addEventListener("change", () => {
    keepTheme(byId("theme").value);
    applyTheme(byId("theme").value);
    refresh();
  });
  prefersLight.addEventListener("change", () => {
    applyTheme(byId("theme").value);
    refresh();
  });
  const printed = window.matchMedia("print");
  printed.addEventListener("change", () => prepareSheet(printed.matches));
  window.addEventListener("beforeprint", () => prepareSheet(true));
  window.addEventListener("afterprint", () => prepareSheet(false));
  window.addEventListener("hashchange", () => follow(location.hash, state.frame));
  new ResizeObserver(refresh).observe(byId("map"));
}

/** Go to a recorded setting. */
function goTo(setting) {
  stopReplay();
  state.setting = [...setting];
  leaveSnap();
  refresh();
}

function rounded(i, value) {
  const lattice = byId("snap").checked ? state.lattice.axes[i] : null;
  return lattice ? lattice[nearestIndex(lattice, value)] : Number((Math.round(value / knobs[i].step) * knobs[i].step).toFixed(6));
}

function pickOnMap(values) {
  stopReplay();
  const setting = [...state.setting];
  PLANES[state.plane].forEach((i, n) => (setting[i] = rounded(i, values[n])));
  state.setting = setting;
  refresh();
}

/** Arrow keys on the map: the next stored value of the parameter across or up. */
function stepOnMap(event) {
  const ways = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] };
  if (!state.lattice || !(event.key in ways)) return;
  event.preventDefault();
  stopReplay();
  const [n, way] = ways[event.key];
  const i = PLANES[state.plane][n];
  const beyondIt = state.lattice.axes[i].filter((value) => way * (value - state.setting[i]) > SAME);
  if (!beyondIt.length) return;
  state.setting = state.setting.with(i, way > 0 ? beyondIt[0] : beyondIt.at(-1));
  leaveSnap();
  state.pointed = map.point(PLANES[state.plane].map((k) => state.setting[k]));
  refresh();
}

function imageActions() {
  let start = initial;
  return {
    moved: refresh,
    probed: () => (byId("probe-said").textContent = probeText()),
    pressed: () => (start = state.setting),
    drag: (right, down) => {
      stopReplay();
      const middle = (start[1] + start[2]) / 2 + down;
      const half = Math.max(NARROWEST, start[2] - start[1] + right) / 2;
      const within = (i, value) => Math.max(knobs[i].range[0], Math.min(knobs[i].range[1], value));
      const ends = [1, 2].map((i) => rounded(i, within(i, middle + (i === 1 ? -half : half))));
      if (ends[1] - ends[0] >= NARROWEST - SAME) state.setting = [start[0], ...ends];
      refresh();
    },
    held: (isHeld) => {
      state.isHeld = isHeld;
      refresh();
    },
  };
}

async function start() {
  byId("simulated").hidden = !data.simulated;
  writeOtherWords();
  byId("view-unknown").hidden = !data.frames.some((one) => one.censored);
  byId("version").textContent = `Reconattack ${data.version}`;
  byId("key-normal").textContent = data.classes[0];
  byId("key-fatty").textContent = data.classes[1];
  byId("cutoff-label").textContent = `cut-off ${data.cutoff}`;
  byId("cutoff-label").style.left = percentage(data.cutoff);
  byId("scale-cutoff").style.left = percentage(data.cutoff);
  applyTheme(keptTheme());
  listModels();
  listAttacks();
  makeSliders();
  connect();
  chooseView(state.view);
  chooseModel(0);
  await follow(location.hash, firstFrame());
}

/** A frame that the paper's attack flips: with lattices of the most models, then with the longest path. */
function firstFrame() {
  const worthOf = ({ judged }) =>
    judged[0].paths[0]?.success ? 1000 * judged.filter((by) => by.lattice).length + judged[0].paths[0].logits.length : 0;
  const worths = data.frames.map(worthOf);
  return worths.indexOf(Math.max(...worths));
}

start().catch((error) => {
  byId("failure").textContent = `This page could not be drawn (${error.message}). It needs a browser of 2023 or later.`;
  byId("failure").hidden = false;
  throw error;
});
