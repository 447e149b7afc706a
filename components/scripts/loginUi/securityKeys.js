/* global document, window */
// A page made on a server has no click handlers: this gives the security key buttons the functions of Kratos' script.
for (const button of document.querySelectorAll("[data-trigger]")) {
  button.addEventListener("click", () => window[button.dataset.trigger]?.());
}
