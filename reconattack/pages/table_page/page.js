"use strict";

const { columns, rows, total } = JSON.parse(document.getElementById("data").textContent);
const words = document.getElementById("words");
const names = document.getElementById("names");
const all = document.getElementById("all");
const SHORT = 40; // characters; a shorter text stays on one line
const texts = rows.map((row) => row.map((cell) => cell ?? "").join("\n").toLowerCase());
const order = rows.map((_, index) => index);
let sorted = { column: -1, descending: false };

/** Negative if cell a comes before cell b; an empty cell comes last in either direction. */
function compare(a, b, { numeric }) {
  if (a === null || b === null) return (a === null) - (b === null);
  const sign = sorted.descending ? -1 : 1;
  return sign * (numeric ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
}

function sortBy(column) {
  sorted = { column, descending: sorted.column === column && !sorted.descending };
  order.sort((a, b) => compare(rows[a][column], rows[b][column], columns[column]) || a - b);
  for (const [index, head] of [...names.children].entries()) {
    if (index !== column) head.removeAttribute("aria-sort");
    else head.setAttribute("aria-sort", sorted.descending ? "descending" : "ascending");
  }
  show();
}

function show() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = order.filter((index) => wanted.every((word) => texts[index].includes(word)));
  document.getElementById("rows").replaceChildren(...shown.map((index) => tableRow(rows[index])));
  const cut = total > rows.length ? `; this page holds the first ${rows.length}` : "";
  document.getElementById("count").textContent = `${shown.length} of ${total} rows${cut}`;
}

function isShown(column) {
  return all.checked || columns[column].first;
}

/** The columns that are shown, in the head and in every row. */
function showColumns() {
  for (const [index, head] of [...names.children].entries()) head.hidden = !isShown(index);
  show();
}

/** The unit and the meaning of a column, such as "grey levels: mean absolute change". */
function explanation({ unit, meaning }) {
  return meaning ? (unit === "1" || unit === "text" ? meaning : `${meaning} [${unit}]`) : "";
}

function tableRow(cells) {
  const row = document.createElement("tr");
  row.append(
    ...cells.flatMap((cell, index) => {
      if (!isShown(index)) return [];
      const place = document.createElement("td");
      const text = String(cell ?? "");
      if (columns[index].numeric) place.className = "numeric";
      else if (text.length < SHORT) place.className = "short";
      place.textContent = text;
      return [place];
    }),
  );
  return row;
}

names.append(
  ...columns.map((one, column) => {
    const head = document.createElement("th");
    const button = document.createElement("button");
    head.scope = "col";
    button.type = "button";
    button.textContent = one.name;
    button.title = explanation(one);
    button.addEventListener("click", () => sortBy(column));
    head.append(button);
    return head;
  }),
);
const explained = columns.filter(({ meaning }) => meaning);
document.getElementById("meanings").hidden = explained.length === 0;
document.getElementById("explained").append(
  ...explained.flatMap((one) => {
    const [term, words] = ["dt", "dd"].map((tag) => document.createElement(tag));
    term.textContent = one.name;
    words.textContent = explanation(one);
    return [term, words];
  }),
);
document.getElementById("columns").textContent = columns.length;
document.getElementById("choice").hidden = columns.every(({ first }) => first);
all.addEventListener("change", showColumns);
words.addEventListener("input", show);
showColumns();
