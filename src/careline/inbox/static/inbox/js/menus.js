// Menus are <details>: they open without this. With it arrows, Home and End go from verb to verb, a letter finds the
// next one that begins with it, and Escape or a press elsewhere shuts them.

const items = (menu) => [...menu.querySelectorAll(".menu-list :is(a, button):not([disabled])")];

function wanted(key, all, at) {
  if (key === "ArrowDown") return all[(at + 1) % all.length];
  if (key === "ArrowUp") return all.at(at <= 0 ? -1 : at - 1);
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  if (key.length !== 1 || key === " ") return undefined;
  const begins = (one) => one.textContent.trim().toLowerCase().startsWith(key.toLowerCase());
  return [...all.slice(at + 1), ...all.slice(0, at + 1)].find(begins);
}

function onKey(event) {
  const menu = event.target.closest?.("details.menu");
  if (!menu || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && menu.open) {
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  const onSummary = event.target.matches("summary");
  if (onSummary && !(menu.open ? ["ArrowDown", "ArrowUp", "Home", "End"] : ["ArrowDown"]).includes(event.key)) return;
  const all = items(menu);
  const next = wanted(event.key, all, all.indexOf(event.target));
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  menu.open = true;
  next.focus();
}

function shutOthers(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest(".menu-list :is(a, button)")) menu.open = false;
  }
}

export function startMenus() {
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("click", shutOthers);
}
