
// The images on the screen: zoom, probe, wipe, and what a finger or a mouse does in them.

const VIEWS = ["current", "original", "difference", "side", "wipe"];
const MOST_ZOOM = 12;
const NEAR_DIVIDER = 16; // pixels
const PER_PIXEL = 0.1; // dB of the window for a pixel of a drag

class Viewer {
  /**
   * `actions`: `moved()` after a change of what is in sight, `probed()` after a key moved the probe,
   * `pressed()` and `drag(right, down)` in dB from there for the window, `held(isHeld)`.
   */
  constructor(actions) {
    this.actions = actions;
    this.stage = document.querySelector(".stage");
    this.screens = byId("screens");
    this.canvases = [byId("picture-original"), byId("picture")];
    this.zoom = { scale: 1, x: 0, y: 0 }; // x and y: where the image begins, in screens
    this.probe = null; // place in the image, from 0 to 1
    this.pointers = new Map();
    this.connect();
    this.fit();
  }

  /** Fit a picture of these columns and rows. */
  open(picture) {
    for (const canvas of this.canvases) [canvas.width, canvas.height] = [picture.columns, picture.rows];
    this.stage.style.setProperty("--aspect", picture.columns / picture.rows);
    this.pointAt(null);
    this.fit();
  }

  show(view) {
    this.view = view;
    this.stage.dataset.view = view;
    byId("wipe-label").hidden = byId("divider").hidden = view !== "wipe";
    this.grip();
    this.actions.moved();
  }

  /** A finger scrolls the page unless it has something to do in the image. */
  grip() {
    const isNeeded = this.zoom.scale > 1 || this.view === "wipe" || byId("drag").value === "window";
    this.screens.toggleAttribute("data-grip", isNeeded);
  }

  // Zoom

  zoomBy(factor, [x, y] = [0.5, 0.5]) {
    const { zoom } = this;
    const scale = Math.max(1, Math.min(MOST_ZOOM, zoom.scale * factor));
    zoom.x = x - ((x - zoom.x) * scale) / zoom.scale;
    zoom.y = y - ((y - zoom.y) * scale) / zoom.scale;
    zoom.scale = scale;
    this.place();
  }

  moveBy(x, y) {
    this.zoom.x += x;
    this.zoom.y += y;
    this.place();
  }

  fit() {
    Object.assign(this.zoom, { scale: 1, x: 0, y: 0 });
    this.place();
  }

  place() {
    const { zoom } = this;
    zoom.x = Math.max(1 - zoom.scale, Math.min(0, zoom.x));
    zoom.y = Math.max(1 - zoom.scale, Math.min(0, zoom.y));
    for (const canvas of this.canvases) {
      canvas.style.transform = `translate(${100 * zoom.x}%, ${100 * zoom.y}%) scale(${zoom.scale})`;
      canvas.style.imageRendering = zoom.scale > 3 ? "pixelated" : "auto";
    }
    byId("zoom-out").disabled = byId("fit").disabled = zoom.scale === 1;
    byId("zoom-in").disabled = zoom.scale === MOST_ZOOM;
    this.pointAt(this.probe);
    this.grip();
    this.actions.moved();
  }

  // Probe

