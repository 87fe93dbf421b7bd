// The sign-in page: shows the password on request and says when Caps Lock is on.

const password = document.getElementById("id_password");
const reveal = document.querySelector("[data-reveal]");
const caps = document.querySelector("[data-caps]");

reveal.hidden = false;
reveal.addEventListener("change", (event) => {
  password.type = event.target.checked ? "text" : "password";
});
// Hidden again before it is sent, so that no browser offers it as a word typed before.
password.form.addEventListener("submit", () => {
  password.type = "password";
});
password.addEventListener("keyup", (event) => {
  caps.hidden = !event.getModifierState?.("CapsLock");
});
password.addEventListener("blur", () => {
  caps.hidden = true;
});
