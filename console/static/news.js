/* Desktop notifications of an incident that is open in a tab nobody looks at; only for who asks for them. */
"use strict";
(() => {
  const KEY = "muster notify";
  const able = () => "Notification" in window && Notification.permission !== "denied";
  const wanted = () => able() && Notification.permission === "granted" && localStorage.getItem(KEY) === "yes";
  const offer = () => {
    const mark = document.getElementById("live");
    if (!able() || !mark || document.getElementById("notify")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.id = "notify";
    button.className = "quiet";
    button.dataset.live = "offer";
    const say = () => { button.textContent = wanted() ? "Don’t notify me" : "Notify me of news here"; };
    button.addEventListener("click", async () => {
      if (wanted()) localStorage.removeItem(KEY);
      else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(KEY, "yes");
      say();
    });
    say();
    mark.after(button);
  };
  document.addEventListener("muster:news", (event) => {
    if (!document.hidden || !wanted()) return;
    const [reference] = document.title.split(" ");
    const shown = new Notification(document.title, { body: event.detail, tag: reference });
    shown.onclick = () => { window.focus(); shown.close(); };
  });
  /* It is in nobody's way when it comes a moment later. */
  addEventListener("load", () => muster.idle(offer));
  document.addEventListener("htmx:afterSettle", offer);
})();
