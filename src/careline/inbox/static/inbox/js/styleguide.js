// Shows the design system's page in each scheme, contrast, density and direction.

import { startMenus } from "./menus.js";

startMenus();
const switches = document.getElementById("guide-switches");
const root = document.documentElement;

switches.hidden = false;
switches.addEventListener("change", ({ target }) => {
  if (target.name === "dir") root.dir = target.value;
  else if (target.value) root.dataset[target.name] = target.value;
  else delete root.dataset[target.name];
});
document.addEventListener("click", ({ target }) => {
  const opens = target.closest("[data-opens]")?.dataset.opens;
  if (opens) document.getElementById(opens).showModal();
});
