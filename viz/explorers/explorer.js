"use strict";
// An explorer of an activation, a neuron or a tiny network. The six activations of the lectures are computed here.
const data = JSON.parse(document.getElementById("data").textContent);
const { words } = data;
const ACTIVATIONS = {
  linear: (x) => x,
  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  tanh: Math.tanh,
  relu: (x) => (x > 0 ? x : 0),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
};
const TARGETS = { square: (x) => x * x, sin: Math.sin };
const NAMES = { linear: "Linear", sigmoid: "Sigmoid", tanh: "TanH", relu: "ReLU", elu: "ELU", leaky_relu: "Leaky ReLU" };
const COLORS = ["#d97706", "#7c3aed", "#0891b2", "#be185d", "#65a30d", "#78716c"];

// -- elements --------------------------------------------------------------------------------------------------------

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function drawn(tag, attributes = {}, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const short = (x) => String(Number(x.toPrecision(4))).replace("-", "−");
const controls = document.querySelector(".controls");
const plots = document.querySelector(".plots");
const tell = (text) => { document.querySelector(".told").textContent = text; };

function choice(label, options, chosen, change) {
  const select = element("select", { "aria-label": label });
  for (const [value, text] of options) select.append(element("option", { value }, text));
  select.value = chosen;
  select.addEventListener("change", () => change(select.value));
  return { box: element("label", {}, label + " ", select), select };
}

// A slider with a field for the exact number; `change` is called with each new one.
function slider(name, low, high, step, value, change) {
  const range = element("input", { type: "range", min: low, max: high, step, "aria-label": name });
  const field = element("input", { type: "number", step, "aria-label": name });
  range.value = field.value = value;
  range.addEventListener("input", () => { field.value = range.value; change(Number(range.value)); });
  field.addEventListener("input", () => {
    if (field.value === "") return;
    range.value = field.value;
    change(Number(field.value));
  });
  return element("div", { class: "slider" }, element("label", {}, name), range, field);
}

// -- plots -----------------------------------------------------------------------------------------------------------

const WIDTH = 560;
const HEIGHT = 380;
const EDGE = { left: 52, right: 12, top: 12, bottom: 30 };

function ticks(low, high) {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found;
}

// A figure whose `draw(curves, marks, low, high)` shows curves {points, color, kind}; y runs from low to high.
function plot(title) {
  const figure = element("figure");
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  const caption = element("figcaption", {}, title || "");
  const legend = element("div", { class: "legend" });
  figure.append(caption, svg, legend);
  plots.append(figure);
  const right = WIDTH - EDGE.right;
  const bottom = HEIGHT - EDGE.bottom;

  function draw(curves, marks, low, high) {
    const px = (x) => EDGE.left + ((x - data.low) / (data.high - data.low)) * (right - EDGE.left);
    const py = (y) => bottom - ((y - low) / (high - low)) * (bottom - EDGE.top);
    const clip = "clip" + [...plots.children].indexOf(figure);
    const frame = drawn("clipPath", { id: clip });
    frame.append(drawn("rect", { x: EDGE.left, y: EDGE.top, width: right - EDGE.left, height: bottom - EDGE.top }));
    svg.replaceChildren(frame);
    for (const x of ticks(data.low, data.high)) {
      svg.append(drawn("line", { class: Math.abs(x) < 1e-9 ? "axis" : "grid", x1: px(x), x2: px(x), y1: EDGE.top, y2: bottom }));
      svg.append(drawn("text", { x: px(x), y: bottom + 18, "text-anchor": "middle" }, short(x)));
    }
    for (const y of ticks(low, high)) {
      svg.append(drawn("line", { class: Math.abs(y) < 1e-9 ? "axis" : "grid", x1: EDGE.left, x2: right, y1: py(y), y2: py(y) }));
      svg.append(drawn("text", { x: EDGE.left - 6, y: py(y) + 4, "text-anchor": "end" }, short(y)));
    }
    const inside = drawn("g", { "clip-path": `url(#${clip})` });
    for (const { points, color, kind } of curves) {
      const line = points.map(([x, y]) => `${px(x).toFixed(2)},${Math.max(-1e4, Math.min(1e4, py(y))).toFixed(2)}`).join(" ");
      inside.append(drawn("polyline", { class: "curve " + (kind || ""), points: line, style: `stroke:${color}` }));
    }
    for (const { x, y, color } of marks) inside.append(drawn("circle", { cx: px(x), cy: py(y), r: 5, style: `fill:${color}` }));
    svg.append(inside);
    legend.replaceChildren(...curves.filter((curve) => curve.name).map(({ name, color, kind }) => {
      const sample = element("i", { class: kind || "", style: `border-color:${color}` });
      return element("span", {}, sample, name);
    }));
    svg.setAttribute("aria-label", curves.map((curve) => curve.name).filter(Boolean).join(", "));
  }
  return { draw, name: (text) => { caption.textContent = text; } };
}

function span(low, high) {
  const room = 0.08 * (high - low || 1);
  return [low - room, high + room];
}

const sample = (f, count = 481) => Array.from({ length: count }, (_, k) => {
  const x = data.low + ((data.high - data.low) * k) / (count - 1);
  return [x, f(x)];
});

// -- one activation (S1.1, S2.4): the engine's numbers -----------------------------------------------------------------

function exploreActivation() {
  const names = Object.keys(data.curves);
  const left = plot();
  const right = plot();
  let name = names[0];
  let place = Math.round(data.x.length * 0.7);
  const row = element("div", { class: "row" });
  row.append(choice(words.activation, names.map((n) => [n, NAMES[n] || n]), name, (n) => { name = n; show(); }).box);
  const range = element("input", { type: "range", min: 0, max: data.x.length - 1, value: place, "aria-label": "x", style: "flex:1" });
  range.addEventListener("input", () => { place = Number(range.value); show(); });
  row.append(element("label", {}, "x"), range);
  controls.append(row);

  function show() {
    const [values, slopes] = data.curves[name];
    const [x, y, slope] = [data.x[place], values[place], slopes[place]];
    const points = (numbers) => numbers.map((number, k) => [data.x[k], number]);
    const tangent = [data.low, data.high].map((t) => [t, y + slope * (t - x)]);
    left.name(`${NAMES[name] || name}: ${words.function}`);
    right.name(`${NAMES[name] || name}: ${words.derivative}`);
    left.draw([
      { points: points(values), color: "var(--value)" }, { points: tangent, color: "var(--gradient)", kind: "dashed" },
    ], [{ x, y, color: "var(--gradient)" }], ...span(Math.min(...values), Math.max(...values)));
    right.draw([{ points: points(slopes), color: "var(--gradient)" }], [{ x, y: slope, color: "var(--gradient)" }],
      ...span(Math.min(0, ...slopes), Math.max(1, ...slopes)));
    tell(`x = ${short(x)}   A(x) = ${short(y)}   A′(x) = ${short(slope)}`);
  }
  show();
}

// -- one neuron (S1.2) -------------------------------------------------------------------------------------------------

function exploreNeuron() {
  const panel = plot();
  let { w, b, activation } = data;
  const row = element("div", { class: "row" });
  row.append(choice(words.activation, data.names.map((n) => [n, NAMES[n]]), activation, (n) => { activation = n; show(); }).box);
  const sliders = element("div", { class: "sliders" });
  sliders.append(slider("w", -50, 50, 0.1, w, (x) => { w = x; show(); }), slider("b", -10, 10, 0.1, b, (x) => { b = x; show(); }));
  controls.append(row, sliders);

  function show() {
    const f = (x) => ACTIVATIONS[activation](w * x + b);
    const points = sample(f);
    const values = points.map((point) => point[1]);
    panel.draw([{ points, color: "var(--value)", name: `${NAMES[activation]}(${short(w)}·x + ${short(b)})` }],
      [{ x: 0, y: f(0), color: "var(--gradient)" }], ...span(Math.min(-0.2, ...values), Math.max(1, ...values)));
    tell(`A(w·0 + b) = ${short(f(0))}`);
  }
  show();
}

// -- a tiny network (S1.3-S1.5) ----------------------------------------------------------------------------------------

// Output of the layers at x, and what each neuron of the last hidden layer adds.
function tinyNet(layers, activation, x) {
  let hidden = layers[0][0][0].map(() => x);
  for (const [weights, biases] of layers.slice(0, -1)) {
    hidden = weights.map((row, k) => ACTIVATIONS[activation](row.reduce((sum, w, j) => sum + w * hidden[j], biases[k])));
  }
  const [[weights], [bias]] = layers[layers.length - 1];
  const parts = weights.map((w, j) => w * hidden[j]);
  return { y: parts.reduce((sum, part) => sum + part, bias), parts };
}

function exploreTiny() {
  const panel = plot(words.network);
  const beside = Object.values(data.presets).some((presets) => presets.learned) ? plot(words.learned) : null;
  const target = TARGETS[data.target];
  const wanted = sample(target, 201);
  const heights = wanted.map((point) => point[1]);
  const reach = Math.max(...heights) - Math.min(...heights);
  let activation = data.activation;
  let preset = Object.keys(data.presets[activation])[0];
  let layers = [];
  let tab = 0;
  const row = element("div", { class: "row" });
  row.append(choice(words.activation, data.names.map((n) => [n, NAMES[n]]), activation, (n) => { activation = n; start(); }).box);
  const buttons = element("span", { class: "row" });
  const tabs = element("div", { class: "row", role: "tablist" });
  const sliders = element("div", { class: "sliders" });
  row.append(element("span", {}, words.from), buttons);
  controls.append(row, tabs, sliders);

  function start() {
    const presets = data.presets[activation];
    if (!presets[preset]) preset = Object.keys(presets)[0];
    layers = JSON.parse(JSON.stringify(presets[preset]));
    buttons.replaceChildren(...Object.keys(presets).map((name) => {
      const button = element("button", { "aria-pressed": name === preset, "data-preset": name }, words[name]);
      button.addEventListener("click", () => { preset = name; start(); buttons.querySelector(`[data-preset=${name}]`).focus(); });
      return button;
    }));
    choose(tab);
    show();
  }

  function choose(number) {
    tab = number;
    tabs.replaceChildren(...layers.map((_, k) => {
      const name = k === layers.length - 1 ? words.output : `${words.layer} ${k + 1}`;
      const button = element("button", { role: "tab", "aria-selected": k === tab }, name);
      button.addEventListener("click", () => { choose(k); tabs.children[k].focus(); });
      return button;
    }));
    const [weights, biases] = layers[tab];
    const before = layers.slice(0, tab).reduce((sum, [w]) => sum + w.flat().length, 0);
    const earlier = layers.slice(0, tab).reduce((sum, [, b]) => sum + b.length, 0);
    const made = [];
    weights.forEach((line, k) => {
      line.forEach((w, j) => made.push(weight(`w${before + k * line.length + j + 1}`, w, (x) => { line[j] = x; })));
      made.push(weight(`b${earlier + k + 1}`, biases[k], (x) => { biases[k] = x; }));
    });
    const columns = weights[0].length + 1; // a neuron a row, if that fits
    sliders.style.setProperty("--columns", columns <= 4 ? columns : 3);
    sliders.replaceChildren(...made);
  }

  function weight(name, value, change) {
    const high = Math.max(10, Math.ceil((1.34 * Math.abs(value)) / 10) * 10);
    return slider(name, -high, high, 0.01, Number(value.toFixed(5)), (x) => { change(x); show(); });
  }

  // A network against the target, and what each neuron of the last hidden layer adds; returns the error.
  function fit(panel, layers) {
    const outputs = wanted.map(([x]) => [x, tinyNet(layers, activation, x)]);
    const count = outputs[0][1].parts.length;
    const curves = Array.from({ length: count }, (_, k) => ({
      points: outputs.map(([x, out]) => [x, out.parts[k]]), color: COLORS[k % COLORS.length], kind: "thin",
      name: `${words.neuron} ${k + 1}`,
    }));
    curves.push({ points: wanted, color: "var(--ink)", kind: "dashed", name: words.target });
    curves.push({ points: outputs.map(([x, out]) => [x, out.y]), color: "var(--value)", name: words.network });
    panel.draw(curves, [], Math.min(...heights) - 0.3 * reach, Math.max(...heights) + 0.2 * reach);
    return outputs.reduce((sum, [x, out]) => sum + (out.y - target(x)) ** 2, 0) / outputs.length;
  }

  function show() {
    const told = `${words.error}: ${short(fit(panel, layers))}`;
    tell(beside ? `${told}   ${words.learned}: ${short(fit(beside, data.presets[activation].learned))}` : told);
  }
  start();
}

// -- colours -----------------------------------------------------------------------------------------------------------

function theme(name) {
  for (const [key, color] of Object.entries(data.themes[name])) document.documentElement.style.setProperty("--" + key, color);
}

document.querySelector("header").append(choice(words.colours, Object.keys(data.themes).map((n) => [n, data.theme_names[n] || n]), data.theme, theme).box);
({ activation: exploreActivation, neuron: exploreNeuron, tiny: exploreTiny })[data.kind]();
