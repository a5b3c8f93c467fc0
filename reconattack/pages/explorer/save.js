
// What can be kept: a picture that says where it comes from, and the numbers of a frame.

const TABLE_COLUMNS = ["frame", "model", "seed", "stored_at", "step", "beta", "alpha_lower", "alpha_upper", "logit", "probability", "decision"];
const MARGIN_COLUMNS = [...TABLE_COLUMNS.slice(0, -3), "margin", "outcome", "decision"];

/** The stored predictions of a frame by every model, as comma-separated values. */
function tableOf(one) {
  const rows = [decisionBy() ? MARGIN_COLUMNS : TABLE_COLUMNS];
  one.judged.forEach((judged, number) => {
    const { model, seed } = data.models[number];
    const decision = decisionBy(number);
    const said = (logit, answer) =>
      decision ? [wordOf(logit, number), answer ? answerInWords(answer.decided, decision) : ""] : [probabilityOf(logit), wordOf(logit)];
    const add = (storedAt, step, setting, logit, answer = null) =>
      rows.push([one.name, model, seed, storedAt, step, ...setting, logit, ...said(logit, answer)]);
    const first = initially(judged);
    add("initial", "", initial, first.logit, first.answer);
    judged.paths.forEach((path, i) => {
      path?.parameters.forEach((setting, step) => add(data.attacks[i].name, step, setting, path.logits[step], stepAnswer(path, step)));
    });
    if (judged.nearest) {
      const { parameters, logit, decided } = judged.nearest;
      add("nearest flip", "", parameters, logit, decided === undefined ? null : { decided });
    }
    latticeOf(judged)?.forEach((setting, logit, answer) => add("lattice", "", setting, logit, answer));
  });
  return rows.map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}

function quoted(value) {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * An image of some canvases side by side with lines of text below, as PNG.
 * `images` are canvases with the words below each; `texts` are the entries of the file.
 */
async function pictureWithText(images, lines, texts) {
  const [width, height] = [images[0].canvas.width, images[0].canvas.height];
  const scale = Math.max(1, Math.ceil(480 / width));
  const [gap, size] = [8, 15];
  const across = images.length * (width * scale + gap) - gap;
  const sheet = element("canvas");
  const context = sheet.getContext("2d");
  const font = (weight) => `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  context.font = font(400);
  const wrapped = lines.flatMap((line) => wrap(context, line, across - 16));
  [sheet.width, sheet.height] = [across, height * scale + (wrapped.length + 1) * (size + 6) + 14];
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.imageSmoothingEnabled = false;
  context.fillStyle = "#000000";
  context.textBaseline = "top";
  images.forEach(({ canvas, words }, i) => {
    const left = i * (width * scale + gap);
    context.drawImage(canvas, left, 0, width * scale, height * scale);
    context.font = font(600);
    context.fillText(words, left + 8, height * scale + 6, width * scale - 16);
  });
  context.font = font(400);
  wrapped.forEach((line, i) => context.fillText(line, 8, height * scale + 6 + (i + 1) * (size + 6)));
  const blob = await new Promise((done) => sheet.toBlob(done, "image/png"));
  return withTexts(new Uint8Array(await blob.arrayBuffer()), texts);
}

/** A line in parts that are no wider than some pixels. */
function wrap(context, line, width) {
  const lines = [""];
  for (const word of line.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (context.measureText(longer).width <= width || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A PNG with entries of text (iTXt, UTF-8) behind its header. */
function withTexts(png, texts) {
  const afterHeader = 8 + 25;
  const encoder = new TextEncoder();
  const chunks = Object.entries(texts).map(([key, text]) => {
    const content = [...encoder.encode(key), 0, 0, 0, 0, 0, ...encoder.encode(text)];
    const named = Uint8Array.from([...encoder.encode("iTXt"), ...content]);
    const chunk = new Uint8Array(named.length + 8);
    const view = new DataView(chunk.buffer);
    view.setUint32(0, content.length);
    chunk.set(named, 4);
    view.setUint32(named.length + 4, checksum(named));
    return chunk;
  });
  return new Blob([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)], { type: "image/png" });
}

/** CRC-32, as a PNG has it behind each chunk. */
function checksum(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  }
  return (rest ^ 0xffffffff) >>> 0;
}

function download(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", "", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
