// What helps while somebody writes: how much room is left, which files go along, that the other sees them typing.

const pattern = /https?:\/\/\S+/g;
const wide = /[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]/gu;

function weigh(text, limit) {
  if (limit !== 280) return [...text].length;
  const plain = text.normalize("NFC").replace(pattern, "x".repeat(23));
  return [...plain].length + (plain.match(wide) ?? []).length;
}

function count(area) {
  const limit = Number(area.dataset.limit);
  const left = limit - weigh(area.value, limit);
  const output = area.form.querySelector("output.left");
  output.value = left <= limit / 4 ? String(left) : "";
  output.classList.toggle("over", left < 0);
}

for (const area of document.querySelectorAll("textarea[data-limit]")) {
  area.addEventListener("input", () => count(area));
  count(area);
}

for (const input of document.querySelectorAll(".attach input")) {
  input.addEventListener("change", () => {
    const names = [...input.files].map((file) => file.name).join(", ");
    if (names) input.closest(".attach").querySelector("span").textContent = names;
  });
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
