"use strict";
// The drawing of a scene: which numbers are there at a step, what is lit, and how one looks at it. Nothing is computed.

const READABLE = 0.5; // pixels a point of the drawing, whose letters are 14 points high
const COMFORTABLE = 0.8;
const LARGEST = 1.9;
const STRIP = 40; // boxes and wires that are painted together

function makeStage(stage, frames, prefix) {
  const svg = stage.querySelector("svg");
  const parts = new Map(); // id of a box or wire -> its elements: node, line in, line out
  for (const element of svg.querySelectorAll("g.node, g.edge")) {
    const id = element.id.slice(prefix.length).replace(/-(start|end)$/, "");
    if (!parts.has(id)) parts.set(id, []);
    parts.get(id).push(element);
  }
  const byId = new Map();
  for (const element of svg.querySelectorAll("g[id]")) {
    byId.set(element.id, element);
    if (element.id.endsWith("-value")) element.classList.add("number-value");
    if (element.id.endsWith("-gradient")) element.classList.add("number-gradient");
  }
  const appears = new Map(); // element of a number -> the step from which it is there
  frames.forEach((frame, step) => {
    for (const id of frame.shown || []) {
      const element = byId.get(prefix + id);
      if (element && !appears.has(element)) appears.set(element, step);
    }
  });
  const byStep = frames.map(() => []);
  for (const [element, step] of appears) {
    byStep[step].push(element);
    element.classList.add("later");
  }
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  const { paper, boxes } = spread(svg);

  // -- going to a step ---------------------------------------------------------------------------------------------

  let now = -1;
  let lit = [];

  function show(step) {
    if (step > now) for (let s = now + 1; s <= step; s++) for (const e of byStep[s]) e.classList.remove("later");
    else for (let s = step + 1; s <= now; s++) for (const e of byStep[s]) e.classList.add("later");
    for (const element of lit) element.classList.remove("lit", "fresh");
    lit = (frames[step].lit || []).flatMap((id) => parts.get(id) || []);
    for (const element of lit) element.classList.add("lit");
    for (const element of byStep[step]) element.classList.add("fresh");
    keepInView(lit.find((element) => boxes.has(element)));
    lit = [...lit, ...byStep[step]];
    now = step;
  }

  // What appears at this step waits until it was guessed.
  function hold(on) {
    for (const fresh of byStep[now]) fresh.classList.toggle("later", on);
  }

  // -- looking: zoom, drag, fit, minimap -----------------------------------------------------------------------------

  const whole = svg.viewBox.baseVal;
  const home = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  paper.style.width = home.width + "px";
  paper.style.height = home.height + "px";
  let view = { ...home };
  let mine = true; // the view is chosen here; false once somebody has zoomed or dragged
  let room = { width: 0, height: 0 }; // of the stage, in pixels
  let scale = 1;
  let seen = null; // the frame on the minimap

  // The drawing is moved as a picture: another viewBox would have all its letters laid out again.
  function look(next) {
    view = next;
    if (!room.width) return;
    scale = Math.min(room.width / view.width, room.height / view.height);
    const left = room.width / 2 - scale * (view.x - home.x + view.width / 2);
    const top = room.height / 2 - scale * (view.y - home.y + view.height / 2);
    paper.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
    if (!seen) return;
    const percent = (part, all) => `${Math.max(0, Math.min(100, (100 * part) / all))}%`;
    seen.style.left = percent(view.x - home.x, home.width);
    seen.style.top = percent(view.y - home.y, home.height);
    seen.style.width = percent(Math.min(view.width, home.width), home.width);
    seen.style.height = percent(Math.min(view.height, home.height), home.height);
  }

  // All of the drawing, not larger than it needs to be.
  function fit() {
    mine = true;
    const width = Math.max(home.width, room.width / LARGEST);
    const height = Math.max(home.height, room.height / LARGEST);
    look({ x: home.x - (width - home.width) / 2, y: home.y - (height - home.height) / 2, width, height });
  }

  function at(event) {
    const { left, top } = paper.getBoundingClientRect();
    return { x: home.x + (event.clientX - left) / scale, y: home.y + (event.clientY - top) / scale };
  }

  function zoom(factor, x, y) {
    mine = false;
    const width = Math.max(60, Math.min(4 * home.width, view.width * factor));
    const ratio = width / view.width;
    look({ x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio, width, height: view.height * ratio });
  }

  function keepInView(target) {
    const box = boxes.get(target);
    if (!box || (view.width >= home.width && view.height >= home.height)) return;
    const inside = (start, length, from, all) => start >= from && start + length <= from + all;
    if (inside(box.x, box.width, view.x, view.width) && inside(box.y, box.height, view.y, view.height)) return;
    look({ ...view, x: box.x + (box.width - view.width) / 2, y: box.y + (box.height - view.height) / 2 });
  }

  const touches = new Map();
  paper.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    zoom(Math.exp(event.deltaY * 0.0015), x, y);
  }, { passive: false });
  paper.addEventListener("pointerdown", (event) => touches.set(event.pointerId, event));
  window.addEventListener("pointerup", (event) => touches.delete(event.pointerId));
  window.addEventListener("pointercancel", (event) => touches.delete(event.pointerId));
  window.addEventListener("pointermove", (event) => {
    const before = touches.get(event.pointerId);
    if (!before) return;
    const from = at(before);
    const to = at(event);
    if (touches.size === 1) {
      mine = false;
      look({ ...view, x: view.x - to.x + from.x, y: view.y - to.y + from.y });
    } else {
      const other = [...touches.values()].find((touch) => touch.pointerId !== event.pointerId);
      const apart = (touch) => Math.hypot(touch.clientX - other.clientX, touch.clientY - other.clientY) || 1;
      const middle = at({ clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 });
      zoom(apart(before) / apart(event), middle.x, middle.y);
    }
    touches.set(event.pointerId, event);
  });

  // Boxes and wires as two shapes: a second drawing in full would have to be painted at each step.
  function addMinimap() {
    const create = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
    const small = create("svg");
    small.setAttribute("viewBox", `${home.x} ${home.y} ${home.width} ${home.height}`);
    const shapes = { gates: "", wires: "" };
    for (const [element, box] of boxes) {
      const [x, y, width, height] = [box.x, box.y, box.width, box.height].map(Math.round);
      shapes[element.classList.contains("wire") ? "wires" : "gates"] += `M${x} ${y}h${width}v${height}h${-width}z`;
    }
    for (const [kind, shape] of Object.entries(shapes)) {
      const path = create("path");
      path.setAttribute("class", kind);
      path.setAttribute("d", shape);
      small.append(path);
    }
    const minimap = document.createElement("div");
    minimap.className = "minimap";
    minimap.setAttribute("aria-hidden", "true");
    seen = document.createElement("i");
    minimap.append(small, seen);
    stage.append(minimap);
  }
  if (boxes.size > 60) addMinimap();

  // A drawing too large to be read as a whole opens where the walk is, and follows it; `fit` shows all of it. A frame in
  // a notebook gets its size bit by bit.
  let opened = false;
  function resize() {
    const { width, height } = stage.getBoundingClientRect();
    const whole = view.width >= home.width && view.height >= home.height;
    room = { width, height };
    if (!width) return;
    const readable = Math.min(width / home.width, height / home.height) >= READABLE;
    if (mine && !readable && !(opened && whole)) {
      look({ ...view, width: width / COMFORTABLE, height: height / COMFORTABLE });
      keepInView(lit.find((element) => boxes.has(element)));
    } else if (mine) fit();
    else look(view);
    opened = true;
  }
  resize();
  new ResizeObserver(resize).observe(stage);

  return { parts, show, hold, fit };
}

