// Keys of the desk, which the dialog of `?` lists. Letters do nothing while a field is typed in,
// while a Japanese word is being composed, or where the editor has turned them off.
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const dialog = document.getElementById("keys");
  const choice = document.getElementById("use-keys");
  const SWITCH = "desk-keys";
  let current = null; // id of the card in hand
  let waitsFor = ""; // the first of two keys
  let timer = 0;

  // ── the switch, which the browser remembers ──
  const isOn = () => { try { return localStorage.getItem(SWITCH) !== "off"; } catch { return true; } };
  choice.checked = isOn();
  choice.addEventListener("change", () => {
    try { localStorage.setItem(SWITCH, choice.checked ? "on" : "off"); } catch { /* not remembered */ }
  });
  document.getElementById("show-keys").addEventListener("click", () => dialog.showModal());

  // ── cards ──
  const stops = () => [...document.querySelectorAll("#cards [data-stop]")];
  const card = () => {
    const here = document.activeElement.closest?.("[data-stop]");
    return here || (current && document.getElementById(current)) || null;
  };
  function go(to) {
    if (!to) return;
    to.dispatchEvent(new CustomEvent("desk:show", { bubbles: true }));
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "start" });
  }
  function step(by) {
    const all = stops();
    const here = all.indexOf(card());
    go(all[here < 0 ? 0 : Math.max(0, Math.min(all.length - 1, here + by))]);
  }
  document.addEventListener("focusin", (event) => {
    const here = event.target.closest?.("#cards [data-stop]");
    if (!here) return;
    current = here.id;
    if (here.matches(".desk-card")) here.dispatchEvent(new CustomEvent("desk:field", { bubbles: true }));
  });

  const press = (selector, within = card()) => { within?.querySelector(selector)?.click(); };
  const pressForm = (end, within) => press(`form[action$="${end}"] button`, within);
  const save = () => card()?.querySelector("form[data-card]")?.requestSubmit();
  function edit() {
    const fields = card()?.querySelectorAll("form[data-card] textarea, form[data-card] input:not([type=hidden]), form[data-card] select");
    const field = [...(fields || [])].find((f) => f.matches("textarea:not([data-line])")) || fields?.[0];
    field?.focus();
  }
  function readText() {
    const passage = document.querySelector("#text .passage[tabindex='0']");
    if (!passage) return;
    passage.dispatchEvent(new CustomEvent("desk:show", { bubbles: true }));
    passage.focus({ preventScroll: true });
    passage.scrollIntoView({ block: "nearest" });
  }
  const mark = () => document.dispatchEvent(new CustomEvent("desk:evidence"));
  const leave = (url) => { if (url) location.assign(url); };

  const ACTS = {
    j: () => step(1),
    k: () => step(-1),
    J: () => pressForm("/down/"),
    K: () => pressForm("/up/"),
    n: () => press("#next-problem", desk),
    e: edit,
    s: save,
    a: () => pressForm("/accept/"),
    w: () => press("[data-words]"),
    x: () => pressForm("/reject/"),
    d: () => pressForm("/again/"),
    t: readText,
    m: mark,
    p: () => pressForm("/approve/", desk),
    c: () => leave(desk.dataset.claims),
    "[": () => leave(desk.dataset.before),
    "]": () => leave(desk.dataset.after),
    "?": () => dialog.showModal(),
    gi: () => leave(desk.dataset.issue),
  };

  const isField = (node) => node.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const { target } = event;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    } else if (event.altKey && event.code === "KeyM") {
      event.preventDefault();
      mark();
    } else if (event.key === "Escape" && document.getElementById("said").hasChildNodes() && !isField(target)) {
      document.getElementById("hush").click();
    } else if (event.key === "Escape" && isField(target)) {
      (target.closest("[data-stop]") || target).focus();
      if (document.activeElement === target) target.blur();
    } else if (!isField(target) && !event.ctrlKey && !event.altKey && !event.metaKey) letter(event);
  });

  function letter(event) {
    if (!isOn()) return;
    const typed = waitsFor + event.key;
    clearTimeout(timer);
    waitsFor = "";
    if (event.key === "g" && !typed.startsWith("gg")) {
      waitsFor = "g";
      timer = setTimeout(() => { waitsFor = ""; }, 1500);
      return;
    }
    const act = ACTS[typed];
    if (!act || event.repeat) {
      if (act && "jk".includes(event.key)) act();
      return;
    }
    event.preventDefault();
    act();
  }
})();
