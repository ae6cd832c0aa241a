(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Tables whose columns can be sorted.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.v ?? cell.textContent.trim();
    return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
  };
  const order = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), document.documentElement.lang, { numeric: true });
  };
  for (const head of all("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const first = head.classList.contains("n") ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const way = head.getAttribute("aria-sort") === first ? other : first;
      for (const each of head.parentElement.cells) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way);
      const body = head.closest("table").tBodies[0];
      const sign = way === "ascending" ? 1 : -1;
      const rows = [...body.rows].map((row) => [valueOf(row, head.cellIndex), row]);
      rows.sort(([a], [b]) => (a === "" || b === "" ? order(a, b) : sign * order(a, b)));
      body.append(...rows.map(([, row]) => row));
    });
  }

  // What is folded away is printed all the same.
  addEventListener("beforeprint", () => all("details").forEach((each) => { each.open = true; }));

  // Parts that are made on request, one after the other.
  const load = async (place) => {
    const query = new URLSearchParams({ part: place.dataset.part, lang: document.documentElement.lang.split("-")[0] });
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`?${query}`, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      place.innerHTML = await answer.text();
      place.removeAttribute("data-missing");
    } catch {
      all(".wait", place).forEach((each) => each.remove());
      all(".lost", place).forEach((each) => { each.hidden = false; });
      place.setAttribute("data-lost", "");
    }
    place.removeAttribute("aria-busy");
  };
  const quickFirst = ["tiers", "overlap", "creators", "strategies", "frontier"];
  const missing = all("[data-missing]");
  missing.sort((a, b) => quickFirst.indexOf(a.dataset.part) - quickFirst.indexOf(b.dataset.part));
  missing.reduce((before, place) => before.then(() => load(place)), Promise.resolve());

  // A solve that goes on.
  const live = document.querySelector("[data-events]");
  if (live) {
    const locale = document.documentElement.lang;
    const people = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    const shares = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const seconds = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const word = (name) => all("[data-word]", live).find((each) => each.dataset.word === name)?.textContent ?? name;
    const show = (name, text) => { live.querySelector(`[data-field="${name}"]`).textContent = text; };
    const lost = live.querySelector(".lost");
    const events = new EventSource(live.dataset.events);
    events.addEventListener("open", () => { lost.hidden = true; });
    events.addEventListener("error", () => { lost.hidden = false; });
    events.addEventListener("status", (event) => {
      live.querySelector("[data-status]").textContent = word(JSON.parse(event.data).status);
    });
    events.addEventListener("progress", (event) => {
      const told = JSON.parse(event.data);
      show("phase", word(told.phase));
      if (told.value !== null) show("value", people.format(told.value));
      if (told.bound !== null) show("bound", people.format(told.bound));
      if (told.relative_gap !== null) show("relative_gap", shares.format(told.relative_gap));
      show("elapsed_s", `${seconds.format(told.elapsed_s)} s`);
    });
    events.addEventListener("completed", () => {
      events.close();
      location.reload();
    });
  }
})();
