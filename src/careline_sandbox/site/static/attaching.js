// Files that go along: their names, a field for what each shows, and the first picture of a video.

const MOMENT_S = 0.1; // the very first picture of many videos is black

function describing(file, number) {
  const label = Object.assign(document.createElement("label"), { className: "field" });
  const asked = Object.assign(document.createElement("span"), { textContent: `What ${file.name} shows, for those who cannot see it` });
  const field = Object.assign(document.createElement("input"), { name: "alt", maxLength: 1000, id: `alt-${number}` });
  label.append(asked, field);
  return label;
}

function drawn(video) {
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
}

async function still(file) {
  const video = Object.assign(document.createElement("video"), { muted: true, preload: "auto", src: URL.createObjectURL(file) });
  try {
    await new Promise((done, fail) => {
      video.addEventListener("seeked", done, { once: true });
      video.addEventListener("error", fail, { once: true });
      video.addEventListener("loadeddata", () => (video.currentTime = MOMENT_S), { once: true });
    });
    return await drawn(video);
  } catch {
    return null; // a browser that cannot play it; the server draws a card
  } finally {
    URL.revokeObjectURL(video.src);
  }
}

// One video goes with a post; a choice that was changed meanwhile wins over a slower drawing.
async function handOver(input, field) {
  field.value = "";
  const film = [...input.files].find((file) => file.type.startsWith("video/"));
  const picture = film && (await still(film));
  if (!picture || ![...input.files].includes(film)) return;
  const held = new DataTransfer();
  held.items.add(new File([picture], "still.jpg", { type: "image/jpeg" }));
  field.files = held.files;
}

for (const input of document.querySelectorAll(".attach input")) {
  const form = input.form;
  const told = input.closest(".attach").querySelector("span");
  const before = told.textContent;
  input.addEventListener("change", () => {
    told.textContent = [...input.files].map((file) => file.name).join(", ") || before;
    form.querySelector(".alts").replaceChildren(...[...input.files].map(describing));
    handOver(input, form.elements.still);
  });
}
