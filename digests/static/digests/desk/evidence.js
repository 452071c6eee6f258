// The right pane and the marks: words of the paper become evidence of the sentence with the cursor.
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const pane = document.getElementById("source");
  const text = document.getElementById("text");
  const said = document.getElementById("said");
  const words = desk.dataset;
  const known = new Map(); // key -> {key, passage, page, section, quote}
  let field = null; // the prose field that was typed in last

  function say(line, level = "success") {
    const p = document.createElement("div");
    p.className = `notice ${level}`;
    p.textContent = line;
    said.replaceChildren(p);
  }

  // ── asking the server ──
  async function ask(url, data) {
    const post = () => fetch(url, { method: "POST", body: new URLSearchParams({ ...data, csrfmiddlewaretoken: token() }) });
    let answer;
    try {
      answer = await post();
      if (answer.status === 403) {
        const renew = new CustomEvent("desk:renew", { detail: {} });
        document.dispatchEvent(renew);
        if (await renew.detail.done) answer = await post();
      }
    } catch {
      throw Object.assign(new Error(words.sayFailed), { data: {} });
    }
    let given = null;
    try {
      given = await answer.json();
    } catch {
      throw Object.assign(new Error(answer.status === 403 ? words.saySignedOut : words.sayFailed), { data: {} });
    }
    if (!answer.ok) throw Object.assign(new Error(given.error || words.sayFailed), { data: given });
    return given;
  }
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  // ── the text, fetched once the page stands ──
  async function load() {
    const link = document.getElementById("read-text");
    if (!link || !text) return;
    try {
      const answer = await fetch(link.dataset.lazy, { redirect: "manual" });
      if (!answer.ok) return;
      const html = new DOMParser().parseFromString(await answer.text(), "text/html");
      const count = (root) => root.querySelectorAll(".passage").length;
      if (text.dataset.ready === "yes" && count(html) === count(text)) renew(html);
      else {
        text.replaceChildren(...html.body.childNodes);
        text.dataset.ready = "yes";
        link.hidden = true;
        pane.querySelector(".abstract")?.removeAttribute("open"); // the text begins with it
        const first = text.querySelector(".passage");
        if (first) first.tabIndex = 0;
      }
    } catch { /* the link stays, and leads to the same text */ }
  }

  function renew(html) {
    html.querySelectorAll(".passage").forEach((now) => {
      const old = document.getElementById(now.id);
      const [p, fresh] = [old?.querySelector("p"), now.querySelector("p")];
      if (p && p.innerHTML !== fresh.innerHTML) p.replaceWith(document.adoptNode(fresh));
    });
  }
  if (text) load();

  function shown(passage) {
    passage.dispatchEvent(new CustomEvent("desk:show", { bubbles: true }));
    text.querySelectorAll(".passage.shown").forEach((p) => p.classList.remove("shown"));
    passage.classList.add("shown");
    roam(passage);
    passage.scrollIntoView({ block: "center" });
  }

  // One passage can be reached by Tab, the others from it by the arrow keys.
  function roam(passage) {
    text.querySelectorAll(".passage[tabindex='0']").forEach((p) => { p.tabIndex = -1; });
    passage.tabIndex = 0;
    passage.focus({ preventScroll: true });
  }
  pane.addEventListener("keydown", (event) => {
    const passage = event.target.classList?.contains("passage") ? event.target : null;
    if (!passage || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = [...text.querySelectorAll(".passage")];
    const here = all.indexOf(passage);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined && all[to]) {
      event.preventDefault();
      roam(all[to]);
      all[to].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !passage.classList.contains("references")) {
      event.preventDefault();
      choose(passage);
    }
  });

  // ── which words ──
  function plain(node) {
    const copy = node.cloneNode(true);
    copy.querySelectorAll(".back, .page, .choose").forEach((part) => part.remove());
    return copy.textContent;
  }
  const passageOf = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest("#text .passage");

  // A word that the mouse has cut at either end is meant whole.
  function inWholeWords(chosen) {
    const range = chosen.cloneRange();
    const cuts = (node, at) => node.nodeType === 3 && at > 0 && /^[\p{L}\p{N}]{2}$/u.test(node.data.slice(at - 1, at + 1));
    while (cuts(range.startContainer, range.startOffset)) range.setStart(range.startContainer, range.startOffset - 1);
    while (cuts(range.endContainer, range.endOffset)) range.setEnd(range.endContainer, range.endOffset + 1);
    return range;
  }

  function selected() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed || !text) return null;
    const range = inWholeWords(selection.getRangeAt(0));
    const [from, to] = [passageOf(range.startContainer), passageOf(range.endContainer)];
    if (!from) return null;
    const box = document.createElement("div");
    box.append(range.cloneContents());
    return { quote: plain(box).trim(), passage: from === to ? from.dataset.passage : "", range };
  }

  const button = document.createElement("button");
  button.type = "button";
  button.id = "make-evidence";
  button.className = "desk-button primary floating";
  button.textContent = words.sayEvidence;
  button.hidden = true;
  pane.append(button);
  button.addEventListener("mousedown", (event) => event.preventDefault()); // keep the selection
  // A finger on the button may end the selection before the press counts: what was selected when it
  // came down is meant.
  let held = null;
  button.addEventListener("pointerdown", () => { held = selected(); });
  button.addEventListener("pointercancel", () => { held = null; });
  button.addEventListener("click", () => {
    const chosen = selected() || held;
    held = null;
    button.hidden = true;
    make(chosen);
  });
  const handles = matchMedia("(pointer: coarse)"); // a phone draws handles below the words
  // The button would stand in the way of a mouse that is still drawing, and take in the whole page.
  let draws = false;
  document.addEventListener("pointerdown", (event) => { draws = event.pointerType === "mouse" && event.target !== button; });
  ["pointerup", "pointercancel"].forEach((end) => document.addEventListener(end, () => {
    if (!draws) return;
    draws = false;
    placeButton();
  }));
  document.addEventListener("selectionchange", placeButton);

  function placeButton() {
    const now = selected();
    if (held && !now) return;
    button.hidden = draws || !now || !now.quote;
    if (button.hidden) return;
    if (now.quote !== refusedQuote) forget(); // other words: what was said of the last ones is over
    const [rect, frame] = [now.range.getBoundingClientRect(), pane.getBoundingClientRect()];
    const below = rect.bottom + (handles.matches ? 34 : 6);
    const lowest = innerHeight - button.offsetHeight - 8; // never below what is seen
    const top = rect.bottom > 0 && rect.top < lowest ? Math.min(below, lowest) : below;
    button.style.top = `${top - frame.top + pane.scrollTop}px`;
    button.style.left = `${Math.max(8, Math.min(rect.left - frame.left, frame.width - button.offsetWidth - 16))}px`;
  }
  document.addEventListener("desk:evidence", () => {
    const now = selected();
    if (now && now.quote) make(now);
    else say(words.sayNoWords, "warning");
  });

  // By keyboard: a passage as a list of its sentences.
  function choose(passage) {
    pane.querySelector(".choose")?.remove();
    const whole = plain(passage).trim();
    const parts = whole.split(/(?<=[.!?]["”’)\]]?)\s+(?=[A-Z0-9("“[])/);
    const form = document.createElement("form");
    form.className = "choose card";
    const set = document.createElement("fieldset");
    set.append(Object.assign(document.createElement("legend"), { textContent: words.sayChoose, lang: "ja" }));
    let at = 0;
    parts.forEach((part) => {
      const start = whole.indexOf(part, at);
      at = start + part.length;
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox" });
      box.dataset.start = start;
      box.dataset.end = at;
      label.append(box, " ", part);
      set.append(label);
    });
    const actions = Object.assign(document.createElement("div"), { className: "actions" });
    const make_ = Object.assign(document.createElement("button"),
      { type: "submit", className: "desk-button primary", textContent: words.sayEvidence });
    const close = Object.assign(document.createElement("button"),
      { type: "button", className: "desk-button", textContent: words.sayClose });
    actions.append(make_, close);
    form.append(set, actions);
    const leave = () => { form.remove(); passage.focus(); };
    close.addEventListener("click", leave);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); leave(); }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const ticked = [...form.querySelectorAll("input:checked")];
      if (!ticked.length) { say(words.sayNoWords, "warning"); return; }
      const quote = whole.slice(Number(ticked[0].dataset.start), Number(ticked.at(-1).dataset.end));
      form.remove();
      make({ quote, passage: passage.dataset.passage });
    });
    passage.append(form);
    form.querySelector("input").focus();
  }

  // ── the words become evidence ──
  async function make(chosen) {
    forget();
    if (!chosen || !chosen.quote) { say(words.sayNoWords, "warning"); return; }
    if (!field || !document.contains(field)) { say(words.sayNoPlace, "warning"); return; }
    const target = field;
    const typed = target.value;
    try {
      const row = await ask(words.quote, {
        quote: chosen.quote, passage: chosen.passage, card: cardOf(target).id,
        text: typed, caret: caretOf(target),
      });
      known.set(row.key, row);
      getSelection().removeAllRanges();
      if (target.value !== typed) say(words.sayChanged, "warning");
      else put(target, row.at, row.key);
      chips(target);
      load();
    } catch (error) {
      refuse(error, chosen.quote);
    }
  }

  // What was refused is said until other words are chosen or somebody writes on.
  let refusedQuote = "";
  function forget() {
    pane.querySelector(".refused")?.remove();
    refusedQuote = "";
  }

  function refuse(error, quote) {
    refusedQuote = quote;
    const box = Object.assign(document.createElement("div"), { className: "notice error refused" });
    box.setAttribute("role", "alert");
    box.append(Object.assign(document.createElement("p"), { textContent: error.message, lang: "ja" }));
    if (error.data.nearest) {
      const quote = Object.assign(document.createElement("blockquote"), { lang: "en" });
      quote.textContent = error.data.nearest;
      const use = Object.assign(document.createElement("button"),
        { type: "button", className: "desk-button", textContent: words.sayUse });
      use.addEventListener("click", () => make({ quote: error.data.nearest, passage: error.data.passage }));
      box.append(Object.assign(document.createElement("p"), { textContent: words.sayNearest }), quote, use);
    }
    const close = Object.assign(document.createElement("button"),
      { type: "button", className: "desk-button", textContent: words.sayClose });
    const leave = () => { box.remove(); field?.focus(); };
    close.addEventListener("click", leave);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); leave(); }
    });
    box.append(close);
    pane.append(box);
    (box.querySelector("button") || close).focus();
    box.scrollIntoView({ block: "nearest" });
  }

  // ── where the cursor stands; the server counts characters, a browser half of some ──
  const cardOf = (node) => node.closest(".desk-card");
  const caretOf = (area) => [...area.value.slice(0, area.selectionEnd)].length;
  const unitsTo = (value, characters) => [...value].slice(0, characters).join("").length;

  function put(area, at, key) {
    area.dispatchEvent(new CustomEvent("desk:show", { bubbles: true }));
    area.focus();
    if (at === null) { say(words.sayHasMark, "info"); return; }
    insert(area, at, `[^${key}]`);
    say(words.sayMarked);
  }

  function insert(area, at, mark) {
    const place = unitsTo(area.value, at);
    area.focus();
    area.setSelectionRange(place, place);
    // insertText keeps the browser's own undo; where it is not known, the text is set.
    if (document.execCommand?.("insertText", false, mark)) return;
    area.setRangeText(mark, place, place, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const PROSE = "form[data-card] textarea:not([data-line])";
  const isProse = (node) => node instanceof Element && node.matches(`.desk-card ${PROSE}`);
  document.addEventListener("focusin", (event) => { if (isProse(event.target)) field = event.target; });
  document.addEventListener("desk:field", (event) => { // the card in hand has a field of its own
    const area = event.target.querySelector(PROSE);
    if (area && area !== field) {
      field = area;
      area.setSelectionRange(area.value.length, area.value.length);
    }
  });

  // Where only the paper is seen, it says which sentence the words will be evidence of.
  const aim = Object.assign(document.createElement("p"), { className: "aim", lang: "ja" });
  pane.prepend(aim);
  function sentenceAt(area) {
    const caret = area.selectionEnd;
    let end = 0;
    const parts = area.value.match(/[^。！？\n]*(?:[。！？]+(?:\[\^\w+\])*|\n|$)/gu) || [];
    return parts.find((part) => { end += part.length; return end >= caret; }) || "";
  }
  function sayAim() {
    const sentence = field && document.contains(field) ? sentenceAt(field).replace(/\[\^\w+\]/g, "").trim() : "";
    const short = sentence.length > 40 ? `${sentence.slice(0, 40)}…` : sentence;
    aim.textContent = short ? words.sayAim.replace("{words}", short) : words.sayNoPlace;
  }
  document.addEventListener("desk:pane", sayAim);

  document.addEventListener("click", async (event) => {
    const spare = event.target.closest?.("[data-mark]");
    if (!spare) return;
    const area = cardOf(spare).querySelector(PROSE);
    const typed = area.value;
    try {
      const { at } = await ask(words.place, { key: spare.dataset.mark, text: typed, caret: caretOf(area) });
      if (area.value === typed) put(area, at, spare.dataset.mark);
      chips(area);
    } catch (error) {
      say(error.message, "error");
    }
  });

  // ── chips below a field, as it is typed ──
  function learn() {
    document.querySelectorAll(".chip[data-key]").forEach((chip) => {
      const link = chip.querySelector("a.mark");
      if (!link || known.has(chip.dataset.key)) return;
      known.set(chip.dataset.key, {
        key: chip.dataset.key,
        passage: link.dataset.passage,
        label: chip.querySelector(".chip-place").textContent.trim(),
        quote: chip.querySelector("blockquote").textContent.trim(),
      });
    });
  }
  learn();
  const inUse = () => [...document.querySelectorAll(".chip[data-key]:not(.spare)")]
    .map((chip) => `${cardOf(chip).id} ${chip.dataset.key}`).join();
  const work = () => document.getElementById("work").textContent.trim();
  let marked = inUse() + work();
  document.addEventListener("desk:synced", () => {
    learn();
    const now = inUse() + work();
    if (now !== marked || !text?.children.length) load();
    marked = now;
  });

  const keysIn = (value) => [...value.matchAll(/\[\^([A-Za-z0-9]{1,12})\]/g)].map((m) => m[1]);
  const labelOf = (row) => row.label ?? [row.page && `p. ${row.page}`, row.section].filter(Boolean).join(" · ");

  function chips(area) {
    const box = cardOf(area).querySelector(".found");
    if (!box) return;
    const used = new Set(keysIn(area.value));
    let list = box.querySelector(".chips");
    if (!list && used.size) {
      list = Object.assign(document.createElement("ul"), { className: "chips" });
      box.append(list);
    }
    list?.querySelectorAll(".chip").forEach((chip) => chip.classList.toggle("spare", !used.has(chip.dataset.key)));
    used.forEach((key) => {
      if (!list.querySelector(`.chip[data-key="${key}"]`)) list.append(chip(key));
    });
  }

  function chip(key) {
    const row = known.get(key);
    const item = Object.assign(document.createElement("li"), { className: row ? "chip" : "chip unknown" });
    item.dataset.key = key;
    const mark = document.createElement(row ? "a" : "span");
    mark.className = "mark";
    mark.textContent = `[^${key}]`;
    const place = Object.assign(document.createElement("span"), { className: "chip-place" });
    place.textContent = row ? labelOf(row) : words.sayUnknown;
    item.append(mark, " ", place);
    if (row) {
      mark.href = `${document.getElementById("read-text").getAttribute("href")}#${row.passage}`;
      mark.dataset.passage = row.passage;
      const quote = Object.assign(document.createElement("blockquote"), { lang: "en" });
      quote.append(Object.assign(document.createElement("p"), { textContent: row.quote }));
      item.append(quote);
    }
    return item;
  }

  // ── from a chip to its passage, and back ──
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest?.("a[data-passage], a.back[data-key]");
    if (!link || !desk.contains(link)) return;
    if (link.dataset.passage) {
      const passage = text && document.getElementById(link.dataset.passage);
      if (!passage) return; // not there (yet): the link leads to the whole text
      event.preventDefault();
      shown(passage);
      return;
    }
    const at = [...document.querySelectorAll(`.chip[data-key="${link.dataset.key}"]:not(.spare) a.mark`)][0]
      || document.querySelector(`.chip[data-key="${link.dataset.key}"] a.mark`);
    event.preventDefault();
    if (!at) return;
    at.dispatchEvent(new CustomEvent("desk:show", { bubbles: true }));
    at.focus();
    cardOf(at).scrollIntoView({ block: "nearest" });
  });

  // ── marks that a sentence has lost while it was rewritten ──
  const timers = new WeakMap();
  document.addEventListener("input", (event) => {
    if (!isProse(event.target)) return;
    const area = event.target;
    forget();
    clearTimeout(timers.get(area));
    timers.set(area, setTimeout(() => { chips(area); offer(area); }, 600));
  });

  async function offer(area) {
    const box = cardOf(area).querySelector(".lost");
    const present = new Set(keysIn(area.value));
    const typed = area.value;
    box.hidden = true;
    if (!keysIn(area.defaultValue).some((key) => !present.has(key))) return;
    let found;
    try {
      found = (await ask(words.lost, { before: area.defaultValue, text: typed })).lost;
    } catch {
      return; // an offer less; nothing typed is touched
    }
    if (area.value !== typed || !found.length) return;
    box.replaceChildren(Object.assign(document.createElement("p"), { textContent: words.sayLost }),
      ...found.map((one) => offered(area, typed, one)));
    box.hidden = false;
  }

  function offered(area, typed, one) {
    const line = document.createElement("p");
    const back = Object.assign(document.createElement("button"),
      { type: "button", className: "desk-button small", textContent: words.sayGiveBack });
    back.addEventListener("click", () => {
      if (area.value === typed) insert(area, one.at, one.keys.map((key) => `[^${key}]`).join(""));
      else offer(area);
    });
    const marks = Object.assign(document.createElement("span"), { className: "mark", textContent: one.keys.map((k) => `[^${k}]`).join("") });
    line.append(Object.assign(document.createElement("q"), { textContent: one.sentence }), " ", marks, " ", back);
    return line;
  }
})();
