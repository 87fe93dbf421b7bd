// The operator's page: what the control paths say, kept up to date, and forms over them.

const at = (id) => document.getElementById(id);

function element(tag, text, ...children) {
  const made = Object.assign(document.createElement(tag), text === null ? {} : { textContent: text });
  made.append(...children);
  return made;
}

async function ask(path) {
  const response = await fetch(`/_sandbox/${path}`);
  if (!response.ok) throw new Error(`/_sandbox/${path} answers ${response.status}`);
  return response.json();
}

function rows(id, entries, keys, none) {
  const body = at(id);
  const width = body.closest("table").tHead.rows[0].cells.length;
  const empty = element("tr", null, Object.assign(element("td", none), { colSpan: width, className: "quiet" }));
  const full = entries.map((entry) => element("tr", null, ...keys.map((key) => element("td", entry[key]))));
  body.replaceChildren(...(entries.length ? full : [empty]));
}

function options(selector, entries, label) {
  for (const select of document.querySelectorAll(selector)) {
    const chosen = select.value;
    select.replaceChildren(...entries.map((entry) => new Option(entry[label], entry.id)));
    if (entries.some((entry) => entry.id === chosen)) select.value = chosen;
  }
}

const names = { people: "People", apps: "Apps", tokens: "Tokens", posts: "Posts", dms: "Messages", media: "Media", happenings: "Happenings" };

function counts(told) {
  const entries = Object.entries(told).map(([key, number]) =>
    element("div", null, element("dt", names[key] ?? key), element("dd", number.toLocaleString("en"))));
  at("counts").replaceChildren(...entries);
}

function deliveries(told) {
  at("deliveries").textContent = told.quiet ? "All that happened has been told." : `${told.happenings - told.followed} happenings to tell, more may be on their way.`;
  const hooks = Object.values(told.webhooks).map((hook) =>
    element("li", `${hook.url}: ${hook.open ? "open" : "closed"}, ${hook.delivered} delivered, ${hook.unsettled} on their way, ${hook.retried} tried again, ${hook.dropped} dropped`));
  const streams = told.streams.map((stream) => element("li", `A stream of app ${stream.app_id}: ${stream.sent} sent, ${stream.unsent} waiting`));
  at("webhooks").replaceChildren(...hooks, ...streams);
}

function cast(told) {
  const state = told.paused ? "Paused" : "Playing";
  at("cast").textContent = told.brand ? `${state} for @${told.brand}, ${told.speed === 1 ? "as fast as people are" : `at ${told.speed} times the speed of people`}.` : "Nobody has called the cast: it has no brand to write to.";
  const form = at("cast-form");
  if (!form.contains(document.activeElement)) {
    form.elements.speed.value = told.speed;
    form.elements.paused.checked = told.paused;
  }
  rows("stories", told.stories, ["username", "character", "language", "step"], "Nobody is on.");
}

async function refresh() {
  const [health, state, sent, on, wrong, limits, who, made] = await Promise.all(
    ["health", "state?only=counts", "deliveries", "cast", "faults", "limits", "people", "apps"].map(ask));
  say("health", health.ok ? "It answers." : "It is not well.");
  counts(state.counts);
  deliveries(sent);
  cast(on);
  const struck = wrong.faults.map((fault) => ({ ...fault, count: fault.count ?? "for good" }));
  rows("faults", struck, ["target", "kind", "probability", "count", "fired"], "None: everything works as it should.");
  const changed = Object.entries(limits).map(([endpoint, limit]) => ({ endpoint, ...limit }));
  rows("limits", changed, ["endpoint", "limit", "window_s"], "None: X's own limits hold.");
  rows("people", who.people, ["username", "name", "id", "dm_from"], "Nobody yet.");
  rows("apps", made.apps, ["name", "id", "tier", "client_id"], "None yet.");
  options("[data-people]", who.people, "username");
  options("[data-apps]", made.apps, "name");
}

// A status that did not change is not read out again.
function say(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

async function keepFresh() {
  try {
    if (!document.hidden) await refresh();
  } catch (error) {
    say("health", `It does not answer as it should (${error.message}). Asking again.`);
  }
  setTimeout(keepFresh, 3000);
}

function body(form) {
  const told = Object.fromEntries(new FormData(form));
  for (const box of form.querySelectorAll("[type=checkbox]")) told[box.name] = box.checked;
  return JSON.stringify(told);
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const method = form.dataset.method ?? "POST";
    const response = await fetch(form.dataset.to, { method, ...(method === "POST" ? { body: body(form) } : {}) });
    const told = await response.json();
    const shown = response.ok ? element("pre", JSON.stringify(told, null, 2)) : element("p", told.error);
    shown.className = response.ok ? "notice" : "notice bad";
    at("answer").replaceChildren(shown);
    if (!response.ok) return at("answer").scrollIntoView({ block: "nearest" });
    if (form.id !== "cast-form") form.reset();
    else document.activeElement.blur();
    await refresh();
  });
}
keepFresh();