// Where each box and wire lies, and the element that is moved. A browser paints all of an SVG anew when a number in it
// appears; a large drawing is spread over several, one on the other, each with a strip of it.
function spread(svg) {
  const graph = svg.querySelector("g.graph");
  const shift = graph.transform.baseVal.consolidate().matrix; // Graphviz draws below the origin
  const elements = [...svg.querySelectorAll("g.node, g.edge")];
  const places = new Map(elements.map((element) => {
    const { x, y, width, height } = element.getBBox();
    return [element, { x: x + shift.e, y: y + shift.f, width, height }];
  }));
  const boxes = new Map([...places].filter(([element]) => element.classList.contains("node")));
  if (boxes.size <= STRIP) return { paper: svg, boxes };
  const paper = document.createElement("div");
  paper.className = "drawing";
  paper.style.aspectRatio = `${svg.viewBox.baseVal.width} / ${svg.viewBox.baseVal.height}`;
  svg.replaceWith(paper);
  paper.append(svg);
  const inOrder = elements.map((element) => [places.get(element).x, element]).sort((a, b) => a[0] - b[0]);
  for (let first = 0; first < inOrder.length; first += STRIP) {
    const strip = svg.cloneNode(false);
    const group = graph.cloneNode(false);
    for (const element of [strip, group]) for (const name of ["id", "role", "aria-label"]) element.removeAttribute(name);
    const lines = inOrder.slice(first, first + STRIP).map(([, element]) => element);
    group.append(...lines.filter((each) => !boxes.has(each)), ...lines.filter((each) => boxes.has(each)));
    strip.append(group);
    paper.append(strip);
  }
  return { paper, boxes };
}
