/* Ctrl K: going somewhere without leaving the page first. It asks the page /console/search, which works without it. */
"use strict";
(() => {
  const MOST = 12, PAUSE = 150;
  let dialog, list, timer, asked = 0;
  const build = () => {
    dialog = document.createElement("dialog");
    dialog.className = "palette";
    dialog.setAttribute("aria-label", "Go to");
    dialog.innerHTML = '<form action="/console/search" method="get" role="search"><label for="palette-q">Reference or words</label>'
      + '<input class="input" type="search" id="palette-q" name="q" autocomplete="off" role="combobox" aria-expanded="true" aria-controls="palette-found">'
      + '<ul class="plain" id="palette-found" role="listbox" aria-label="What fits"></ul></form>';
    document.body.append(dialog);
    list = dialog.querySelector("ul");
    dialog.querySelector("input").addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => look(event.target.value), PAUSE);
    });
    dialog.addEventListener("keydown", move);
    dialog.addEventListener("submit", (event) => {
      const chosen = list.querySelector("[aria-selected=true] a") ?? list.querySelector("a");
      if (!chosen) return;
      event.preventDefault();
      chosen.click();
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  };
  const look = async (words) => {
    const mine = ++asked;
    const answer = await fetch(`/console/search?q=${encodeURIComponent(words)}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    const links = answer.redirected
      ? [{ href: answer.url, textContent: page.title.replace(/ – Muster$/, "") || words }]
      : [...page.querySelectorAll("main a[href]")].slice(0, MOST).map((it) => ({ href: it.getAttribute("href"), textContent: it.textContent }));
    list.replaceChildren(...links.map(({ href, textContent }, index) => {
      const line = document.createElement("li"), link = document.createElement("a");
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(index === 0));
      link.href = href;
      link.textContent = textContent.replace(/\s+/g, " ").trim();
      line.append(link);
      return line;
    }));
  };
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], lines = [...list.children];
    if (!step || !lines.length) return;
    event.preventDefault();
    const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
    const next = (at + step + lines.length) % lines.length;
    lines.forEach((line, index) => line.setAttribute("aria-selected", String(index === next)));
    lines[next].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-goto]") || event.ctrlKey || event.metaKey || !window.HTMLDialogElement) return;
    event.preventDefault();
    if (!dialog?.isConnected) build();
    dialog.showModal();
    dialog.querySelector("input").select();
    look(dialog.querySelector("input").value);
  });
})();
