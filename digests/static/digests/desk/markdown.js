/* Preview and images for Markdown fields. Everything listens on the document, so fields that are
   added later work too. Tab is left alone: it leaves the field. */
"use strict";
(() => {
  const WAIT = 500; // ms after the last key
  const running = new WeakMap(); // field's box -> the request that its preview waits for
  const timers = new WeakMap();

  const boxOf = (node) => node instanceof Element && node.closest("[data-markdown]");
  const part = (box, selector) => box.querySelector(selector);
  const say = (box, words) => { part(box, ".markdown-status").textContent = words; };

  function token(box) {
    const form = box.closest("form") || document;
    const input = form.querySelector("[name=csrfmiddlewaretoken]")
      || document.querySelector("[name=csrfmiddlewaretoken]");
    return input ? input.value : "";
  }

  async function reason(box, answer) {
    if (answer.type === "opaqueredirect") return box.dataset.signedOut;
    try {
      return (await answer.json()).error || box.dataset.failed;
    } catch {
      return box.dataset.failed; // not JSON: an error page
    }
  }

  async function post(box, url, fields, signal) {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("csrfmiddlewaretoken", token(box));
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, signal, redirect: "manual" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error(box.dataset.failed);
    }
    if (!answer.ok) throw new Error(await reason(box, answer));
    return answer;
  }

  async function show(box) {
    const field = part(box, "textarea");
    running.get(box)?.abort();
    const request = new AbortController();
    running.set(box, request);
    const { entry = "", prefix = "" } = field.dataset;
    try {
      const answer = await post(box, box.dataset.previewUrl,
        { content: field.value, entry, prefix }, request.signal);
      const html = await answer.text();
      if (running.get(box) !== request) return; // a newer one was asked for meanwhile
      part(box, ".markdown-preview").innerHTML = html; // sanitised by the server
      say(box, "");
    } catch (error) {
      if (error.name !== "AbortError" && running.get(box) === request) say(box, error.message);
    }
  }

  function toggle(box, button) {
    const preview = part(box, ".markdown-preview");
    preview.hidden = !preview.hidden;
    button.setAttribute("aria-expanded", String(!preview.hidden));
    if (preview.hidden) running.get(box)?.abort();
    else show(box);
  }

  function insert(field, code) {
    field.setRangeText(code, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function add(box, images) {
    for (const image of images) {
      if (image.size > Number(box.dataset.maxBytes)) { say(box, box.dataset.tooLarge); return; }
      const alt = (window.prompt(`${box.dataset.askAlt}\n${image.name}`) || "").trim();
      if (!alt) { say(box, box.dataset.noAlt); return; }
      say(box, box.dataset.uploading);
      try {
        const answer = await post(box, box.dataset.uploadUrl, { image, alt });
        insert(part(box, "textarea"), (await answer.json()).image_code);
        say(box, box.dataset.uploaded);
      } catch (error) {
        say(box, error.message);
        return;
      }
    }
  }

  const imagesOf = (data) =>
    [...((data && data.files) || [])].filter((file) => file.type.startsWith("image/"));

  function take(event, data) {
    const box = event.target instanceof HTMLTextAreaElement && boxOf(event.target);
    const images = box ? imagesOf(data) : [];
    if (!images.length) return;
    event.preventDefault();
    add(box, images);
  }

  const reveal = (box) => { part(box, ".markdown-tools").hidden = false; };

  document.addEventListener("paste", (event) => take(event, event.clipboardData));
  document.addEventListener("drop", (event) => take(event, event.dataTransfer));
  document.addEventListener("dragover", (event) => {
    const files = event.dataTransfer && event.dataTransfer.types.includes("Files");
    if (files && event.target instanceof HTMLTextAreaElement && boxOf(event.target)) {
      event.preventDefault(); // or the browser opens the file in place of the page
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest(".markdown-show");
    if (button && boxOf(button)) toggle(boxOf(button), button);
  });
  document.addEventListener("change", (event) => {
    const box = boxOf(event.target);
    if (!box || event.target.type !== "file") return;
    const images = [...event.target.files];
    event.target.value = "";
    add(box, images);
  });
  document.addEventListener("input", (event) => {
    const box = event.target instanceof HTMLTextAreaElement && boxOf(event.target);
    if (!box || part(box, ".markdown-preview").hidden) return;
    clearTimeout(timers.get(box));
    timers.set(box, setTimeout(() => show(box), WAIT));
  });
  document.addEventListener("focusin", (event) => {
    const box = boxOf(event.target);
    if (box) reveal(box);
  });
  const revealAll = () => document.querySelectorAll("[data-markdown]").forEach(reveal);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", revealAll);
  else revealAll();
})();
