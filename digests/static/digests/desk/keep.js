// Unsaved words of a card are kept in this browser and offered on it after a reload or a sign-in.
(() => {
  "use strict";
  const CARD = "form[data-card]";
  const DAYS = 14 * 864e5;
  const PREFIX = `keep:${document.currentScript.dataset.editor}:`;
  const firsts = new WeakMap(); // what the server sent, by form
  const timers = new WeakMap();
  const fieldsOf = (form) =>
    [...form.elements].filter((e) => e.name && e.matches("textarea, select, input:not([type=hidden], [type=file])"));
  const keyOf = (form) => { // the cards of a paper's own texts have one address and a field each
    const { pathname } = new URL(form.action, location.href);
    return PREFIX + pathname + (/\/entries\/\d+\/save\/$/.test(pathname) ? `#${fieldsOf(form).map((e) => e.name)}` : "");
  };
  const wordsOf = (form) => Object.fromEntries(fieldsOf(form).map((e) => [e.name, e.value]));
  const plain = (text) => (text || "").normalize("NFC").replace(/\s+/g, "");
  const isLike = (a, b) => Object.keys(a).every((name) => !(name in b) || plain(a[name]) === plain(b[name]));

  function store(key, value) { // a full or forbidden storage keeps nothing, and breaks nothing
    try {
      if (value === undefined) return JSON.parse(localStorage.getItem(key));
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch { /* as above */ }
    return null;
  }

  // Nobody's words stay for longer, whoever signs in here.
  try {
    Object.keys(localStorage).filter((key) => key.startsWith("keep:"))
      .filter((key) => !(Date.now() - (store(key)?.at || 0) < DAYS)).forEach((key) => store(key, null));
  } catch { /* as above */ }

  function know(form) {
    if (!firsts.has(form)) firsts.set(form, wordsOf(form));
  }

  function keep(form) {
    clearTimeout(timers.get(form));
    timers.delete(form);
    const words = wordsOf(form);
    const isOpen = form.matches("[data-unsaved]"); // a clash or a refusal: only a part of the words
    const before = (isOpen && store(keyOf(form))) || { version: form.elements.row_version?.value };
    const kept = { ...before, at: Date.now(), words: { ...before.words, ...words } };
    store(keyOf(form), !isOpen && isLike(words, firsts.get(form) || {}) ? null : kept);
  }

  function changed(was, is) { // the ends that both share stay plain
    let a = 0;
    let z = 0;
    const least = Math.min(was.length, is.length);
    while (a < least && was[a] === is[a]) a += 1;
    while (z < least - a && was.at(-1 - z) === is.at(-1 - z)) z += 1;
    const line = document.createElement("p");
    line.className = "text";
    const parts = [["del", was.slice(a, was.length - z)], ["ins", is.slice(a, is.length - z)]];
    line.append(`${a > 24 ? "…" : ""}${is.slice(Math.max(0, a - 24), a)}`);
    parts.filter(([, text]) => text).forEach(([tag, text]) => {
      const piece = document.createElement(tag);
      piece.textContent = text;
      line.append(piece);
    });
    const end = is.slice(is.length - z);
    line.append(end.length > 24 ? `${end.slice(0, 24)}…` : end);
    return line;
  }

  function offer(form) {
    const key = keyOf(form);
    const kept = store(key);
    if (!kept) return;
    const here = wordsOf(form);
    if (Date.now() - kept.at > DAYS || isLike(kept.words, here)) {
      store(key, null);
      return;
    }
    const bar = document.getElementById("keep-bar").content.cloneNode(true).firstElementChild;
    const when = bar.querySelector("[data-when]");
    const time = new Date(kept.at).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
    when.textContent = when.textContent.replace("{time}", time);
    const version = form.elements.row_version;
    bar.querySelector("[data-moved]").hidden = !version || version.value === kept.version;
    const names = Object.keys(kept.words).filter((n) => n in here && plain(kept.words[n]) !== plain(here[n]));
    bar.querySelector("[data-diff]").append(...names.map((n) => changed(here[n], kept.words[n])));
    bar.querySelector("[data-drop]").addEventListener("click", () => {
      store(key, null);
      bar.remove();
    });
    bar.querySelector("[data-put]").addEventListener("click", () => {
      if (version && kept.version) version.value = kept.version; // so that saving merges or clashes
      names.forEach((n) => {
        form.elements[n].value = kept.words[n];
        form.elements[n].dispatchEvent(new Event("input", { bubbles: true }));
      });
      form.elements[names[0]].focus();
      bar.remove();
    });
    form.prepend(bar);
  }

  document.querySelectorAll(CARD).forEach((form) => {
    know(form);
    if (form.matches("[data-unsaved]") || form.querySelector(".errorlist")) {
      form.dataset.unsaved = "";
      keep(form);
    } else offer(form);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.form?.matches(CARD)) know(event.target.form);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form?.matches(CARD)) return;
    know(form);
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => keep(form), 500));
  });
  const flush = () => document.querySelectorAll(CARD).forEach((form) => timers.has(form) && keep(form));
  document.addEventListener("submit", flush, true);
  addEventListener("pagehide", flush);
  document.addEventListener("card:saved", (event) => {
    const form = event.target;
    clearTimeout(timers.get(form));
    timers.delete(form);
    delete form.dataset.unsaved;
    firsts.set(form, wordsOf(form));
    store(keyOf(form), null);
  });

  // The page of a clash: one press puts either text, or both changes, into the field.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-fill]");
    if (!button) return;
    const field = document.getElementById(button.dataset.into);
    field.value = document.getElementById(button.dataset.fill).textContent;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
})();
