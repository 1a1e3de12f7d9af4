"use strict";
// A player, and one for each box that is opened, on top of it. No number is computed here: each is the engine's.
const data = JSON.parse(document.getElementById("data").textContent);
const open = []; // players, the one on top last

function startPlayer(root, scene) {
  const { frames, prefix, inside, beside } = data.scenes[scene];
  const { words, themes } = data;
  const mine = () => open[open.length - 1] === root;
  const find = (selector) => root.querySelector(selector);
  const slider = find("[name=step]");
  const items = [...root.querySelectorAll(".steps li")];
  document.documentElement.classList.remove("static");
  const stage = makeStage(find(".stage"), frames, prefix);
  const twin = beside && makeStage(root.querySelectorAll(".stage")[1], beside.frames, beside.prefix);
  const telling = makeTelling(root, words);

  // -- going to a step ---------------------------------------------------------------------------------------------

  let now = -1;
  let predicting = false;

  function go(step) {
    step = Math.max(0, Math.min(frames.length - 1, step));
    const frame = frames[step];
    if (items[now]) items[now].removeAttribute("aria-current");
    now = step;
    stage.show(step);
    if (twin) {
      twin.show(beside.at[step]);
      find(".right-say").textContent = `✓ ${beside.say[step]}`;
    }
    items[step].setAttribute("aria-current", "step");
    slider.value = step;
    find(".count").textContent = `${words.step} ${step + 1} ${words.of} ${frames.length}`;
    find(".pass").textContent = frame.k === "input" || frame.k === "forward" ? words.forward : words.backward;
    tell();
    if (scene === 0) writeAddress(step);
  }

  // The address follows when one stays at a step: writing it is the slowest part of a step.
  let writing = null;
  function writeAddress(step) {
    clearTimeout(writing);
    writing = setTimeout(() => {
      try { history.replaceState(null, "", "#step=" + (step + 1)); } catch (error) { /* a sandboxed frame has no history */ }
    }, 150);
  }

  const gateOf = (step) => frames[step].k[0] + (frames[step].g || step);

  function goGate(direction) {
    let step = now;
    const from = gateOf(now);
    while (step + direction >= 0 && step + direction < frames.length && gateOf(step) === from) step += direction;
    if (direction < 0) while (step > 0 && gateOf(step - 1) === gateOf(step)) step--;
    go(step);
  }

  function tell() {
    const frame = frames[now];
    const asked = predicting && telling.asksFor(frame, now);
    telling.tell(frame, items[now].textContent, asked);
    if (asked) telling.ask(frame, now, tell);
    if (inside[frame.g]) telling.button(`⤢ ${words.open}`, () => enter(frame.g));
    stage.hold(Boolean(asked));
  }

  function predict(on) {
    predicting = on;
    find("[data-do=predict]").setAttribute("aria-pressed", on);
    tell();
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

  // -- gates can be reached and clicked -----------------------------------------------------------------------------------

  const firstStep = new Map();
  frames.forEach((frame, step) => { if (frame.g && frame.k === "forward" && !firstStep.has(frame.g)) firstStep.set(frame.g, step); });
  for (const [id, step] of firstStep) {
    for (const gate of stage.parts.get(id) || []) {
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

  function fit() {
    stage.fit();
    if (twin) twin.fit();
  }

  const actions = {
    first: () => go(0), last: () => go(frames.length - 1), previous: () => go(now - 1), next: () => go(now + 1),
    previous_gate: () => goGate(-1), next_gate: () => goGate(1), play: () => play(!timer), fit,
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
  const list = find("details.steps");
  let closed = false;
  window.addEventListener("beforeprint", () => { closed = !list.open; list.open = true; });
  window.addEventListener("afterprint", () => { if (closed) list.open = false; });
  const fromHash = () => scene > 0 ? 0 : Number((/step=(\d+)/.exec(location.hash) || [0, data.start + 1])[1]) - 1;
  if (scene === 0) window.addEventListener("hashchange", () => go(fromHash()));

  open.push(root);
  theme(scene === 0 ? data.theme : document.querySelector("[name=theme]").value);
  faster(0);
  go(fromHash());
}

startPlayer(document.querySelector(".player"), 0);
