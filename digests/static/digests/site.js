/* A reader's choices, kept in this browser alone. Loaded before the first paint: nothing jumps. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const all = (selector) => document.querySelectorAll(selector);
  let kept;
  const load = () => {
    let was = kept; // stays where nothing may be stored
    try { was = JSON.parse(localStorage.getItem("reading")); } catch { /* empty */ }
    kept = { density: was?.density, read: { ...was?.read }, later: { ...was?.later } };
  };
  load();
  const change = (how) => {
    load(); // another tab may have written
    how();
    try { localStorage.setItem("reading", JSON.stringify(kept)); } catch { say("unkept"); }
    show();
  };

  const say = (what) => {
    const said = byId("said");
    said.textContent = said.dataset[what];
    clearTimeout(say.timer);
    say.timer = setTimeout(() => { said.textContent = ""; }, 4000);
  };

  // how much is shown
  document.documentElement.classList.add("js");
  const isBrief = () => kept.density === "overview";
  const fold = () => {
    for (const details of all("details.questions")) details.open = !isBrief();
  };
  const reveal = () => {
    const place = byId(location.hash.slice(1));
    const folded = place?.closest("details.questions:not([open])");
    if (folded) { folded.open = true; place.scrollIntoView(); }
  };
  const settle = () => { if (isBrief()) fold(); show(); };
  const parsing = new MutationObserver(settle);
  parsing.observe(document, { childList: true, subtree: true });

  // read and put aside
  const paperOf = (node) => node.closest("[data-paper]");
  const mark = (button) => change(() => {
    const paper = paperOf(button);
    const slug = paper.dataset.paper;
    const marks = kept[button.dataset.mark];
    const text = (selector) => paper.querySelector(selector)?.textContent.trim();
    if (slug in marks) delete marks[slug];
    else marks[slug] = {
      title: text("h1, h2"),
      original: text(".title-en"),
      url: `${location.pathname}#${slug}`,
      bibtex: text(".cite code"),
      ...paper.was,
      at: new Date().toISOString(),
    };
  });
  const show = () => {
    const press = (button, isSo) => button.setAttribute("aria-pressed", isSo);
    for (const one of all("[data-density]"))
      press(one, (one.dataset.density === "overview") === isBrief());
    const has = (node, which) => paperOf(node).dataset.paper in kept[which];
    for (const one of all("[data-mark]")) press(one, has(one, one.dataset.mark));
    for (const one of all("[data-state]")) one.hidden = !has(one, one.dataset.state);
  };
  const list = () => {
    const place = byId("later");
    if (!place) return;
    const papers = Object.entries(kept.later).filter(([, paper]) => paper?.title).reverse();
    for (const [slug, paper] of papers) {
      const item = byId("put-aside").content.firstChild.cloneNode(true);
      const link = item.querySelector("a");
      item.dataset.paper = slug;
      item.was = paper; // off and on again loses nothing
      link.textContent = paper.title;
      if (/^\/\w/.test(paper.url)) link.href = paper.url;
      item.querySelector(".title-en").textContent = paper.original;
      place.append(item);
    }
    byId(papers.length ? "exports" : "none").hidden = false;
  };

  // what is too wide is scrolled by keyboard too
  const widths = new ResizeObserver((seen) => {
    for (const { target: box } of seen) box.tabIndex = (box.scrollWidth > box.clientWidth) - 1;
  });

  // taking away
  const save = (download, text) => {
    const href = URL.createObjectURL(new Blob([text]));
    Object.assign(document.createElement("a"), { href, download }).click();
  };
  const take = {
    json: () => save("papers.json", JSON.stringify(kept, null, 2)),
    bib: () => save("papers.bib",
      Object.values(kept.later).map((paper) => paper?.bibtex).join("\n\n")),
  };
  const words = {
    link: (button) => new URL("#" + button.closest("[id]").id, location).href,
    quote: (button) => button.closest("figure").querySelector("blockquote").innerText,
    citation: (button) => button.closest(".cite").querySelector("code").textContent,
  };
  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(words[button.dataset.copy](button));
      say("copied");
    } catch { say("failed"); }
  };

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    const { density, mark: as, copy: what, export: format } = button?.dataset ?? {};
    if (density) { change(() => { kept.density = density; }); fold(); }
    if (as) mark(button);
    if (what) copy(button);
    if (format) take[format]();
  });
  document.addEventListener("DOMContentLoaded", () => {
    parsing.disconnect();
    for (const box of all(".text :is(table, math)")) widths.observe(box);
    list();
    settle();
    reveal();
  });
  addEventListener("hashchange", reveal);
  addEventListener("storage", () => { load(); show(); });
})();
