"use strict";
// A scrubber over the steps of a training. The numbers are the engine's; only colours are computed here.
(function () {
  const { prefix, words, wires, steps } = JSON.parse(document.getElementById("data").textContent);
  const stage = document.querySelector(".stage");
  const range = document.querySelector("input");
  const playing = document.querySelector(".play");
  const short = (x) => (typeof x === "number" ? String(Number(x.toPrecision(4))) : "–").replace("-", "−");

  const groups = new Map([...stage.querySelectorAll("g[id]")].map((g) => [g.id.slice(prefix.length), g]));
  const lines = wires.map((id) => ["-start", "-end"].map((end) => groups.get(id + end)).filter(Boolean)
    .flatMap((g) => [...g.querySelectorAll("path")]).concat([...(groups.get(id)?.querySelectorAll("polygon") || [])]));
  const texts = wires.map((id) => groups.get(id + "-gradient")?.querySelector("text"));

  const logs = steps.flatMap((step) => step[2]).filter((norm) => norm > 0).map(Math.log10);
  const low = logs.reduce((a, b) => Math.min(a, b), Infinity);
  const high = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  const strength = (norm) => (norm > 0 ? (high > low ? (Math.log10(norm) - low) / (high - low) : 1) : 0);

  const curve = document.querySelector(".loss polyline");
  const cursor = document.querySelector(".loss line");
  const losses = steps.map((step) => step[1]).filter((loss) => loss !== null);
  const [least, most] = [losses.reduce((a, b) => Math.min(a, b), Infinity), losses.reduce((a, b) => Math.max(a, b), -Infinity)];
  const across = (n) => (steps.length > 1 ? (1000 * n) / (steps.length - 1) : 500);
  curve.setAttribute("points", steps.map((step, n) => step[1] === null ? "" :
    `${across(n).toFixed(1)},${(150 - (140 * (step[1] - least)) / (most - least || 1)).toFixed(1)}`).join(" "));

  let now = 0;
  function go(step) {
    now = Math.max(0, Math.min(steps.length - 1, step));
    const [number, loss, norms, dead] = steps[now];
    range.value = now;
    norms.forEach((norm, k) => {
      const share = strength(norm);
      for (const line of lines[k]) {
        const color = `color-mix(in srgb, var(--gradient) ${Math.round(100 * share)}%, var(--quiet))`;
        if (line.tagName === "polygon") line.style.fill = color;
        else { line.style.stroke = color; line.style.strokeWidth = 0.8 + 3.2 * share; }
      }
      if (texts[k]) texts[k].textContent = short(norm);
    });
    const told = [];
    for (const [id, [count, all]] of Object.entries(dead)) {
      for (const shape of groups.get(id).querySelectorAll("ellipse, path")) {
        shape.style.fill = count ? `color-mix(in srgb, var(--quiet) ${Math.round((100 * count) / all)}%, var(--gate))` : "";
      }
      if (count) told.push(`${groups.get(id).querySelector("text").textContent}: ${count} ${words.of} ${all}`);
    }
    cursor.setAttribute("x1", across(now));
    cursor.setAttribute("x2", across(now));
    document.querySelector(".told").textContent = `${words.step} ${number}, ${words.loss} ${short(loss)}` +
      (told.length ? `; ${words.dead}: ${told.join(", ")}` : "");
  }

  let timer = null;
  function play() {
    if (timer) timer = clearInterval(timer) || null;
    else {
      if (now === steps.length - 1) go(0);
      timer = setInterval(() => (now + 1 < steps.length ? go(now + 1) : play()), 60);
    }
    playing.textContent = timer ? "❚❚" : "▶";
  }

  const keys = { ArrowLeft: () => go(now - 1), ArrowRight: () => go(now + 1), Home: () => go(0), End: () => go(steps.length - 1), " ": play };
  document.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  playing.addEventListener("click", play);
  range.addEventListener("input", () => go(Number(range.value)));
  go(0);
})();
