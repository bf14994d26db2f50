/* Keeps an open incident page up to date, and says so when it can't. The page itself works without. */
"use strict";
(() => {
  const SILENCE = 30_000; /* the server says something every 12 s */
  let source, timer, place, address;
  /* Not toLocaleTimeString: the tables of languages behind it are slow to open, on a page that is to be there at once. */
  const clock = () => { const now = new Date(); return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":"); };
  /* Only how it stands is read out by a screen reader, not every time that something was heard. */
  const say = (state, words, more = "") => {
    const mark = document.getElementById("live");
    if (!mark) return;
    mark.dataset.live = state;
    [words, more].forEach((each, index) => { if (mark.children[index].textContent !== each) mark.children[index].textContent = each; });
  };
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { lost(); open(); }, SILENCE);
  };
  let lostAt;
  const lost = () => {
    lostAt ??= clock();
    say("lost", `Connection lost at ${lostAt}. Showing what we had; catching up by itself.`);
  };
  const well = () => {
    lostAt = undefined;
    say("on", "Live,", `last heard ${clock()}`);
    listen();
  };
  /* What is on the page as it came is not touched. */
  const parsed = (html) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    for (const part of [...fresh.content.children]) {
      if (document.getElementById(part.id)?.outerHTML === part.outerHTML) part.remove();
    }
    return fresh;
  };
  const put = (fresh) => {
    const lines = document.getElementById("log-lines");
    /* Of a timeline that is filtered, what belongs there; of an older stretch of it, nothing. */
    const choice = document.getElementById("incident").dataset.liveLines;
    const belongs = (line) => !choice || (line.dataset.shown ?? "").split(" ").includes(choice);
    let news, lines_came = false;
    for (const part of [...fresh.content.children]) {
      if (part.matches("template[data-lines]")) {
        for (const line of [...part.content.children].reverse()) {
          const known = document.getElementById(line.id);
          lines_came = true;
          if (!known) news = line.querySelector(".md")?.textContent.trim();
          if (known) Idiomorph.morph(known, line, muster.steady);
          else if (belongs(line)) place_in(lines, line);
        }
      } else if (part.id === "log-lines") {
        if (choice) for (const line of [...part.children]) belongs(line) || line.remove();
        if (!choice || part.children.length) merge(lines, part);
        lines_came = true;
      } else {
        const known = document.getElementById(part.id);
        if (known) Idiomorph.morph(known, part, muster.steady);
        wake(part.id);
      }
    }
    if (news) document.dispatchEvent(new CustomEvent("muster:news", { detail: news }));
    document.getElementById("log-empty")?.toggleAttribute("hidden", lines.children.length > 0);
    if (lines_came) wake("log-lines");
  };
  /* Forms that came with news are sent like those that were there. */
  const wake = (id) => {
    const part = document.getElementById(id);
    if (part) htmx.process(part);
  };
  /* The newest line stands on top; what came out of order goes where it belongs. */
  const place_in = (lines, line) => {
    const after = [...lines.children].find((each) => Number(each.dataset.place) < Number(line.dataset.place));
    lines.insertBefore(line, after ?? null);
  };
  /* After a gap: what is here already stays, so that nothing that somebody reads moves away. */
  const merge = (lines, fresh) => {
    const shared = [...fresh.children].some((line) => document.getElementById(line.id));
    if (!shared && !document.getElementById("incident").dataset.liveLines) lines.replaceChildren(...fresh.children);
    else for (const line of [...fresh.children].reverse()) {
      const known = document.getElementById(line.id);
      if (known) Idiomorph.morph(known, line, muster.steady);
      else place_in(lines, line);
    }
  };
  const again = () => { clearTimeout(timer); timer = setTimeout(open, 3_000); };
  const open = () => {
    source?.close();
    const own = new EventSource(`${address}&after=${place}`);
    source = own;
    own.onopen = well;
    own.onerror = () => {
      lost();
      if (own.readyState === EventSource.CLOSED) again();
    };
    /* One after the other; a place is reached when all before it is on the page, so that nothing is left out after a gap. */
    let before = Promise.resolve();
    const take = (event) => {
      listen();
      before = before.then(async () => {
        const fresh = parsed(event.data);
        if (fresh.content.children.length) await muster.ready();
        if (own !== source) return;
        if (fresh.content.children.length) put(fresh);
        place = event.lastEventId;
        well();
      }).catch(() => { if (own === source) { own.close(); lost(); again(); } });
    };
    own.addEventListener("parts", take);
    own.addEventListener("here", take);
    own.addEventListener("beat", take);
    own.addEventListener("over", (event) => { own.close(); clearTimeout(timer); say("lost", event.data); });
    listen();
  };
  const begin = () => {
    const page = document.getElementById("incident");
    if (!page?.dataset.liveFrom) { source?.close(); clearTimeout(timer); source = address = undefined; return; }
    const [path, query] = page.dataset.liveFrom.split("?");
    const given = new URLSearchParams(query);
    const at = given.get("after");
    given.delete("after");
    const wanted = `${path}?${given}`;
    if (wanted === address && source && source.readyState !== EventSource.CLOSED) {
      if (Number(at) >= Number(place)) { well(); return; }
      /* An answer that was made before the last news took their place: they are told once more. */
      place = at;
      open();
      return;
    }
    address = wanted;
    place = at;
    /* First the page is there to be read and worked with; what happens meanwhile is caught up with. */
    muster.idle(open);
  };
  /* What was under way is told again once it is back: nothing that comes late may say that all is well. */
  addEventListener("offline", () => { if (!address) return; source?.close(); source = undefined; lost(); again(); });
  addEventListener("online", () => address && open());
  addEventListener("pagehide", () => source?.close());
  addEventListener("load", begin);
  document.addEventListener("htmx:afterSettle", begin);
})();
