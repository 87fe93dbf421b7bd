// Times as this browser's own zone has them. The server knows only UTC.

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "long", hourCycle: "h23" });

function separator(text) {
  return Object.assign(document.createElement("p"), { className: "day", textContent: text });
}

function splitByDay(bubbles) {
  for (const old of bubbles.querySelectorAll(".day")) old.remove();
  let last = "";
  for (const bubble of bubbles.querySelectorAll(".bubble")) {
    const moment = new Date(bubble.querySelector("time").dateTime);
    const today = day.format(moment);
    if (today !== last) bubble.before(separator(today));
    last = today;
  }
}

export function localise(page) {
  for (const time of page.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.title = exact.format(moment);
    if (time.closest(".bubble")) time.textContent = clock.format(moment);
    else if ("day" in time.dataset) time.textContent = day.format(moment);
  }
  const bubbles = page.getElementById("bubbles");
  if (bubbles) splitByDay(bubbles);
}
