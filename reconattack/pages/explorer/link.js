
// The address of what is shown: #frame=…&model=…&beta=…, of this file and nothing else.

/** The part of an address behind # for a state of the page. */
function linkTo({ frame, model, attack, setting, view, plane }) {
  const parts = new URLSearchParams({ frame: data.frames[frame].name });
  if (data.models.length > 1) {
    parts.set("model", data.models[model].model);
    parts.set("seed", data.models[model].seed);
  }
  if (data.attacks.length > 1) parts.set("attack", data.attacks[attack].name);
  knobs.forEach((knob, i) => parts.set(knob.name, setting[i]));
  if (view !== "current") parts.set("view", view);
  if (plane) parts.set("map", PLANES[plane].map((i) => knobs[i].name).join(","));
  return `#${parts}`;
}

/**
 * What an address asks for, of what it names and the page has, and the `complaints` about the rest.
 * `#name` alone is a frame.
 */
function linked(hash) {
  const text = hash.replace(/^#/, "");
  const asked = { complaints: [] };
  if (!text) return asked;
  const parts = new URLSearchParams(text.includes("=") ? text : `frame=${text}`);
  const find = (key, list, isIt) => {
    const place = list.findIndex(isIt);
    if (place < 0) asked.complaints.push(`${key} ${parts.get(key)} is not on this page`);
    return place < 0 ? undefined : place;
  };
  if (parts.has("frame")) asked.frame = find("frame", data.frames, (one) => one.name === parts.get("frame"));
  if (parts.has("model")) {
    const isIt = (one) => one.model === parts.get("model") && one.seed === (parts.get("seed") ?? one.seed);
    asked.model = find("model", data.models, isIt);
  }
  if (parts.has("attack")) asked.attack = find("attack", data.attacks, (one) => one.name === parts.get("attack"));
  if (parts.has("view")) asked.view = VIEWS[find("view", VIEWS, (one) => one === parts.get("view"))];
  if (parts.has("map")) {
    asked.plane = find("map", PLANES, (pair) => pair.map((i) => knobs[i].name).join(",") === parts.get("map"));
  }
  asked.setting = knobs.map((knob) => settingOf(knob, parts.get(knob.name), asked.complaints));
  const [, lower, upper] = asked.setting;
  if (upper - lower <= SAME) {
    asked.complaints.push(`alpha_upper ${upper} is not above alpha_lower ${lower}`);
    [asked.setting[1], asked.setting[2]] = [initial[1], initial[2]];
  }
  return asked;
}

function settingOf(knob, text, complaints) {
  if (text === null) return knob.initial;
  const value = text.trim() ? Number(text) : NaN;
  const [lowest, highest] = knob.range;
  if (value >= lowest && value <= highest) return value;
  complaints.push(`${knob.name} ${text} is not from ${lowest} to ${highest}`);
  return knob.initial;
}

/** Copy a text; false where the browser does not allow it. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
