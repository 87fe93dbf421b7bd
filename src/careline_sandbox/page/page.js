// The operator's page: three forms and two lists over the control paths.
"use strict";

function rows(id, entries, keys) {
  document.getElementById(id).replaceChildren(...entries.map((entry) => {
    const row = document.createElement("tr");
    row.append(...keys.map((key) => Object.assign(document.createElement("td"), { textContent: entry[key] })));
    return row;
  }));
}

function options(selector, entries, label) {
  for (const select of document.querySelectorAll(selector)) {
    select.replaceChildren(...entries.map((entry) => new Option(entry[label], entry.id)));
  }
}

async function refresh() {
  const { people } = await (await fetch("/_sandbox/people")).json();
  const { apps } = await (await fetch("/_sandbox/apps")).json();
  rows("people", people, ["username", "name", "id", "dm_from"]);
  rows("apps", apps, ["name", "id", "tier", "client_id"]);
  options("[data-people]", people, "username");
  options("[data-apps]", apps, "name");
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = JSON.stringify(Object.fromEntries(new FormData(form)));
    const response = await fetch(form.dataset.to, { method: "POST", body });
    const answer = document.getElementById("answer");
    answer.textContent = JSON.stringify(await response.json(), null, 2);
    answer.hidden = false;
    if (response.ok) {
      form.reset();
      await refresh();
    }
  });
}
refresh();
