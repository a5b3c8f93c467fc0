
// Light and dark: what the reader chose, else what the system prefers.

const THEME = "reconattack-explorer-theme";
const prefersLight = window.matchMedia("(prefers-color-scheme: light)");

/** The choice that this browser kept, which some forbid for files. */
function keptTheme() {
  try {
    return localStorage.getItem(THEME) ?? "system";
  } catch {
    return "system";
  }
}

function keepTheme(theme) {
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // The choice then lasts as long as the page.
  }
}

function applyTheme(theme) {
  const isLight = theme === "light" || (theme !== "dark" && prefersLight.matches);
  document.documentElement.dataset.theme = isLight ? "light" : "dark";
}

/** The page's colours for a canvas: texts as they are drawn, classes as red, green and blue. */
function coloursFor(canvas) {
  const root = getComputedStyle(document.documentElement);
  const value = (name) => root.getPropertyValue(`--${name}`).trim();
  const mixable = (name) => [1, 3, 5].map((at) => parseInt(value(name).slice(at, at + 2), 16));
  return {
    text: getComputedStyle(canvas).color, // the reader's own where colours are forced
    strong: value("strong"),
    accent: value("accent"),
    hatching: value("hatching"),
    normal: mixable("normal"),
    fatty: mixable("fatty"),
    between: mixable("between"),
  };
}
