/* Single keys for who works without a mouse. They are on the page as data-key; `?` lists them. Never while one writes, and
   not at all for who turned them off (/console/look): the page has none then (WCAG 2.1.4). */
"use strict";
(() => {
  const ROWS = "main .ledger > li, #log-lines > li";
  const PAUSE = 1_500; /* between the keys of a sequence such as g i */
  const WRITES = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
  const ON_PAGE = { j: "Next line", k: "Line before", x: "Tick this line", "?": "This list" };
  let first = "", timer, dialog;
  const on = () => document.body.dataset.keys === "on";
  const seen = (it) => it.closest("details:not([open])") !== null || it.checkVisibility();
  /* What the page is for comes before what stands around every page. */
  const bound = (key) => {
    const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((it) => !it.disabled && seen(it));
    return all.find((it) => it.closest("main")) ?? all[0];
  };
  const begins = (key) => document.querySelector(`[data-key^="${CSS.escape(key)} "]`) !== null;
  const name = (it) => it.dataset.says ?? it.getAttribute("aria-label") ?? it.labels?.[0]?.textContent ?? it.textContent;
  const row_of = (it) => it?.closest?.(ROWS);
  const box_of = (row) => row?.querySelector("input[type=checkbox]");
  const go = (step) => {
    const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.checkVisibility());
    if (!rows.length) return false;
    const at = rows.indexOf(row_of(document.activeElement));
    const row = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
    const to = row.querySelector("strong a[href]") ?? row;
    if (to === row) row.tabIndex = -1;
    to.focus();
    return true;
  };
  const tick = () => {
    const box = box_of(row_of(document.activeElement));
    box?.click();
    return Boolean(box);
  };
  const help = () => {
    dialog ??= Object.assign(document.createElement("dialog"), { className: "palette" });
    dialog.setAttribute("aria-labelledby", "keys-title");
    dialog.innerHTML = '<form method="dialog"><h2 id="keys-title">Keys of this page</h2><dl class="keys"></dl>'
      + '<p class="hint">They do nothing while you write. <a href="/console/look#look-keys">Turn them off</a></p><div class="row"><button class="btn" autofocus>Close</button></div></form>';
    const known = new Map();
    for (const it of document.querySelectorAll("[data-key]")) if (bound(it.dataset.key) === it) known.set(it.dataset.key, name(it).replace(/\s+/g, " ").trim());
    const rows = document.querySelector(ROWS);
    for (const [key, words] of Object.entries(ON_PAGE)) if (key === "?" || (rows && (key !== "x" || document.querySelector(`:is(${ROWS}) input[type=checkbox]`)))) known.set(key, words);
    known.set("Ctrl Enter", "Send what you write").set("Ctrl K", "Go to");
    const list = dialog.querySelector("dl");
    for (const [key, words] of known) {
      const line = document.createElement("div"), keys = document.createElement("dt"), says = document.createElement("dd");
      keys.append(...key.split(" ").map((each) => Object.assign(document.createElement("kbd"), { textContent: each })));
      says.textContent = words;
      line.append(keys, says);
      list.append(line);
    }
    if (!dialog.isConnected) document.body.append(dialog);
    dialog.showModal();
    return true;
  };
  const use = (it) => {
    for (let fold = it.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) fold.open = true;
    const form = it.closest("form.ticking");
    /* On the line where one is, if none is ticked. */
    if (form && it.matches("button") && !form.querySelector("input[type=checkbox]:checked")) {
      const box = box_of(row_of(document.activeElement));
      if (box) box.checked = true;
    }
    it.matches("a, button, summary") ? it.click() : it.focus();
    return true;
  };
  const done = (key) => {
    if (key === "?") return help();
    const whole = first ? `${first} ${key}` : key, wanted = bound(whole);
    if (wanted) { first = ""; return use(wanted); }
    clearTimeout(timer);
    first = !first && begins(key) ? key : "";
    if (first) { timer = setTimeout(() => { first = ""; }, PAUSE); return true; }
    return { j: () => go(1), k: () => go(-1), x: tick }[key]?.() ?? false;
  };
  document.addEventListener("keydown", (event) => {
    if (!on() || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (event.target.closest?.(WRITES) || document.querySelector("dialog[open]")) return;
    if (event.repeat && !"jk".includes(event.key)) return;
    if (event.key !== " " && done(event.key)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!on() || !event.target.closest?.("[data-keys-help]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    help();
  });
})();
