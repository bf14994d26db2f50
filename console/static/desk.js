/* Comfort for every page of the command centre. Without it, all forms and links work as they are. */
"use strict";
(() => {
  const drafts = {
    key: (area) => `muster draft ${area.dataset.draft}`,
    keep(area) { area.value.trim() ? localStorage.setItem(drafts.key(area), area.value) : localStorage.removeItem(drafts.key(area)); },
    restore(root) {
      for (const area of root.querySelectorAll("textarea[data-draft]")) {
        const kept = localStorage.getItem(drafts.key(area));
        if (kept && !area.value.trim()) area.value = kept;
      }
    },
    forget(form) { for (const area of form.querySelectorAll("textarea[data-draft]")) localStorage.removeItem(drafts.key(area)); },
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea[data-draft]")) drafts.keep(event.target);
  });
  const sent = new WeakMap();
  document.addEventListener("htmx:beforeSend", (event) => {
    for (const area of event.detail.elt.querySelectorAll?.("textarea") ?? []) {
      sent.set(area, muster.early.get(area) ?? area.value);
      muster.early.delete(area);
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = event.detail;
    /* What was done leads on to another address. A form that answers itself was refused, or only looked at: it keeps its words. */
    const led = xhr.responseURL && new URL(xhr.responseURL).pathname !== new URL(elt.getAttribute?.("action") ?? "", location).pathname;
    if (xhr.status === 200 && led && elt.matches?.("form[method=post]")) {
      /* What was written since it was sent, over a slow line, is the beginning of the next. */
      const more = [...elt.querySelectorAll("textarea")].filter((area) => area.value !== sent.get(area)).map((area) => [area, area.value]);
      drafts.forget(elt);
      elt.reset();
      for (const [area, words] of more) {
        area.value = words;
        if (area.dataset.draft) drafts.keep(area);
      }
    }
    elt.querySelector?.("[data-sorry]")?.remove();
    if (!xhr.status && elt.matches?.("form")) muster.sorry(elt);
  });
  muster.sorry = (form) => {
    form.querySelector("[data-sorry]")?.remove();
    const words = document.createElement("p");
    words.className = "error";
    words.dataset.sorry = "";
    words.setAttribute("role", "alert");
    words.textContent = "The connection was lost. What you wrote is kept; send it again in a moment.";
    form.append(words);
  };
  document.addEventListener("keydown", (event) => {
    const area = event.target.closest?.("textarea");
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && area?.form) {
      event.preventDefault();
      area.form.requestSubmit();
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      document.querySelector("[data-goto]")?.click();
    }
  });
  /* What is to be pasted elsewhere has a button for that, where there is a clipboard. */
  const offerCopies = () => {
    if (!navigator.clipboard) return;
    for (const text of document.querySelectorAll("[data-copy]")) {
      if (text.nextElementSibling?.matches("[data-copies]")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-s";
      button.dataset.copies = "";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy: ${text.dataset.copy}`);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      });
      text.after(button);
    }
  };
  /* Where several can be ticked, all of them can at once. */
  const offerTicks = () => {
    for (const button of document.querySelectorAll("button[data-tick][hidden]")) {
      const boxes = () => [...button.form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(button.dataset.tick)}"]`)];
      button.hidden = false;
      button.onclick = () => {
        const all = boxes().every((box) => box.checked);
        for (const box of boxes()) box.checked = !all;
      };
    }
  };
  document.addEventListener("DOMContentLoaded", offerTicks);
  document.addEventListener("htmx:afterSettle", offerTicks);
  document.addEventListener("DOMContentLoaded", offerCopies);
  document.addEventListener("htmx:afterSettle", offerCopies);
  document.addEventListener("DOMContentLoaded", () => drafts.restore(document));
  document.addEventListener("htmx:afterSettle", () => drafts.restore(document));
})();
