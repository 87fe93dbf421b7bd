// What helps while somebody writes: how much room is left, that the other sees them typing.

import "./attaching.js";
import "./names.js";

function show(area, weight) {
  const limit = Number(area.dataset.limit);
  const left = limit - weight;
  const output = area.form.querySelector("output.left");
  output.value = left <= limit / 4 ? `${left} left` : "";
  output.classList.toggle("over", left < 0);
}

// X's count knows domains, emoji and scripts; the server does it. One question at a time, the latest text wins.
async function weigh(area) {
  area.unweighed = true;
  if (area.weighing) return;
  area.weighing = true;
  while (area.unweighed) {
    area.unweighed = false;
    const told = new FormData();
    told.set("text", area.value);
    told.set("in_reply_to", area.form.elements.in_reply_to?.value ?? "");
    try {
      const response = await fetch("/_site/weigh", { method: "POST", body: told });
      if (response.ok) show(area, (await response.json()).weight);
    } catch {
      // Without an answer the last count stands; the server counts again when the post is sent.
    }
  }
  area.weighing = false;
}

function count(area) {
  if (!("public" in area.dataset)) show(area, [...area.value].length);
  else if (area.value) weigh(area);
  else show(area, 0);
}

for (const area of document.querySelectorAll("textarea[data-limit]")) {
  area.addEventListener("input", () => count(area));
  count(area);
}

// The server tells the other at most once in three seconds; no need to ask it more often.
for (const area of document.querySelectorAll("textarea[data-typing]")) {
  let next = 0;
  area.addEventListener("input", () => {
    if (!area.value || performance.now() < next) return;
    next = performance.now() + 3000;
    fetch(area.dataset.typing, { method: "POST" }).catch(() => {});
  });
}