  /** The pixel under the probe, as column and row; null without a probe. */
  pixel() {
    if (!this.probe) return null;
    const { width, height } = this.canvases[1];
    const within = (share, size) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));
    return [within(this.probe[0], width), within(this.probe[1], height)];
  }

  pointAt(place) {
    this.probe = place;
    const { scale, x, y } = this.zoom;
    document.querySelectorAll(".cross").forEach((cross) => {
      cross.hidden = !place;
      if (!place) return;
      const at = [x + scale * place[0], y + scale * place[1]];
      cross.hidden = at.some((share) => share < 0 || share > 1);
      cross.style.left = `${100 * at[0]}%`;
      cross.style.top = `${100 * at[1]}%`;
    });
  }

  /** Move the probe by a share of what is in sight. */
  step(x, y) {
    const { scale } = this.zoom;
    const [column, row] = this.probe ?? [0.5, 0.5];
    const within = (share) => Math.max(0, Math.min(1, share));
    this.pointAt(this.probe ? [within(column + x / scale), within(row + y / scale)] : [column, row]);
    this.actions.moved();
  }

  /** Where an event is, from 0 to 1, on the screen under it. */
  placeOf(event) {
    const screens = [...document.querySelectorAll(".screen")].map((screen) => screen.getBoundingClientRect());
    const shown = screens.filter((box) => box.width > 0);
    const box = shown.find((one) => event.clientX >= one.left && event.clientX <= one.right) ?? shown.at(-1);
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  inImage([x, y]) {
    const { zoom } = this;
    return [(x - zoom.x) / zoom.scale, (y - zoom.y) / zoom.scale];
  }

  // Wipe

  wipeTo(share) {
    const percentage = Math.max(0, Math.min(100, 100 * share));
    byId("wipe").value = percentage;
    this.stage.style.setProperty("--wipe", `${percentage}%`);
  }

  // Events

  connect() {
    const { screens } = this;
    screens.addEventListener("pointerdown", (event) => this.press(event));
    screens.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      screens.addEventListener(kind, (event) => this.pointers.delete(event.pointerId));
    }
    screens.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch" && document.activeElement !== screens) {
        this.pointAt(null);
        this.actions.moved();
      }
    });
    screens.addEventListener("dblclick", (event) => this.zoomBy(2, this.placeOf(event)));
    screens.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoomBy(Math.exp(-event.deltaY / 300), this.placeOf(event));
      },
      { passive: false },
    );
    screens.addEventListener("keydown", (event) => this.key(event));
    byId("zoom-in").addEventListener("click", () => this.zoomBy(1.5));
    byId("zoom-out").addEventListener("click", () => this.zoomBy(1 / 1.5));
    byId("fit").addEventListener("click", () => this.fit());
    byId("wipe").addEventListener("input", () => this.wipeTo(byId("wipe").valueAsNumber / 100));
    byId("drag").addEventListener("change", () => this.grip());
    this.connectFlicker();
  }

  press(event) {
    if (event.button > 0) return;
    this.pointers.set(event.pointerId, event);
    this.start = event;
    this.actions.pressed();
    this.screens.setPointerCapture(event.pointerId);
    const [x] = this.placeOf(event);
    const divider = byId("wipe").valueAsNumber / 100;
    const width = this.screens.getBoundingClientRect().width;
    const isNear = Math.abs(x - divider) * width < NEAR_DIVIDER;
    if (event.shiftKey || byId("drag").value === "window") this.task = "window";
    else if (this.view === "wipe" && (isNear || this.zoom.scale === 1)) this.task = "wipe";
    else this.task = "pan";
    this.move(event);
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    const place = this.placeOf(event);
    if (before) {
      this.drag(before, event, place);
      this.pointers.set(event.pointerId, event);
    }
    const at = this.inImage(place);
    this.pointAt(at.every((share) => share >= 0 && share < 1) ? at : null);
    this.actions.moved();
  }

  drag(before, event, place) {
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    const { width, height } = this.canvases[1].parentElement.getBoundingClientRect();
    if (this.pointers.size === 2) {
      const other = [...this.pointers.values()].find((one) => one.pointerId !== event.pointerId);
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      this.zoomBy(apart(event) / Math.max(1, apart(before)), this.placeOf(other));
    } else if (this.task === "wipe") {
      this.wipeTo(place[0]);
    } else if (this.task === "window") {
      this.actions.drag((event.clientX - this.start.clientX) * PER_PIXEL, (event.clientY - this.start.clientY) * PER_PIXEL);
    } else {
      this.moveBy(dx / width, dy / height);
    }
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 0.1 : 0.01;
    const acts = {
      ArrowLeft: () => this.step(-far, 0),
      ArrowRight: () => this.step(far, 0),
      ArrowUp: () => this.step(0, -far),
      ArrowDown: () => this.step(0, far),
      "+": () => this.zoomBy(1.5, this.probeOnScreen()),
      "=": () => this.zoomBy(1.5, this.probeOnScreen()),
      "-": () => this.zoomBy(1 / 1.5, this.probeOnScreen()),
      0: () => this.fit(),
    };
    if (!(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
    if (event.key.startsWith("Arrow")) this.actions.probed();
  }

  probeOnScreen() {
    if (!this.probe) return [0.5, 0.5];
    const { scale, x, y } = this.zoom;
    return [x + scale * this.probe[0], y + scale * this.probe[1]];
  }

  /** While the button or the key O is held, the original image stands in the place of the other. */
  connectFlicker() {
    const button = byId("flicker");
    const hold = (isHeld) => {
      button.setAttribute("aria-pressed", isHeld);
      this.actions.held(isHeld);
    };
    hold(false);
    const isO = (event) => event.key.toLowerCase() === "o" && !event.ctrlKey && !event.metaKey && !event.altKey;
    document.addEventListener("keydown", (event) => {
      if (isO(event) && !event.repeat && !event.target.closest("select")) hold(true);
    });
    document.addEventListener("keyup", (event) => isO(event) && hold(false));
    button.addEventListener("pointerdown", (event) => {
      button.setPointerCapture(event.pointerId);
      hold(true);
    });
    for (const kind of ["pointerup", "pointercancel", "blur"]) button.addEventListener(kind, () => hold(false));
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && !event.repeat && hold(true));
    button.addEventListener("keyup", (event) => [" ", "Enter"].includes(event.key) && hold(false));
    window.addEventListener("blur", () => hold(false));
  }
}
