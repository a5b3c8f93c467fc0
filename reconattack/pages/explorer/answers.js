
// What a model decides if it is not one of two classes: a class, a number or a mask.
//
// The stored score of a setting is then the margin: below zero the decision is flipped. So of the
// two classes that the page draws the first is "kept", the second "flipped".

/** The declared decision of a model, by default of the chosen one; null if it is binary. */
function decisionBy(number = state.model) {
  return data.models[number].decision ?? null;
}

/** A margin as a share from 0 to 1, from 0.5 on flipped, by which the page colours it. */
function shareOfMargin(margin, decision) {
  const scale = { classes: 1, number: decision.tolerance ?? (Math.abs(decision.threshold / 5) || 1), mask: (1 - decision.dice) / 2 };
  const share = 1 / (1 + Math.exp(margin / scale[decision.kind]));
  return margin < 0 ? Math.max(share, 0.5) : Math.min(share, 0.499);
}

function withUnit(value, unit) {
  return unit === "1" ? value : `${value} ${unit}`;
}

/** A decided number in words: the name of a class, a number with its unit, or a Dice. */
function answerInWords(decided, decision) {
  if (decision.kind === "classes") return decision.classes[decided];
  if (decision.kind === "number") return withUnit(Number(decided.toPrecision(4)), decision.unit);
  return `Dice ${decided.toFixed(2)}`;
}

/** What is true of a frame, in words; a given mask is true itself. */
function truthInWords(truth, decision) {
  return decision.kind === "mask" ? "mask given" : answerInWords(truth, decision);
}

function marginInWords(margin, decision) {
  const unit = { classes: "log-odds", number: decision.unit, mask: "Dice" }[decision.kind];
  return `margin ${withUnit(String(Number(margin.toPrecision(3))).replace("-", "−"), unit)}`;
}

/** What is decided by a judgement: in words, or kept or flipped where only the margin is stored. */
function decidedInWords({ logit, answer }, number = state.model) {
  const decision = decisionBy(number);
  return decision && answer ? answerInWords(answer.decided, decision) : wordOf(logit, number);
}

/** The number beside these words: a probability, or a margin. */
function scoreInWords({ logit }, digits, number = state.model) {
  const decision = decisionBy(number);
  return decision ? marginInWords(logit, decision) : probabilityOf(logit, number).toFixed(digits);
}

/** The judgement at the initial setting. */
function initially(judged) {
  return { logit: judged.logit ?? latticeOf(judged)?.logit(latticeOf(judged).nearest(initial)) ?? 0, answer: judged.answer };
}

/** Whether a margin is that of a flip; a frame that is wrong at the initial setting cannot flip. */
function outcomeInWords(margin, first) {
  if (first < 0) return margin < 0 ? "Wrong, as at the initial setting" : "Right";
  return margin < 0 ? "Flipped" : "Kept";
}

/** Ends of the scale of a decision: all that is stored of a number, or every Dice. */
function endsOf(decision) {
  if (decision.kind === "mask") return [0, 1];
  const values = [decision.threshold].filter((value) => value !== undefined);
  for (const { judged } of data.frames) {
    const one = judged[state.model];
    values.push(one.answer.decided, ...one.paths.flatMap((path) => path?.decided?.filter((value) => value !== null) ?? []));
    for (const value of latticeOf(one)?.decided ?? []) values.push(value);
  }
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** Show the answer at a setting: bars of the classes, or a scale with the limit and the initial answer. */
function drawAnswer(found, start) {
  const decision = decisionBy();
  const isKnown = found.source !== "none" && found.answer;
  const bars = byId("bars");
  bars.hidden = decision.kind !== "classes" || !isKnown || !found.answer.shares;
  byId("scale").hidden = decision.kind === "classes";
  if (!bars.hidden) {
    const shares = [...found.answer.shares];
    bars.replaceChildren(
      ...shares.map((share, number) => {
        const row = element("li");
        row.classList.toggle("chosen", number === found.answer.decided);
        const track = element("span", "", { class: "track" });
        const fill = element("i");
        fill.style.width = percentage(share);
        const mark = element("em");
        mark.style.left = percentage(start.answer.shares[number]);
        track.append(fill, mark);
        row.append(element("span", decision.classes[number]), track, element("span", percent(share)));
        return row;
      }),
    );
  }
  if (decision.kind === "classes") return;
  data.models[state.model].ends ??= endsOf(decision);
  const [low, high] = data.models[state.model].ends;
  const shareOf = (value) => (high > low ? Math.max(0, Math.min(1, (value - low) / (high - low))) : 0.5);
  const place = (value) => percentage(shareOf(value));
  const limit = decision.kind === "mask" ? decision.dice : decision.threshold;
  byId("scale-fill").style.width = isKnown ? place(found.answer.decided) : "0";
  byId("scale-initial").style.left = place(start.answer.decided);
  byId("scale-cutoff").hidden = limit === undefined;
  byId("cutoff-label").textContent = limit === undefined ? "" : `${decision.kind === "mask" ? "limit" : "threshold"} ${limit}`;
  for (const id of ["scale-cutoff", "cutoff-label"]) byId(id).style.left = limit === undefined ? "" : place(limit);
  const ends = byId("scale").querySelectorAll(".ends > span");
  ends[0].textContent = withUnit(Number(low.toPrecision(3)), decision.unit ?? "1");
  ends[2].textContent = withUnit(Number(high.toPrecision(3)), decision.unit ?? "1");
  const at = limit === undefined ? 0.5 : shareOf(limit); // its name takes the place of an end that is near
  ends[0].style.visibility = at < 0.3 ? "hidden" : "";
  ends[2].style.visibility = at > 0.7 ? "hidden" : "";
}

/** Words of the page that say diagnosis or probability where decisions are binary. */
function writeOtherWords() {
  const isOther = decisionBy() !== null;
  document.documentElement.classList.toggle("margins", isOther);
  if (isOther) {
    byId("print").title = "A sheet with both images, setting, decision and map";
    document.querySelectorAll("[data-other]").forEach((part) => {
      part.textContent = part.dataset.other;
    });
  }
}
