/* global document, localStorage, location, sessionStorage */
// Spares somebody the login page where it has one button. Whoever has signed out, or was refused, stays on it until they
// press that; so does whoever has just been sent on, because a browser that keeps no session would go round for ever. A browser
// that runs no script, or keeps nothing for this site, shows the button.
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
