/* Forms that change the page in place (htmx, idiomorph): fetched when somebody begins to do something, not before the page
   can be read. A form that is sent in between waits for them; where they can't be had, it is sent as without scripts. */
"use strict";
(() => {
  const { htmx: first, idiomorph: second } = document.currentScript.dataset;
  const BEGINS = ["pointermove", "pointerdown", "keydown", "focusin"];
  /* What somebody is typing into, has opened or ticked stays as it is when the page around it changes. */
  const steady = {
    ignoreActiveValue: true,
    callbacks: {
      beforeAttributeUpdated(name, node) {
        if (name === "open" && node.tagName === "DETAILS") return false;
        if (name === "tabindex" && node === document.activeElement) return false; /* without it the line that keys went to loses its focus */
        if (name === "value" && node.matches("input:not([type=hidden])") && node.value !== node.defaultValue) return false;
        return true;
      },
      beforeNodeMorphed(old, fresh) {
        /* Idiomorph leaves what is inside the focused element as it is: a button would say what it did before, and do another thing. */
        if (old === document.activeElement && old.tagName === "BUTTON" && fresh.tagName === "BUTTON") old.replaceChildren(...fresh.cloneNode(true).childNodes);
        if (old.matches?.("textarea") && old.value !== old.defaultValue && old.id === fresh.id && !fresh.closest("[data-fresh]")) return false;
        return true;
      },
    },
  };
  const script = (src) => new Promise((done, failed) => {
    const made = document.createElement("script");
    made.onload = done;
    made.onerror = () => { made.remove(); failed(new Error(`${src} can't be had`)); };
    made.src = src;
    document.head.append(made);
  });
  /* htmx looks for forms when it arrives only if the page is there as a whole. */
  const whole = new Promise((done) => { document.readyState === "complete" ? done() : addEventListener("load", done, { once: true }); });
  let asked;
  const fetched = async () => {
    await whole;
    if (!window.htmx) await script(first);
    if (!window.Idiomorph) await script(second);
    Idiomorph.defaults.ignoreActiveValue = true;
    Object.assign(Idiomorph.defaults.callbacks, steady.callbacks);
  };
  const there = () => window.htmx && window.Idiomorph;
  const ready = () => { asked ??= fetched().catch((error) => { asked = undefined; throw error; }); return asked; };
  const begin = () => {
    for (const name of BEGINS) document.removeEventListener(name, begin, true);
    ready().catch(() => {}); /* A form asks once more, and does without. */
  };
  const early = new WeakMap();
  const idle = (work) => { window.requestIdleCallback ? requestIdleCallback(work) : setTimeout(work, 200); };
  window.muster = { steady, ready, early, idle };
  for (const name of BEGINS) document.addEventListener(name, begin, { capture: true, passive: true });
  /* What answers while one types is there before one types. */
  addEventListener("load", () => { if (document.querySelector("[data-hx-get]")) begin(); });
  /* Then they are at hand when somebody begins, also where the connection is lost by then. To keep them costs nothing; to run them does. */
  addEventListener("load", () => idle(() => { for (const src of [first, second]) fetch(src, { priority: "low" }).catch(() => {}); }));
  const plain = new WeakSet();
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (there() || plain.has(form) || !form.matches("[data-hx-boost=true]")) return;
    event.preventDefault();
    event.stopPropagation();
    /* What is written from now on is the beginning of the next: sent is what stood there. */
    const data = new FormData(form, submitter);
    for (const area of form.querySelectorAll("textarea")) early.set(area, area.value);
    const as_sent = ({ formData }) => {
      for (const name of new Set(formData.keys())) formData.delete(name);
      for (const [name, value] of data) formData.append(name, value);
    };
    const again = () => {
      if (!form.isConnected) return;
      const judged = form.noValidate;
      form.noValidate = true; /* It was found good when it was sent. */
      form.addEventListener("formdata", as_sent);
      form.requestSubmit(submitter?.isConnected ? submitter : null);
      form.removeEventListener("formdata", as_sent);
      form.noValidate = judged;
    };
    /* Without a connection the browser's page would take the place of ours, and of what is written on it. */
    ready().then(again, () => {
      if (!navigator.onLine) { for (const area of form.querySelectorAll("textarea")) early.delete(area); muster.sorry(form); return; }
      plain.add(form);
      again();
      plain.delete(form);
    });
  }, true);
  /* A step back to what htmx had put in place before the page was loaded anew: only the address would change. */
  addEventListener("popstate", (event) => { if (event.state?.htmx && !window.htmx) location.reload(); });
})();
