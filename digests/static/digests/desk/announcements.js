// Counts an announcement while it is changed, as digests/announcements.py counts it.
(() => {
  "use strict";

  const ADDRESS = /https?:\/\/[!-~]+/g;
  const AFTER_ADDRESS = /[.,;:!?'")\]}>]+$/;
  const PICTURE =
    "(?:[\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2194-\\u21aa\\u231a-\\u23ff\\u24c2\\u25aa-\\u27bf" +
    "\\u2934\\u2935\\u2b05-\\u2b55\\u3030\\u303d\\u3297\\u3299\\u{1f000}-\\u{1faff}](?!\\ufe0e)" +
    "[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?\\u20e3?[\\u{e0020}-\\u{e007f}]*)";
  const EMOJI = new RegExp(
    `[\\u{1f1e6}-\\u{1f1ff}]{2}|[0-9#*]\\ufe0f?\\u20e3|${PICTURE}(?:\\u200d${PICTURE})*`, "gu");
  const LIGHT = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]];

  const isLight = (letter) => {
    const code = letter.codePointAt(0);
    return LIGHT.some(([first, last]) => first <= code && code <= last);
  };

  function x(text) {
    let weight = 0;
    const rest = text.normalize("NFC").replace(ADDRESS, (found) => {
      weight += 23;
      return "\u0000".concat(found.match(AFTER_ADDRESS)?.[0] ?? "");
    });
    const letters = rest.replace(EMOJI, () => {
      weight += 2;
      return "\u0000";
    });
    for (const letter of letters) if (letter !== "\u0000") weight += isLight(letter) ? 1 : 2;
    return weight;
  }

  const segmenter = window.Intl?.Segmenter && new Intl.Segmenter("ja", { granularity: "grapheme" });
  const bluesky = (text) => [...(segmenter ? segmenter.segment(text) : text)].length;
  const lengths = { x, bluesky };

  document.querySelectorAll("[data-announcement]").forEach((area) => {
    const shown = document.getElementById(area.getAttribute("aria-describedby"));
    const count = () => {
      shown.querySelectorAll("[data-length]").forEach((badge) => {
        const length = lengths[badge.dataset.length](area.value);
        badge.querySelector("span").textContent = String(length);
        badge.classList.toggle("bad", length > Number(badge.dataset.most));
      });
    };
    area.addEventListener("input", count);
    count();
  });
})();
