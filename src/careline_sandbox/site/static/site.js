// Pages work without this. It fetches what changed when the server says so, and counts what is being written.

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

function atEnd() {
  return window.innerHeight + window.scrollY >= document.body.scrollHeight - 160;
}

// What has the focus keeps it, found again by its address or by the action of its form.
function trace(element) {
  if (element.getAttribute("href")) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  return element.form ? `form[action="${CSS.escape(element.form.getAttribute("action"))}"] button` : "";
}

function exchange(old, fresh) {
  const inside = old.contains(document.activeElement) ? trace(document.activeElement) : "";
  old.replaceChildren(...fresh.childNodes);
  if (inside) old.querySelector(inside)?.focus({ preventScroll: true });
}

let wanted = false;
let running = false;

async function refresh() {
  wanted = true;
  if (running || document.hidden) return;
  running = true;
  try {
    while (wanted) {
      wanted = false;
      const response = await fetch(location.href);
      if (!response.ok) break;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const stay = document.getElementById("bubbles") !== null && atEnd();
      for (const old of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(old.id);
        if (fresh && fresh.innerHTML !== old.innerHTML) exchange(old, fresh);
      }
      if (stay) window.scrollTo(0, document.body.scrollHeight);
    }
  } finally {
    running = false;
  }
}

if (document.body.dataset.seq) {
  const source = new EventSource(`/_site/changes?after=${document.body.dataset.seq}`);
  source.addEventListener("message", refresh);
  document.addEventListener("visibilitychange", () => wanted && refresh());
}
