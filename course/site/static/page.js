// What a page needs beside its text: search, and boxes that scroll by keyboard.
(() => {
  const query = document.getElementById("query");
  const results = document.getElementById("results");
  const SHOWN = 12;
  const AROUND = 70; // characters on each side of what was found
  let loading = null;

  // The index is a script of its own, fetched when somebody searches: pages of a folder may load nothing else.
  const index = () =>
    (loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = "search-index.js";
      script.onload = () => resolve(window.searchIndex);
      script.onerror = reject;
      document.head.append(script);
    }));

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  // Every word must begin a word of the page's title, the heading or the text; headings count most.
  const score = (words, [, page, heading, text]) => {
    let total = 0;
    for (const word of words) {
      const begins = new RegExp(`(?<![\\p{L}\\p{N}])${word.replace(/[^\p{L}\p{N}_]/gu, "\\$&")}`, "gu");
      const times = (where) => plain(where).match(begins)?.length ?? 0;
      const found = 20 * times(heading) + 5 * times(page) + Math.min(times(text), 5);
      if (!found) return 0;
      total += found;
    }
    return total;
  };

  const around = (text, words) => {
    const at = Math.max(0, ...words.map((word) => plain(text).indexOf(word)));
    const from = Math.max(0, at - AROUND);
    return (from ? "…" : "") + text.slice(from, at + AROUND) + (at + AROUND < text.length ? "…" : "");
  };

  const line = ([address, page, heading, text], words) => {
    const link = document.createElement("a");
    link.href = address;
    const title = document.createElement("strong");
    title.textContent = heading;
    const where = document.createElement("span");
    where.textContent = heading === page ? "" : page;
    const said = document.createElement("span");
    said.className = "said";
    said.textContent = around(text, words);
    link.append(title, where, said);
    return link;
  };

  const search = async () => {
    const words = plain(query.value).split(/\s+/).filter(Boolean);
    if (!words.length) {
      results.hidden = true;
      return;
    }
    const found = (await index())
      .map((entry) => [score(words, entry), entry])
      .filter(([points]) => points)
      .sort(([a], [b]) => b - a);
    const said = document.createElement("p");
    said.textContent = found.length === 1 ? "1 place" : `${found.length || "No"} places`;
    results.replaceChildren(said, ...found.slice(0, SHOWN).map(([, entry]) => line(entry, words)));
    results.hidden = false;
  };

  const close = () => {
    results.hidden = true;
  };

  // Arrow keys move through the results as through a list.
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [query, ...results.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (step && next && !results.hidden) {
      event.preventDefault();
      next.focus();
    }
  };

  query.addEventListener("input", search);
  query.addEventListener("focus", index);
  query.parentElement.addEventListener("keydown", move);
  query.parentElement.addEventListener("focusout", (event) => {
    if (!query.parentElement.contains(event.relatedTarget)) close();
  });
  results.addEventListener("click", close);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !results.hidden) {
      close();
      query.focus();
    } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea")) {
      event.preventDefault();
      query.focus();
    }
  });

  // Who has no pointer scrolls a box by its keys, once it can have the focus.
  // A formula in a line, which no browser breaks, makes its paragraph such a box.
  for (const box of document.querySelectorAll(".wide, .formula, pre, .text p, .text li")) {
    if (box.scrollWidth > box.clientWidth) {
      if (box.matches("p, li")) box.classList.add("formula");
      box.tabIndex = 0;
      if (box.matches("li")) continue; // it stays an item of its list
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.matches("pre") ? "Code" : box.matches(".wide") ? "Table" : "Formula");
    }
  }

  // The list beside the text shows where the reader is.
  const places = new Map();
  for (const link of document.querySelectorAll(".outline a")) {
    places.set(document.getElementById(decodeURIComponent(link.hash.slice(1))), link);
  }
  const watch = new IntersectionObserver(
    (seen) => {
      const top = seen.find((entry) => entry.isIntersecting);
      if (!top) return;
      for (const link of places.values()) link.removeAttribute("aria-current");
      places.get(top.target).setAttribute("aria-current", "true");
    },
    { rootMargin: "-10% 0px -70% 0px" },
  );
  for (const heading of places.keys()) watch.observe(heading);
})();
