// What tests ask of a page, in the page: `measures.words()` and so on. Nothing here changes what it looks at.
globalThis.measures = (() => {
  "use strict";
  const HIDDEN_ON_PAPER = "nav, form, button, .no-print, .skip, .fold > summary";
  const STOPS = "a[href], button, input, select, textarea, summary, [tabindex], audio[controls], video[controls]";
  const LOADS = "script[src], img[src], iframe[src], source[src], video[src], audio[src], embed[src], object[data],"
    + " link[rel~=stylesheet], link[rel~=icon], link[rel~=preload], link[rel~=modulepreload], link[rel~=manifest]";
  const elements = () => [...document.querySelectorAll("body, body *")];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (element) => {
    const text = (element.textContent || element.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ");
    const mark = element.id ? `#${element.id}` : element.classList.length ? `.${element.classList[0]}` : "";
    return `<${element.localName}${mark}> ${text.slice(0, 40)}`.trim();
  };
  // For people who can't see they are there; for eyes they are clipped on purpose.
  const clipped = (element) => getComputedStyle(element).clipPath === "inset(50%)";
  const unseen = (element) => element.closest(".vh, .skip:not(:focus)") !== null || clipped(element);
  // A group of radio buttons is one stop: the chosen one, or the first.
  const radio = (element) => {
    const group = [...document.getElementsByName(element.name)].filter((it) => it.form === element.form);
    return element === (group.find((it) => it.checked) ?? group[0]);
  };
  // The parts of a date are stops, too, within one element.
  const PARTED = "input[type=date], input[type=datetime-local], input[type=time]";

  function words({ onPaper = false } = {}) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const text = walker.currentNode.data.trim(), parent = walker.currentNode.parentElement;
      // Whether scripts keep the page up to date is for scripts to say, and what they offer is theirs.
      if (!text || parent.closest("svg, script, style, noscript, [data-live], [data-copies]") || !shown(parent) || unseen(parent)) continue;
      if (onPaper && parent.closest(HIDDEN_ON_PAPER)) continue;
      found.push(text.replace(/\s+/g, " "));
    }
    return found;
  }

  function layout() {
    const root = document.documentElement;
    const cut = elements().filter((element) => {
      const style = getComputedStyle(element);
      if (element.matches("input")) return false; // one line, which scrolls while it is written in
      if (!/hidden|clip/.test(style.overflowX + style.overflowY) || unseen(element) || !shown(element)) return false;
      return element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
    });
    const wide = elements().filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && !unseen(element) && box.right > root.clientWidth + 1;
    });
    const overflow = root.scrollWidth - root.clientWidth;
    return { overflow, wide: overflow > 0 ? wide.slice(-3).map(name) : [], cut: cut.map(name) };
  }

  function structure() {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const ids = all("[id]").map((element) => element.id);
    const loads = all(LOADS).map((element) => element.src || element.href || element.data);
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText));
    const drawn = rules.flatMap((rule) => [...rule.matchAll(/url\("?([^")]+)/g)].map((found) => found[1]));
    return {
      lang: document.documentElement.lang,
      title: document.title.trim(),
      viewport: document.querySelector("meta[name=viewport]")?.content ?? "",
      mains: all("main").length,
      levels: all("h1, h2, h3, h4, h5, h6").map((heading) => +heading.localName[1]),
      twice: ids.filter((id, index) => ids.indexOf(id) !== index),
      unnamed: all("a[href], button, summary").filter((it) => !it.textContent.trim() && !it.ariaLabel).map(name),
      inline: all("[style]").map(name),
      handlers: elements().filter((it) => it.getAttributeNames().some((key) => key.startsWith("on"))).map(name),
      elsewhere: [...loads, ...drawn].filter((url) => {
        const whole = new URL(url, document.baseURI);
        return whole.protocol !== "data:" && whole.origin !== location.origin;
      }),
      unstyled: getComputedStyle(document.body).margin !== "0px",
    };
  }

  function moving() {
    const seconds = (text) => Math.max(...text.split(",").map(parseFloat));
    return elements().filter((element) => {
      const style = getComputedStyle(element);
      return seconds(style.transitionDuration) > 0.001 || style.animationName !== "none";
    }).map(name);
  }

  // Where Tab should stop, in the order of the document.
  let stops = [];
  // A page may begin in a field; whoever wants to see it from the top begins there.
  function fromTheTop() {
    if (!document.querySelector("[autofocus]")) return;
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
  }

  function listStops() {
    stops = [...document.querySelectorAll(STOPS)].filter(
      (element) => element.tabIndex >= 0 && (element.type !== "radio" || radio(element)) && !element.disabled && element.checkVisibility({ visibilityProperty: true }),
    );
    return stops.map(name);
  }

  function focused() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element), box = element.getClientRects()[0];
    const drawn = style.outlineStyle === "auto" || parseFloat(style.outlineWidth) >= 2;
    const ring = (style.outlineStyle !== "none" && drawn) || style.boxShadow !== "none";
    const x = box.left + box.width / 2, y = box.top + box.height / 2;
    const top = document.elementFromPoint(x, y);
    return {
      index: stops.indexOf(element),
      name: name(element),
      ring,
      seen: top !== null && (element.contains(top) || top.contains(element)),
      inMain: element.closest("main") !== null,
      parted: element.matches(PARTED),
      target: element.localName === "a" ? element.getAttribute("href") : null,
    };
  }

  function spaceText() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
      + " p { margin-bottom: 2em !important }");
    document.adoptedStyleSheets.push(sheet);
  }

  return {
    words, layout, structure, moving, fromTheTop, listStops, focused, spaceText,
    unspaceText: () => document.adoptedStyleSheets.pop(),
    unfold: () => document.querySelectorAll("details").forEach((it) => { it.open = true; }),
    refold: () => document.querySelectorAll("details").forEach((it) => { it.open = false; }),
  };
})();
