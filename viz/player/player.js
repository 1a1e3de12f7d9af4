"use strict";
// A player, and one for each box that is opened, on top of it. No number is computed here: each is the engine's.
const data = JSON.parse(document.getElementById("data").textContent);
const open = []; // players, the one on top last

function startPlayer(root, scene) {
  const { frames, prefix, inside } = data.scenes[scene];
  const { words, themes } = data;
  const mine = () => open[open.length - 1] === root;
  const find = (selector) => root.querySelector(selector);
  const stage = find(".stage");
  const svg = stage.querySelector("svg");
  const slider = find("[name=step]");
  const items = [...root.querySelectorAll(".steps li")];
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.documentElement.classList.remove("static");

  // -- parts of the drawing, found once ------------------------------------------------------------------------------

  const parts = new Map(); // id of a box or wire -> its elements: node, line in, line out
  for (const element of svg.querySelectorAll("g.node, g.edge")) {
    const id = element.id.slice(prefix.length).replace(/-(start|end)$/, "");
    if (!parts.has(id)) parts.set(id, []);
    parts.get(id).push(element);
  }
  const byId = new Map([...svg.querySelectorAll("g[id]")].map((g) => [g.id, g]));
  const appears = new Map(); // element of a number -> the step from which it is there
  frames.forEach((frame, step) => {
    for (const id of frame.shown || []) {
      const element = byId.get(prefix + id);
      if (element && !appears.has(element)) appears.set(element, step);
    }
  });
  const byStep = frames.map(() => []);
  for (const [element, step] of appears) byStep[step].push(element);
  for (const element of svg.querySelectorAll("g[id]")) {
    if (element.id.endsWith("-value")) element.classList.add("number-value");
    if (element.id.endsWith("-gradient")) element.classList.add("number-gradient");
  }
  for (const element of appears.keys()) element.classList.add("later");
  svg.removeAttribute("width");
  svg.removeAttribute("height");

  // -- going to a step ---------------------------------------------------------------------------------------------

  let now = -1;
  let lit = [];
  let predicting = false;
  const score = { right: 0, asked: 0 };
  const answered = new Set();

  function go(step) {
    step = Math.max(0, Math.min(frames.length - 1, step));
    if (step > now) for (let s = now + 1; s <= step; s++) for (const e of byStep[s]) e.classList.remove("later");
    else for (let s = step + 1; s <= now; s++) for (const e of byStep[s]) e.classList.add("later");
    for (const element of lit) element.classList.remove("lit", "fresh");
    const frame = frames[step];
    lit = (frame.lit || []).flatMap((id) => parts.get(id) || []);
    for (const element of lit) element.classList.add("lit");
    for (const element of byStep[step]) element.classList.add("fresh");
    lit.push(...byStep[step]);
    if (now >= 0 && items[now]) items[now].removeAttribute("aria-current");
    now = step;
    if (items[step]) items[step].setAttribute("aria-current", "step");
    slider.value = step;
    find(".count").textContent = `${words.step} ${step + 1} ${words.of} ${frames.length}`;
    find(".pass").textContent = frame.k === "input" || frame.k === "forward" ? words.forward : words.backward;
    tell(frame);
    keepInView(lit[0]);
    if (scene === 0) try { history.replaceState(null, "", "#step=" + (step + 1)); } catch (error) { /* a sandboxed frame has no history */ }
  }

  const gateOf = (step) => frames[step].k[0] + (frames[step].g || step);

  function goGate(direction) {
    let step = now;
    const from = gateOf(now);
    while (step + direction >= 0 && step + direction < frames.length && gateOf(step) === from) step += direction;
    if (direction < 0) while (step > 0 && gateOf(step - 1) === gateOf(step)) step--;
    go(step);
  }

  // -- what is told ----------------------------------------------------------------------------------------------

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  function numberElement(number, className) {
    if (!Array.isArray(number[1])) {
      const made = element("span", className, number[0]);
      if (number[1]) made.title = number[1];
      return made;
    }
    const table = element("table", "matrix " + (className || ""));
    for (const row of number[1]) {
      const line = table.insertRow();
      for (const [text, full] of row) {
        const cell = line.insertCell();
        cell.textContent = text;
        cell.title = full;
      }
    }
    return table;
  }

  function tell(frame) {
    const ask = predicting && frame.r && !answered.has(now) && asksFor(frame);
    const say = find(".say");
    say.textContent = ask ? question(frame) : items[now].textContent;
    const more = find(".more");
    more.replaceChildren();
    if (frame.badge) more.append(element("span", "badge", frame.badge));
    if (frame.factors && !ask) more.append(factors(frame));
    else if (frame.k === "forward" && !ask && frame.r && Array.isArray(frame.r[1])) more.append(numberElement(frame.r, "value"));
    if (frame.arrived && !ask) more.append(arrivals(frame));
    if (frame.verdict && !ask) more.append(element("p", "verdict", frame.verdict));
    if (ask) more.append(guess(frame));
    if (inside[frame.g]) {
      const opener = element("button", "opener", `⤢ ${words.open}`);
      opener.addEventListener("click", () => enter(frame.g));
      more.append(opener);
    }
    for (const fresh of byStep[now]) fresh.classList.toggle("later", Boolean(ask));
  }

  function factors(frame) {
    const line = element("div", "factors");
    const names = [words.upstream, words.local, words.downstream];
    frame.factors.forEach((number, position) => {
      if (!number) return;
      const figure = element("figure", position === 2 ? "downstream" : "");
      figure.append(numberElement(number, position === 1 ? "value" : "gradient"), element("figcaption", "", names[position]));
      if (position) line.append(element("span", "", position === 1 ? "×" : frame.factors[1] ? "=" : "→"));
      line.append(figure);
    });
    if (frame.f) line.append(element("span", "verdict", `${frame.factors[1] ? words.local : words.rule}: ${frame.f}${frame.n && frame.n !== frame.f ? " = " + frame.n : ""}`));
    return line;
  }

  function arrivals(frame) {
    const line = element("div", "factors");
    line.append(element("span", "verdict", `${words.arrived} (${frame.arrived.length} ${words.of} ${frame.of}):`));
    frame.arrived.forEach((number, position) => {
      if (position) line.append(element("span", "", "+"));
      line.append(numberElement(number, "gradient"));
    });
    if (frame.k === "copy") line.append(element("span", "", "="), numberElement(frame.r, "gradient"));
    return line;
  }

  // -- predict -----------------------------------------------------------------------------------------------------

  const asksFor = (frame) => (frame.k === "forward" || frame.k === "backward" || frame.k === "copy") && !Array.isArray(frame.r[1]) && frame.r[1];
  const question = (frame) => items[now].textContent.slice(0, items[now].textContent.lastIndexOf(frame.r[0])).replace(/\s*$/, " ?");

  function guess(frame) {
    const form = element("form", "guess");
    const field = element("input");
    field.setAttribute("aria-label", words.answer);
    field.placeholder = words.answer;
    field.inputMode = "decimal";
    const said = element("span");
    form.append(field, element("button", "", words.check), said);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = Number(field.value.replace(",", ".").replace("−", "-"));
      const wanted = Number(frame.r[1]);
      if (field.value.trim() === "") return;
      const close = given === wanted || Math.abs(given - wanted) <= 0.01 * Math.abs(wanted) + 0.005;
      score.asked++;
      if (close) score.right++;
      answered.add(now);
      tell(frame);
      find(".more").prepend(element("p", "say", close ? `✓ ${words.right}` : `✗ ${words.wrong} ${frame.r[0]}`));
      find(".score").textContent = `${words.score}: ${score.right} / ${score.asked}`;
      root.focus();
    });
    return form;
  }

  function predict(on) {
    predicting = on;
    find("[data-do=predict]").setAttribute("aria-pressed", on);
    go(now);
  }

  // -- playing -------------------------------------------------------------------------------------------------------

  const SPEEDS = [3000, 2000, 1200, 700, 350, 120];
  let speed = 2;
  let timer = null;

  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(() => (now + 1 < frames.length ? go(now + 1) : play(false)), SPEEDS[speed]) : null;
    const button = find("[data-do=play]");
    button.setAttribute("aria-pressed", on);
    button.textContent = on ? "❚❚" : "▶";
    button.setAttribute("aria-label", on ? words.pause : words.play);
  }

  function faster(by) {
    speed = Math.max(0, Math.min(SPEEDS.length - 1, speed + by));
    find(".speed").textContent = `${words.speed} ${speed + 1}`;
    if (timer) play(true);
  }

  // -- looking: zoom, drag, fit, minimap ---------------------------------------------------------------------------------

  const whole = svg.viewBox.baseVal;
  const home = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let view = { ...home };
  let minimap = null;

  function look(next) {
    view = next;
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    if (!minimap) return;
    const frame = minimap.querySelector("i").style;
    const percent = (part, all) => `${Math.max(0, Math.min(100, (100 * part) / all))}%`;
    frame.left = percent(view.x - home.x, home.width);
    frame.top = percent(view.y - home.y, home.height);
    frame.width = percent(Math.min(view.width, home.width), home.width);
    frame.height = percent(Math.min(view.height, home.height), home.height);
  }

  function at(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { x: point.x, y: point.y };
  }

  function zoom(factor, x, y) {
    const width = Math.max(60, Math.min(4 * home.width, view.width * factor));
    const ratio = width / view.width;
    look({ x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio, width, height: view.height * ratio });
  }

  function keepInView(target) {
    if (!target || view.width >= home.width) return;
    const box = target.getBoundingClientRect();
    const frame = stage.getBoundingClientRect();
    if (box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom) return;
    const middle = at({ clientX: (box.left + box.right) / 2, clientY: (box.top + box.bottom) / 2 });
    look({ ...view, x: middle.x - view.width / 2, y: middle.y - view.height / 2 });
  }

  const touches = new Map();
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    zoom(Math.exp(event.deltaY * 0.0015), x, y);
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => touches.set(event.pointerId, event));
  window.addEventListener("pointerup", (event) => touches.delete(event.pointerId));
  window.addEventListener("pointercancel", (event) => touches.delete(event.pointerId));
  window.addEventListener("pointermove", (event) => {
    const before = touches.get(event.pointerId);
    if (!before) return;
    const from = at(before);
    const to = at(event);
    if (touches.size === 1) look({ ...view, x: view.x - to.x + from.x, y: view.y - to.y + from.y });
    else {
      const other = [...touches.values()].find((touch) => touch.pointerId !== event.pointerId);
      const apart = (touch) => Math.hypot(touch.clientX - other.clientX, touch.clientY - other.clientY) || 1;
      const middle = at({ clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 });
      zoom(apart(before) / apart(event), middle.x, middle.y);
    }
    touches.set(event.pointerId, event);
  });

  if (svg.querySelectorAll("g.node").length > 60) {
    minimap = element("div", "minimap");
    const small = svg.cloneNode(true);
    for (const inner of [small, ...small.querySelectorAll("[id]")]) inner.removeAttribute("id");
    minimap.append(small, element("i"));
    minimap.setAttribute("aria-hidden", "true");
    stage.append(minimap);
    look(view);
  }

  // -- gates can be reached and clicked -----------------------------------------------------------------------------------

  const firstStep = new Map();
  frames.forEach((frame, step) => { if (frame.g && frame.k === "forward" && !firstStep.has(frame.g)) firstStep.set(frame.g, step); });
  for (const [id, step] of firstStep) {
    for (const gate of parts.get(id) || []) {
      gate.setAttribute("tabindex", "0");
      gate.setAttribute("role", "button");
      gate.setAttribute("aria-label", items[step].textContent);
      if (inside[id]) gate.classList.add("opens");
      gate.addEventListener("click", () => (inside[id] && frames[now].g === id ? enter(id) : go(step)));
      gate.addEventListener("keydown", (event) => { if (event.key === "Enter") go(step); });
    }
  }
  items.forEach((item, step) => item.addEventListener("click", () => go(step)));

  // -- opening what is folded ------------------------------------------------------------------------------------------

  function enter(box) {
    if (!inside[box]) return;
    play(false);
    const player = document.getElementById("scene-" + inside[box]).content.firstElementChild.cloneNode(true);
    root.hidden = true;
    root.after(player);
    startPlayer(player, inside[box]);
    player.focus();
  }

  function leave() {
    if (scene === 0) return;
    play(false);
    open.pop();
    const below = open[open.length - 1];
    below.hidden = false;
    root.remove();
    below.focus();
  }

  // -- finding ---------------------------------------------------------------------------------------------------------

  const search = find("[name=find]");
  search.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") root.focus();
    if (event.key !== "Enter" || !search.value) return;
    const wanted = search.value.toLowerCase();
    for (let ahead = 1; ahead <= frames.length; ahead++) {
      const step = (now + ahead) % frames.length;
      if (!items[step].textContent.toLowerCase().includes(wanted)) continue;
      root.focus();
      return go(step);
    }
  });

  // -- controls ----------------------------------------------------------------------------------------------------------

  function theme(name) {
    for (const [key, color] of Object.entries(themes[name])) document.documentElement.style.setProperty("--" + key, color);
    find("[name=theme]").value = name;
  }

  const actions = {
    first: () => go(0), last: () => go(frames.length - 1), previous: () => go(now - 1), next: () => go(now + 1),
    previous_gate: () => goGate(-1), next_gate: () => goGate(1), play: () => play(!timer), fit: () => look({ ...home }),
    predict: () => predict(!predicting), help: () => { find(".keys").hidden = !find(".keys").hidden; },
    slower: () => faster(-1), faster: () => faster(1), find: () => search.focus(),
    open: () => enter(frames[now].g), back: leave,
  };
  const keys = {
    ArrowLeft: "previous", ArrowRight: "next", Home: "first", End: "last", " ": "play", "[": "slower", "]": "faster",
    "/": "find", "?": "help", p: "predict", f: "fit", e: "open", Escape: "back",
  };
  for (const button of root.querySelectorAll("[data-do]")) button.addEventListener("click", () => actions[button.dataset.do]());
  slider.addEventListener("input", () => go(Number(slider.value)));
  find("[name=theme]").addEventListener("change", (event) => theme(event.target.value));
  document.addEventListener("keydown", (event) => {
    if (!mine() || event.defaultPrevented) return;
    if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target !== slider) return;
    if (event.key === " " && event.target.tagName === "BUTTON") return;
    let action = keys[event.key];
    if (!action) return;
    if (event.shiftKey && event.key.startsWith("Arrow")) action += "_gate";
    event.preventDefault();
    actions[action]();
  });
  if (scene === 0) window.addEventListener("hashchange", () => go(fromHash()));

  const fromHash = () => scene > 0 ? 0 : Number((/step=(\d+)/.exec(location.hash) || [0, data.start + 1])[1]) - 1;
  open.push(root);
  theme(scene === 0 ? data.theme : document.querySelector("[name=theme]").value);
  faster(0);
  go(fromHash());
}

startPlayer(document.querySelector(".player"), 0);
