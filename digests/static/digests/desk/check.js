// The check view by keys: each element with data-key is pressed by that key. All of it are plain
// buttons and links without this.
(() => {
  "use strict";
  const isField = (element) => element.closest("input, textarea, select, [contenteditable]");
  const hasOwnEnter = (element) => element.closest("a, button, summary");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = isField(event.target);
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (event.key === "Enter" && hasOwnEnter(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const pressed = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!pressed) return;
    event.preventDefault();
    pressed.click();
    const details = pressed.closest("details");
    if (details && details.open) details.querySelector("textarea").focus();
  });
})();
