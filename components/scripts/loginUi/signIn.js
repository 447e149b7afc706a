/* global document, localStorage, location, sessionStorage */
// Skips the login page if it has one button. People who have signed out, or were refused, stay on it until they press
// the button. So do people who have just been sent on, because a browser that keeps no session would loop forever. A
// browser that runs no script, or stores nothing for this site, shows the button.
{
  const button = document.querySelector("button[name=provider]");
  const again = document.querySelector("a[data-sign-in]");
  const comeBack = () => localStorage.removeItem("stay");
  const notAgainMs = 30_000;

  if (button === null) {
    localStorage.setItem("stay", "true");
    again?.addEventListener("click", comeBack);
  } else {
    button.form.addEventListener("submit", comeBack);
    const stays = localStorage.getItem("stay") !== null;
    const [at, flow] = (sessionStorage.getItem("sent") ?? "0 ").split(" ");
    if (!stays && flow !== location.search && Date.now() - Number(at) > notAgainMs) {
      sessionStorage.setItem("sent", `${Date.now()} ${location.search}`);
      button.form.requestSubmit(button);
    }
  }
}
