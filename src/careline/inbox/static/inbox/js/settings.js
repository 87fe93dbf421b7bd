// Shows a look before it is saved, and says the browser's time zone; the pages work without this.

import { startTimes } from "./words.js";

startTimes();

const form = document.querySelector("[data-look-form]");
form?.addEventListener("change", (event) => {
  const name = event.target.dataset.look;
  if (!name) return;
  const root = document.documentElement;
  if (event.target.value) root.dataset[name] = event.target.value;
  else delete root.dataset[name];
});
