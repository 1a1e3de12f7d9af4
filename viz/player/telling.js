"use strict";
// What a step tells: its sentence, its numbers, and, in predict mode, the question in place of the answer.

function makeTelling(root, words) {
  const find = (selector) => root.querySelector(selector);
  const more = find(".more");
  const own = find(".own");

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // A number with all digits to hover over; a matrix as a table, whose entries tell their own sums.
  function numberElement(number, className) {
    if (!Array.isArray(number[1])) {
      const made = element("span", className, number[0]);
      if (number[1]) made.title = number[2] ? `${number[2]}\n${number[1]}` : number[1];
      if (number[2]) made.dataset.sum = number[2];
      return made;
    }
    const table = element("table", "matrix " + (className || ""));
    for (const row of number[1]) {
      const line = table.insertRow();
      for (const [text, full, sum] of row) {
        const cell = line.insertCell();
        cell.textContent = text;
        cell.title = sum ? `${sum}\n${full}` : full;
        if (sum) cell.dataset.sum = sum;
      }
    }
    return table;
  }

  function ownSum(event) {
    const cell = event.target.closest("[data-sum]");
    if (!cell) return;
    for (const other of more.querySelectorAll(".chosen")) other.classList.remove("chosen");
    cell.classList.add("chosen");
    own.textContent = cell.dataset.sum;
  }
  more.addEventListener("pointerover", ownSum);
  more.addEventListener("click", ownSum);

  function tell(frame, sentence, asked) {
    find(".say").textContent = asked ? question(frame, sentence) : sentence;
    more.replaceChildren();
    own.textContent = "";
    if (frame.badge) more.append(element("span", "badge", frame.badge));
    if (asked) return;
    if (frame.factors) more.append(factors(frame));
    else if (frame.r && (Array.isArray(frame.r[1]) || frame.r[2]) && (frame.k === "forward" || frame.k === "input")) more.append(numberElement(frame.r, "value"));
    if (frame.arrived) more.append(arrivals(frame));
    if (frame.verdict) more.append(element("p", "verdict", frame.verdict));
    if (more.querySelector("[data-sum]")) own.textContent = words.hover;
  }

  const question = (frame, sentence) => sentence.slice(0, sentence.lastIndexOf(frame.r[0])).replace(/\s*$/, " ?");

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
    line.append(element("span", "verdict", `${words.arrived}${frame.of ? ` (${frame.count || frame.arrived.length} ${words.of} ${frame.of})` : ""}:`));
    frame.arrived.forEach((number, position) => {
      if (position) line.append(element("span", "", frame.k === "holds" ? "," : "+"));
      if (frame.count && position === frame.arrived.length - 1) line.append(element("span", "", "… +"));
      line.append(numberElement(number, "gradient"));
    });
    const sign = { copy: "=", holds: "→" }[frame.k]; // an engine with a mistake does not add up
    if (sign && frame.r) line.append(element("span", "", sign), numberElement(frame.r, "gradient"));
    return line;
  }

  // -- predict -------------------------------------------------------------------------------------------------------

  const score = { right: 0, asked: 0 };
  const answered = new Set();
  const KINDS = ["forward", "backward", "copy"];
  const asksFor = (frame, step) => KINDS.includes(frame.k) && frame.r && frame.r[1] && !Array.isArray(frame.r[1]) && !answered.has(step);

  // A field for the number that is hidden; `done` is called when it was given.
  function ask(frame, step, done) {
    const form = element("form", "guess");
    const field = element("input");
    field.setAttribute("aria-label", words.answer);
    field.placeholder = words.answer;
    field.inputMode = "decimal";
    form.append(field, element("button", "", words.check));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = Number(field.value.replace(",", ".").replace("−", "-"));
      const wanted = Number(frame.r[1]);
      if (field.value.trim() === "") return;
      const close = given === wanted || Math.abs(given - wanted) <= 0.01 * Math.abs(wanted) + 0.005;
      score.asked++;
      if (close) score.right++;
      answered.add(step);
      done();
      more.prepend(element("p", "say", close ? `✓ ${words.right}` : `✗ ${words.wrong} ${frame.r[0]}`));
      find(".score").textContent = `${words.score}: ${score.right} / ${score.asked}`;
      root.focus();
    });
    more.append(form);
  }

  function button(text, pressed) {
    const made = element("button", "opener", text);
    made.addEventListener("click", pressed);
    more.append(made);
  }

  return { tell, ask, asksFor, button };
}
