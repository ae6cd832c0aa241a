"use strict";
// What a report does once a browser shows it: on its own page, and where the page at / shows it with an API key.
const report = (() => {
  const PROGRESS_FIRST_MS = 5000; // a stream of which nothing comes in this time is held up on the way
  const PAUSE_MS = 2000;
  const all = (selector, from) => [...from.querySelectorAll(selector)];
  const pause = (signal) => new Promise((go) => {
    const timer = setTimeout(go, PAUSE_MS);
    signal.addEventListener("abort", () => { clearTimeout(timer); go(); }, { once: true });
  });

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
  const makeSortable = (head) => {
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
  };

  // Parts that are made on request. Drawings and what has to be solved do not wait for each other.
  const load = async (place, address, { ask, signal }) => {
    const query = new URLSearchParams({ part: place.dataset.part, lang: document.documentElement.lang.split("-")[0] });
    const since = Date.now();
    const clock = place.querySelector(".seconds");
    const ticking = setInterval(() => { clock.textContent = ` ${Math.round((Date.now() - since) / 1000)} s`; }, 1000);
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(`${address}?${query}`, { headers: { Accept: "text/html, application/problem+json" }, signal });
      if (!answer.ok) throw new Error(String(answer.status));
      place.innerHTML = await answer.text();
      place.removeAttribute("data-missing");
    } catch {
      all(".wait", place).forEach((each) => each.remove());
      all(".lost", place).forEach((each) => { each.hidden = false; });
      place.setAttribute("data-lost", "");
    }
    clearInterval(ticking);
    place.removeAttribute("aria-busy");
  };
  const loadParts = (from, way) => {
    const address = from.querySelector("[data-report]")?.dataset.report;
    const missing = all("[data-missing]", from);
    for (const isSolved of [false, true]) {
      missing
        .filter((place) => ("solved" in place.dataset) === isSolved)
        .reduce((before, place) => before.then(() => load(place, address, way)), Promise.resolve());
    }
  };

  // A solve that goes on.
  const eventsOf = async function* (body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split(/\r\n\r\n|\n\n|\r\r/);
      rest = blocks.pop();
      for (const block of blocks) {
        const event = { event: "message", data: "", id: null };
        for (const line of block.split(/\r\n|\n|\r/)) {
          const [field, text] = line.split(/: ?(.*)/s);
          if (field in event) event[field] = text ?? "";
        }
        yield event;
      }
    }
  };
  const follower = (live) => {
    const locale = document.documentElement.lang;
    const people = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    const shares = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const seconds = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const word = (name) => all("[data-word]", live).find((each) => each.dataset.word === name)?.textContent ?? name;
    const show = (name, text) => {
      const field = live.querySelector(`[data-field="${name}"]`);
      if (field.textContent !== text) field.textContent = text;
    };
    return {
      status: (told) => show("status", word(told.status)),
      progress: (told) => {
        show("phase", word(told.phase));
        if (told.value !== null) show("value", people.format(told.value));
        if (told.bound !== null) show("bound", people.format(told.bound));
        if (told.relative_gap !== null) show("relative_gap", shares.format(told.relative_gap));
        show("elapsed_s", `${seconds.format(told.elapsed_s)} s`);
      },
    };
  };
  const follow = async (live, { ask, ended, signal }) => {
    const shown = follower(live);
    const lost = live.querySelector(".lost");
    let last = null;
    // Whether the stream told that it has ended.
    const stream = async () => {
      const cut = new AbortController();
      const timer = setTimeout(() => cut.abort(), PROGRESS_FIRST_MS);
      const headers = { Accept: "text/event-stream", ...(last === null ? {} : { "Last-Event-ID": last }) };
      try {
        const answer = await ask(live.dataset.events, { headers, signal: AbortSignal.any([signal, cut.signal]) });
        if (!answer.ok) return false;
        for await (const { event, data, id } of eventsOf(answer.body)) {
          clearTimeout(timer);
          lost.hidden = true;
          last = id ?? last;
          if (event === "completed") return true;
          shown[event]?.(JSON.parse(data));
        }
        return false;
      } finally {
        clearTimeout(timer);
        cut.abort();
      }
    };
    // The same by asking once: whether it has ended.
    const poll = async () => {
      const answer = await ask(live.dataset.address, { headers: { Accept: "application/json" }, signal });
      if (!answer.ok) return answer.status === 404 || answer.status === 401;
      lost.hidden = true;
      const told = await answer.json();
      if (told.status !== "queued" && told.status !== "running") return true;
      shown.status(told);
      if (told.progress) shown.progress(told.progress);
      return false;
    };
    while (!signal.aborted) {
      for (const way of [stream, poll]) {
        try {
          if (await way()) {
            if (!signal.aborted) ended();
            return;
          }
        } catch {
          lost.hidden = signal.aborted;
        }
        if (signal.aborted) return;
      }
      await pause(signal);
    }
  };
  const makeStoppable = (button, { ask, signal }) => {
    button.hidden = false;
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    button.after(said);
    button.addEventListener("click", async () => {
      button.disabled = true;
      said.textContent = button.dataset.said;
      try {
        const answer = await ask(button.dataset.stop, { method: "POST", signal });
        if (answer.ok) return;
        said.textContent = (await answer.json()).detail;
      } catch {
        said.textContent = button.dataset.lost;
      }
      button.disabled = false;
    });
  };

  // Bring what stands in `from` to life. way: {ask: as fetch, ended: what to do when a solve has, signal: ends it all}.
  const start = (from, way) => {
    all("th[data-sort]", from).forEach(makeSortable);
    all("[data-stop]", from).forEach((button) => makeStoppable(button, way));
    loadParts(from, way);
    all("[data-events]", from).forEach((live) => follow(live, way));
  };

  // What is folded away is printed all the same.
  addEventListener("beforeprint", () => all("details", document).forEach((each) => { each.open = true; }));

  return { start };
})();
