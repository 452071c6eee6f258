// What the plain admin's own pages lack: names that a screen reader may say, and a question before
// one leaves with unsaved words in this browser.
(() => {
  "use strict";
  const { editor, ask } = document.currentScript.dataset;

  // ── names ──
  function mend() {
    document.querySelectorAll(".help-tooltip[aria-label]:not([role])").forEach((icon) => icon.setAttribute("role", "img"));
    document.querySelectorAll("thead th").forEach((head) => { // a column of buttons has no name
      if (!head.textContent.trim() && !head.children.length) {
        head.replaceWith(Object.assign(document.createElement("td"), { className: head.className }));
      }
    });
    document.querySelectorAll(".inline-group").forEach((group) => {
      if (group.scrollWidth > group.clientWidth) group.tabIndex = 0;
    });
  }
  addEventListener("load", () => setTimeout(mend)); // the admin makes its filters on load too

  // ── signing out ──
  const kept = () => {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(`keep:${editor}:`));
    } catch {
      return [];
    }
  };
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "logout-form") return;
    const keys = kept();
    if (!keys.length) return;
    if (!window.confirm(ask.replace("{n}", String(keys.length)))) {
      event.preventDefault();
      return;
    }
    keys.forEach((key) => localStorage.removeItem(key));
    document.querySelectorAll("form.dirty").forEach((form) => form.classList.remove("dirty")); // asked once
  });
})();
