// The desk's small conveniences. Every page works without them.
(() => {
  "use strict";

  // Live parts: while one says that work is open, the page is asked for again and the parts replaced.
  const PAUSE = 1500;
  const isTyping = () => document.querySelector("[data-card].dirty") !== null;

  async function refresh() {
    const wasOpen = document.querySelector("[data-live-open]");
    if (!wasOpen) return;
    let more = PAUSE;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const offered = new CustomEvent("desk:fresh", { detail: fresh, cancelable: true });
      if (!document.dispatchEvent(offered)) { // the desk's page puts it in place by itself
        again(PAUSE * 2);
        return;
      }
      const isDone = !fresh.querySelector("[data-live-open]");
      if (isDone && wasOpen.hasAttribute("data-live-reload") && !isTyping()) {
        location.reload();
        return;
      }
      document.querySelectorAll("[data-live]").forEach((old) => {
        const now = fresh.getElementById(old.id);
        if (now && now.outerHTML !== old.outerHTML && !old.contains(document.activeElement)) {
          keepChoices(old, now);
          old.replaceWith(document.adoptNode(now));
        }
      });
    } catch {
      more = PAUSE * 4;
    }
    again(more);
  }

  let waits = 0;
  function again(pause) {
    clearTimeout(waits);
    waits = setTimeout(refresh, pause);
  }

  function keepChoices(old, now) {
    old.querySelectorAll("input[name]").forEach((was) => {
      const all = [...now.querySelectorAll(`input[name="${CSS.escape(was.name)}"]`)];
      const is = all.find((box) => box.value === was.value) || (all.length === 1 && all[0]);
      if (is) is.checked = was.checked;
    });
    old.querySelectorAll("details").forEach((was, i) => {
      const is = now.querySelectorAll("details")[i];
      if (is) is.open = was.open;
    });
  }
  again(PAUSE);
  document.addEventListener("desk:synced", () => again(PAUSE * 2)); // work may have been asked for

  // A ticked row gets the next place in the order; the choice is kept on the server as it is made.
  const choice = document.querySelector("form[data-autosave]");
  if (choice) {
    const places = () => [...choice.querySelectorAll("input[name^='position-']")];
    const unkept = choice.querySelector("[data-unkept]");
    let isBusy = false;
    let isBehind = false; // something was changed while the last change was on its way
    const post = () => {
      const body = new FormData(choice);
      body.set("action", "save");
      isBehind = false;
      const asked = { method: "POST", body, headers: { "X-Autosave": "1" }, redirect: "manual" };
      const lasting = fetch(location.href, { ...asked, keepalive: true }); // it outlives the page
      return lasting.catch(() => fetch(location.href, asked)); // too long a list may not
    };
    async function save() { // at once, so that who loads the page again sees what was ticked;
      isBehind = true; // one after the other: an older choice never overtakes a newer one
      if (isBusy) return;
      isBusy = true;
      while (isBehind) {
        const answer = await post().catch(() => null);
        unkept.hidden = Boolean(answer?.ok);
      }
      isBusy = false;
    }
    addEventListener("beforeunload", () => { // who leaves at once keeps the last tick too
      if (isBehind) post().catch(() => null);
    });
    addEventListener("submit", (event) => { // forms of this page bring the choice, or change its rows
      if (!event.target.hasAttribute("action")) isBehind = false;
    });
    choice.addEventListener("change", (event) => {
      const box = event.target;
      if (box.name === "pick") {
        const place = choice.elements[`position-${box.value}`];
        const taken = places().map((p) => Number(p.value) || 0);
        place.value = box.checked ? Math.max(0, ...taken) + 1 : "";
      }
      const shown = choice.querySelector("[data-picked]");
      const picked = choice.querySelectorAll("input[name='pick']:checked").length;
      shown.textContent = shown.textContent.replace(/\d+/, String(picked));
      save();
    });
  }

  // Copying a text with one press.
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy);
      text.select();
      await navigator.clipboard.writeText(text.value);
      button.nextElementSibling.textContent = button.dataset.done;
    });
  });

  // Enter saves a field of one line, as it would in an input.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || !event.target.matches?.("textarea[data-line]")) return;
    event.preventDefault();
    event.target.form?.requestSubmit();
  });

  // Leaving with unsaved words asks first. A form that was stopped on its way has saved nothing.
  const isChanged = (form) => [...form.elements].some((field) => {
    if (field.type === "hidden" || !field.name) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return field.value !== baseOf(field);
    return "defaultValue" in field && field.value !== field.defaultValue;
  });
  const baseOf = (select) => ([...select.options].find((o) => o.defaultSelected) || select.options[0]).value;
  document.addEventListener("input", (event) => {
    const form = event.target instanceof Element && event.target.closest("form[data-card]");
    if (form) form.classList.toggle("dirty", isChanged(form));
  });
  addEventListener("submit", (event) => {
    if (!event.defaultPrevented) event.target.classList.remove("dirty");
  });
  addEventListener("beforeunload", (event) => {
    if (isTyping()) event.preventDefault();
  });
})();
