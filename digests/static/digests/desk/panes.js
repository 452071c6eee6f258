// The desk's page: every form of it is sent in place, and what changed is put where it belongs.
// The answer to each form is the whole page, as without this script: one way to show a thing.
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const said = document.getElementById("said");
  const clash = document.getElementById("clash");
  const SELF = "/(?:up|down|approve|reopen|retry|again|accept-clean|questions|notes|accept|reject|undo|remove|restore|save|done|open|fix)/$";
  const isOurs = (form) => form.method === "post" && !form.closest(".leave")
    && (form.matches("[data-card]") || new RegExp(SELF).test(new URL(form.action).pathname));

  // ── words on the screen ──
  const wordsOf = (doc) => [...doc.querySelectorAll(".messagelist li, #messages li")];
  function say(nodes) {
    said.replaceChildren(...nodes.map((node) => {
      const line = document.createElement("div");
      line.className = `notice ${node.className || ""}`.trim();
      if (node.childNodes) line.append(...[...node.childNodes].map((part) => document.importNode(part, true)));
      else line.textContent = node.textContent;
      return line;
    }));
  }
  document.getElementById("hush").addEventListener("click", () => say([]));
  const sayText = (text, level = "error") => say([{ className: level, textContent: text }]);
  const status = (form, text) => {
    const line = form && form.querySelector(".card-status");
    if (line) line.textContent = text;
    return Boolean(line);
  };

  // ── fields and what the server last gave for them ──
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name
    && field.type !== "hidden" && "value" in field && field.type !== "submit" && field.type !== "file");
  const isSelect = (field) => field instanceof HTMLSelectElement || field.tagName === "SELECT";
  const baseOf = (field) => (isSelect(field)
    ? ([...field.options].find((o) => o.defaultSelected) || field.options[0]).value : field.defaultValue);
  function rebase(field, value) {
    if (isSelect(field)) [...field.options].forEach((o) => { o.defaultSelected = o.value === value; });
    else field.defaultValue = value;
  }
  const versionOf = (form) => form.querySelector("[name=row_version]");
  const isDirty = (form) => fieldsOf(form).some((field) => field.value !== baseOf(field));
  const textsOf = (form) => Object.fromEntries(fieldsOf(form).map((f) => [f.name, f.value]));
  const fieldIn = (form, name) => form.querySelector(`[name="${CSS.escape(name)}"]`);

  // A card keeps what is being typed. The version it was typed over moves on only where the text of
  // that version is still the one that was typed over: else the save must find the clash.
  function syncForm(form, fresh, { sent = null, isForced = false } = {}) {
    const [ours, theirs] = [form, fresh].map((one) => Number(versionOf(one).value));
    if (theirs < ours) return; // an answer that was asked for before the last save
    const given = Object.fromEntries(fieldsOf(form).map((f) => [f.name, fieldIn(fresh, f.name)?.value]));
    const fields = fieldsOf(form).filter((f) => given[f.name] !== undefined);
    const typedOn = sent && fields.some((f) => f.value !== sent[f.name]);
    const isClean = isForced || (sent ? !typedOn : !isDirty(form));
    const isSame = fields.every((f) => given[f.name] === (sent ? sent[f.name] : baseOf(f)));
    if (isClean || isSame) {
      versionOf(form).value = versionOf(fresh).value;
      fields.forEach((f) => rebase(f, given[f.name]));
    }
    if (isClean) fields.forEach((f) => { if (f.value !== given[f.name]) f.value = given[f.name]; });
    form.classList.toggle("dirty", isDirty(form));
  }

  function syncErrors(form, fresh) {
    const places = [...fresh.querySelectorAll(".field")];
    [...form.querySelectorAll(".field")].forEach((field, n) => {
      field.querySelectorAll(".errorlist").forEach((list) => list.remove());
      const now = places[n];
      field.classList.toggle("has-errors", Boolean(now && now.classList.contains("has-errors")));
      now?.querySelectorAll(".errorlist").forEach((list) => field.append(document.adoptNode(list)));
    });
  }

  // ── parts of the page ──
  const isBeingTyped = (part) => part.contains(document.activeElement)
    && document.activeElement.matches("input:not([type=hidden]), textarea, select");
  const holdsWords = (part) => [...part.querySelectorAll("textarea, input[type=text]")]
    .some((field) => field.value !== field.defaultValue);

  function syncPart(old, now) {
    if (old.outerHTML === now.outerHTML || isBeingTyped(old) || holdsWords(old)) return;
    const open = [...old.querySelectorAll("details")].map((d) => d.open);
    const fresh = document.adoptNode(now);
    fresh.querySelectorAll("details").forEach((d, n) => { if (open.length > n && open[n]) d.open = true; });
    old.replaceWith(fresh);
  }

  function syncCard(card, fresh, options) {
    card.className = fresh.className;
    const now = fresh.querySelector("form[data-card]");
    const form = card.querySelector("form[data-card]");
    if (options.isSaved) syncForm(form, now, options);
    fresh.querySelectorAll("[data-part]").forEach((part) => {
      const old = document.getElementById(part.id);
      if (old) syncPart(old, part);
    });
  }

  function syncQuestions(fresh, optionsFor) {
    const list = document.getElementById("question-cards");
    const wanted = [...fresh.getElementById("question-cards").children];
    const ids = new Set(wanted.map((card) => card.id));
    [...list.children].forEach((card) => {
      const isKept = ids.has(card.id) || isDirty(card.querySelector("form[data-card]"));
      if (!isKept) card.remove();
    });
    const made = [];
    wanted.forEach((now, place) => {
      let card = document.getElementById(now.id);
      if (card) syncCard(card, now, optionsFor(card));
      else {
        card = document.adoptNode(now);
        made.push(card);
      }
      if (list.children[place] !== card) list.insertBefore(card, list.children[place] || null);
    });
    return made;
  }

  function sync(fresh, { form = null, sent = null, isSaved = true, isForced = false } = {}) {
    const here = document.activeElement;
    const stop = here.closest?.("[data-stop]");
    const stops = [...document.querySelectorAll("#cards [data-stop]")];
    const place = stops.indexOf(stop);
    const optionsFor = (card) => (card.contains(form) ? { sent, isSaved, isForced } : { isSaved: true });
    document.querySelectorAll("#cards .desk-card").forEach((card) => {
      const now = card.closest("#question-cards") ? null : fresh.getElementById(card.id);
      if (now) syncCard(card, now, optionsFor(card));
    });
    const made = syncQuestions(fresh, optionsFor);
    fresh.querySelectorAll("#desk [data-part]").forEach((part) => {
      const old = !part.closest(".desk-card") && document.getElementById(part.id);
      if (old) syncPart(old, part);
    });
    document.title = fresh.title;
    [".desk-title", ".breadcrumbs"].forEach((name) => {
      const now = fresh.querySelector(name);
      if (now) document.querySelector(name).replaceChildren(...document.adoptNode(now).childNodes);
    });
    reveal();
    document.dispatchEvent(new CustomEvent("desk:synced"));
    const isLost = !document.contains(here) || (form && here === document.body);
    if (made.length && form) focus(made[0]);
    else if (isLost && (place >= 0 || form)) {
      const left = [...document.querySelectorAll("#cards [data-stop]")];
      const item = form && /\/items\/(\d+)\//.exec(form.action);
      const same = (stop && document.getElementById(stop.id)) || (item && document.getElementById(`item${item[1]}`));
      focus(same?.closest("[data-stop]") || left[Math.min(place, left.length - 1)]);
    } else if (here !== document.activeElement && document.contains(here)) here.focus();
  }

  function focus(node) {
    if (!node) return;
    show(node);
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "nearest" });
  }

  // ── sending ──
  async function send(form, submitter) {
    if (form.dataset.busy) return;
    const isCard = form.matches("[data-card]");
    const sent = isCard ? textsOf(form) : null;
    form.dataset.busy = "yes";
    if (isCard) status(form, desk.dataset.saySaving);
    try {
      const post = () => fetch(form.action, { method: "POST", body: new FormData(form, submitter) });
      let answer = await post();
      if (answer.status === 403 && await renewed()) answer = await post();
      const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
      take(form, answer, doc, sent);
    } catch {
      if (!status(form, desk.dataset.sayFailed)) sayText(desk.dataset.sayFailed);
    } finally {
      delete form.dataset.busy;
    }
  }

  // Who signs in again in another tab has another token: the forms of this page get it too. Whether
  // somebody is signed in. The page for signing in is not asked for: it would set a token of its own,
  // and the form that is open in the other tab would be refused.
  async function renewed() {
    const answer = await fetch(desk.dataset.entryUrl, { redirect: "manual" });
    const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = doc.getElementById("desk") && doc.querySelector("[name=csrfmiddlewaretoken]");
    if (!token) return false;
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token.value; });
    return true;
  }
  document.addEventListener("desk:renew", (event) => { event.detail.done = renewed(); });

  function take(form, answer, doc, sent) {
    if (answer.status === 409) return showClash(form, doc);
    if (answer.status === 403) return refuse(form, desk.dataset.saySignedOut);
    const isHere = doc.getElementById("desk")?.dataset.entry === desk.dataset.entry;
    if (!isHere && answer.ok && answer.redirected) return location.assign(answer.url);
    if (!isHere) return refuse(form, errorsOf(doc) || desk.dataset.sayFailed);
    const card = form.closest(".desk-card");
    const words = wordsOf(doc);
    const isSaved = answer.ok;
    if (form.matches("[data-card]") && card) {
      syncErrors(form, doc.getElementById(card.id)?.querySelector("form[data-card]") || form);
      const good = words.filter((node) => node.className.includes("success"));
      status(form, isSaved ? good.map((n) => n.textContent.trim()).join(" ") : desk.dataset.sayInvalid);
      say(words.filter((node) => !good.includes(node)));
    } else say(words);
    if (isSaved) form.querySelector("[name=item]")?.remove();
    if (isSaved && !form.matches("[data-card]")) emptied(form);
    sync(doc, { form, sent, isSaved });
    if (isSaved && sent) form.dispatchEvent(new CustomEvent("card:saved", { bubbles: true }));
    return undefined;
  }

  // What another page says of the fields that it got: they are here, and so are their words.
  const errorsOf = (doc) => [...doc.querySelectorAll(".errorlist li")].map((li) => li.textContent.trim()).join(" ");

  function emptied(form) { // what was added from a small form does not stay in it
    form.querySelectorAll("input[type=text], textarea").forEach((field) => { field.value = field.defaultValue; });
  }

  function refuse(form, words) {
    if (!status(form, words)) sayText(words);
  }

  // ── a clash: the other page's own content, over this one ──
  let clashing = null;
  function showClash(form, doc) {
    if (!clash.contains(form)) clashing = form;
    status(clashing, "");
    const close = document.createElement("button");
    close.type = "button";
    close.className = "desk-button";
    close.textContent = desk.dataset.sayClose;
    close.addEventListener("click", () => clash.close());
    const foot = Object.assign(document.createElement("p"), { className: "actions" });
    foot.append(close);
    const title = doc.querySelector(".desk-title, h1");
    const heading = document.createElement("h2");
    heading.textContent = title ? title.textContent : "";
    clash.replaceChildren(heading, ...doc.querySelector(".desk").childNodes, foot);
    // The page's own form has no address of its own where it answers the address of the card.
    clash.querySelectorAll("form").forEach((f) => { if (!f.getAttribute("action")) f.action = clashing.action; });
    if (!clash.open) clash.showModal();
    heading.tabIndex = -1;
    heading.focus();
  }

  async function settleClash(answer, doc) {
    if (answer.status === 409) return showClash(clashing, doc);
    if (!answer.ok || !doc.getElementById("desk")) return sayText(desk.dataset.sayFailed);
    clash.close();
    say(wordsOf(doc));
    sync(doc, { form: clashing, isForced: true });
    clashing.dispatchEvent(new CustomEvent("card:saved", { bubbles: true }));
    return focus(clashing.closest(".desk-card"));
  }

  async function sendClash(form, submitter) {
    const body = new FormData(form, submitter);
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
      await settleClash(answer, doc);
    } catch {
      sayText(desk.dataset.sayFailed);
    }
  }

  clash.addEventListener("close", () => clash.replaceChildren());
  clash.addEventListener("click", async (event) => { // "Keep theirs" leads to the desk: it is here
    const link = event.target.closest("a[href]");
    if (!link || new URL(link.href).pathname !== desk.dataset.entryUrl) return;
    event.preventDefault();
    const answer = await fetch(desk.dataset.entryUrl);
    await settleClash(answer, new DOMParser().parseFromString(await answer.text(), "text/html"));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!desk.contains(form) || event.defaultPrevented || form.method === "dialog") return;
    if (clash.contains(form)) {
      event.preventDefault();
      sendClash(form, event.submitter);
    } else if (isOurs(form)) {
      event.preventDefault();
      send(form, event.submitter);
    }
  });

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-card]");
    if (!form) return;
    const line = form.querySelector(".card-status");
    if (line) line.textContent = form.classList.contains("dirty") ? desk.dataset.sayUnsaved : "";
  });

  document.addEventListener("desk:fresh", (event) => {
    event.preventDefault();
    const words = wordsOf(event.detail);
    if (words.length) say(words);
    if (!event.detail.getElementById("desk")) return;
    const hasMore = event.detail.getElementById("drafts") && !document.getElementById("drafts");
    if (hasMore && !document.querySelector("form.dirty")) location.reload(); // the paper has come
    else sync(event.detail);
  });

  // ── a proposal's words, to go on writing from ──
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-words]");
    if (!button) return;
    const form = button.closest(".desk-card").querySelector("form[data-card]");
    const field = form.querySelector("textarea:not([data-line])") || form.querySelector("textarea, input:not([type=hidden])");
    if (field.value !== baseOf(field) && !window.confirm(desk.dataset.sayReplace)) return;
    const post = () => {
      const body = new FormData();
      body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      return fetch(button.dataset.words, { method: "POST", body });
    };
    try {
      let answer = await post();
      if (answer.status === 403 && await renewed()) answer = await post();
      if (!answer.ok) throw new Error(String(answer.status));
      field.value = (await answer.json()).text;
    } catch {
      sayText(desk.dataset.sayFailed);
      return;
    }
    form.querySelector("[name=item]")?.remove();
    form.append(Object.assign(document.createElement("input"),
      { type: "hidden", name: "item", value: button.dataset.item }));
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });

  // ── one pane at a time where they do not fit; each is found again where it was left ──
  const places = new Map();
  function show(node) {
    const pane = node.closest(".pane");
    if (!pane || desk.dataset.pane === pane.id) return;
    places.set(desk.dataset.pane, scrollY);
    desk.dataset.pane = pane.id;
    desk.dispatchEvent(new CustomEvent("desk:pane", { bubbles: true }));
    document.querySelectorAll(".pane-tabs a").forEach((tab) => {
      if (tab.hash === `#${pane.id}`) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    });
  }
  const showHash = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && desk.contains(target)) {
      show(target);
      target.scrollIntoView({ block: "start" });
    }
  };
  desk.querySelector(".pane-tabs").addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    const pane = tab && document.querySelector(tab.hash);
    if (!pane) return;
    event.preventDefault();
    const isOther = desk.dataset.pane !== pane.id;
    show(pane);
    pane.focus({ preventScroll: true });
    if (isOther && places.has(pane.id)) scrollTo(0, places.get(pane.id));
    else pane.scrollIntoView({ block: "start" });
  });
  addEventListener("hashchange", showHash);
  document.addEventListener("desk:show", (event) => show(event.target));
  desk.addEventListener("click", (event) => { // a second press on the same link changes no hash
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) showHash();
  });
  show(document.getElementById("cards"));

  // ── problems, one after the other ──
  const withProblems = () => {
    const cards = [...document.querySelectorAll(".desk-card")];
    const bad = cards.filter((card) => card.querySelector(".problems .error"));
    return bad.length ? bad : cards.filter((card) => card.querySelector(".problems .warning"));
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#next-problem")) return;
    const found = withProblems();
    const last = found.findIndex((card) => card.id === desk.dataset.lastProblem);
    const card = found[(last + 1) % found.length];
    if (!card) return;
    desk.dataset.lastProblem = card.id;
    focus(card);
    card.scrollIntoView({ block: "start" });
  });

  // What only works here is hidden without this script.
  function reveal() {
    document.querySelectorAll("[data-words], [data-mark], #show-keys").forEach((node) => { node.hidden = false; });
    const button = document.getElementById("next-problem");
    if (button) button.hidden = withProblems().length === 0;
  }
  reveal();
  if (location.hash) showHash();
})();
