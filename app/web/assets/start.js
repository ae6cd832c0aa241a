"use strict";
// The page at /: a brief is checked and run, and its report shown here, with the API key where one is needed.
(() => {
  const { keep, kept, use, hasKey, ask, problemOf } = caller;
  const DRAFT = "creatormix-brief";
  const LONGEST_DRAFT = 1_000_000;
  const LONG_PASTE = 2000;
  const SHOWN_PATH = /^\/v1\/optimizations\/[^/]+\/report$/;
  const { root, report: own } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const here = location.pathname;
  const pageTitle = document.title;
  const language = document.documentElement.lang.split("-")[0];

  const words = (name) => document.querySelector(`#words [data-word="${name}"]`).textContent;
  const say = (name, values = {}) => {
    $("said").textContent = name ? words(name).replace(/{(\w+)}/g, (_, key) => values[key]) : "";
  };

  // Asking for the key; what needed it is done again with it.
  let again = null;
  const askForKey = (detail, action) => {
    again = action;
    showStart();
    say(null);
    $("key-why").textContent = detail;
    $("key").hidden = false;
    $("key-field").value = "";
    $("key-field").focus();
  };
  $("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    use($("key-field").value.trim());
    $("key-field").value = "";
    $("key").hidden = true;
    again?.();
  });
  const forgetKey = () => {
    use(null);
    location.assign(`${root}/`);
  };

  // One of the two: what stands at the beginning, or a report.
  let life = new AbortController();
  const showStart = () => {
    life.abort();
    $("shown").hidden = true;
    $("shown").replaceChildren();
    $("start").hidden = false;
    document.title = pageTitle;
  };
  const back = () => {
    const bar = $("back").content.cloneNode(true).firstElementChild;
    const forget = bar.querySelector("[data-forget]");
    forget.hidden = !hasKey();
    forget.addEventListener("click", forgetKey);
    if (!own) bar.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault();
      history.pushState(null, "", `${root}/`);
      showStart();
      $("start-main").focus();
    });
    return bar;
  };
  const showReport = async (address) => {
    say("opening");
    let page;
    try {
      const asked = new URL(address, location.href);
      if (!asked.searchParams.has("lang")) asked.searchParams.set("lang", language);
      const answer = await ask(asked, { headers: { Accept: "text/html, application/problem+json" } });
      if (!answer.ok) {
        const problem = await problemOf(answer);
        if (answer.status === 401) askForKey(problem.detail, () => showReport(address));
        else fail("refused", problem);
        return;
      }
      const html = (await answer.text()).replace(/<style>[^]*?<\/style>/, ""); // this page has the same style sheet
      page = new DOMParser().parseFromString(html, "text/html");
    } catch {
      showStart();
      say("away");
      return;
    }
    life.abort();
    life = new AbortController();
    page.querySelectorAll("script, noscript").forEach((each) => each.remove());
    $("shown").replaceChildren(...document.importNode(page.body, true).childNodes);
    $("shown").querySelector(".skip").after(back());
    $("start").hidden = true;
    $("shown").hidden = false;
    say(null);
    document.title = page.title;
    scrollTo(0, 0);
    $("shown").querySelector("main").focus({ preventScroll: true });
    report.start($("shown"), { ask, ended: () => showReport(address), signal: life.signal });
  };

  // With a key, links of a report cannot be followed as they are: files are fetched with it.
  $("shown").addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !hasKey() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { origin, pathname, href } = link;
    if (origin !== location.origin || !pathname.startsWith(`${root}/v1/`)) return;
    if (SHOWN_PATH.test(pathname.slice(root.length))) return; // the page there asks for the key, and finds it
    event.preventDefault();
    const answer = await ask(href).catch(() => null);
    if (!answer?.ok) {
      fail("refused", answer ? await problemOf(answer) : { detail: words("away"), errors: [] });
      return;
    }
    const named = /filename="?([^";]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
    const file = document.createElement("a");
    file.href = URL.createObjectURL(await answer.blob());
    file.download = named?.[1] ?? `${pathname.split("/").pop()}.json`;
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
  });

  addEventListener("popstate", () => {
    if (own) {
      if (location.pathname !== here) location.reload();
      return;
    }
    const path = location.pathname.slice(root.length);
    if (SHOWN_PATH.test(path)) {
      if ($("shown").hidden) showReport(location.pathname + location.search);
    } else if (!$("shown").hidden) showStart();
  });

  // What the service found in a brief.
  const lead = (fault) => {
    const [from, to] = places.find($("brief").value, fault.pointer);
    const text = $("brief").value;
    const line = text.slice(0, from).split("\n").length;
    const endOfLine = text.indexOf("\n", from + 2); // of a thing that begins with a bracket alone, its first member too
    $("brief").focus({ preventScroll: true });
    $("brief").setSelectionRange(from, endOfLine < 0 ? to : Math.min(to, endOfLine));
    const height = parseFloat(getComputedStyle($("brief")).lineHeight);
    $("brief").scrollTop = Math.max(0, (line - 4) * height);
    $("brief").scrollLeft = 0;
    $("brief").scrollIntoView({ block: "nearest" });
  };
  const item = (fault) => {
    const row = document.createElement("li");
    const to = document.createElement("button");
    to.type = "button";
    to.textContent = fault.pointer || words("place");
    to.addEventListener("click", () => lead(fault));
    const told = document.createElement("span");
    told.lang = "en";
    told.textContent = fault.detail;
    const kind = document.createElement("strong");
    if (fault.severity === "warning") kind.textContent = `${words("warning")} `;
    row.append(kind, to, " ", told);
    return row;
  };
  const tell = (title, faults, isBad) => {
    $("outcome-h").textContent = title;
    $("faults").replaceChildren(...faults.map(item));
    $("outcome").classList.toggle("bad", isBad);
    $("outcome").hidden = false;
    $("outcome").focus({ preventScroll: true });
    $("outcome").scrollIntoView({ block: "nearest" });
  };
  const fail = (name, problem) => {
    showStart();
    say(null);
    if (own) {
      say(name, { detail: problem.detail });
      return;
    }
    const faults = problem.errors ?? [];
    const isBrief = faults.some((fault) => fault.pointer) || faults.some((fault) => fault.code === "malformed_json");
    const title = words(faults.length === 1 ? "fault" : "faults").replace("{n}", faults.length);
    tell(isBrief ? title : words(name).replace("{detail}", problem.detail), isBrief ? faults : [], true);
  };

  if (own) {
    showReport(location.pathname + location.search);
    return;
  }

  const post = async (path, headers, action) => {
    $("outcome").hidden = true;
    for (const button of [$("run"), $("check")]) button.disabled = true;
    try {
      const answer = await ask(`${root}/v1/${path}`, {
        method: "POST",
        body: $("brief").value,
        headers: { "Content-Type": "application/json", ...headers },
      });
      if (answer.ok) return await answer.json();
      const problem = await problemOf(answer);
      if (answer.status === 401) askForKey(problem.detail, action);
      else fail("refused", problem);
    } catch {
      say("away");
    } finally {
      for (const button of [$("run"), $("check")]) button.disabled = false;
    }
    return null;
  };
  const check = async () => {
    say("checking");
    const found = await post("optimizations:validate", {}, check);
    if (!found) return;
    say(null);
    const faults = [...found.errors, ...found.warnings];
    const errors = found.errors.length;
    const title = errors ? words(errors === 1 ? "fault" : "faults").replace("{n}", errors) : words(faults.length ? "warnings" : "valid");
    tell(title, faults, errors > 0);
  };
  const run = async () => {
    say("running");
    const made = await post("optimizations", { Prefer: "respond-async" }, run);
    if (!made) return;
    const address = `${root}/v1/optimizations/${made.id}/report`;
    history.pushState(null, "", address);
    await showReport(address);
  };
  $("check").addEventListener("click", check);
  $("run").addEventListener("click", run);
  $("brief").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });

  // Other briefs: one that is built in, a file, or what was written here before.
  const put = (text, demo) => {
    $("brief").value = text;
    $("demo").value = demo;
    $("outcome").hidden = true;
    say(null);
    draft();
  };
  const draft = () => keep(DRAFT, $("brief").value.length > LONGEST_DRAFT ? null : JSON.stringify([$("demo").value, $("brief").value]));
  $("brief").addEventListener("paste", (event) => {
    // Chromium takes seconds to paste a thousand lines and minutes for ten thousand; put in like this they are there.
    const text = event.clipboardData.getData("text/plain");
    if (text.length < LONG_PASTE) return;
    event.preventDefault();
    $("brief").setRangeText(text, $("brief").selectionStart, $("brief").selectionEnd, "end");
    $("brief").dispatchEvent(new Event("input"));
  });
  $("brief").addEventListener("input", () => { $("demo").value = ""; draft(); });
  $("demo").addEventListener("change", async () => {
    const name = $("demo").value;
    try {
      const answer = await fetch(`${root}/v1/demo-briefs/${name}`);
      if (!answer.ok) throw new Error(String(answer.status));
      put(await answer.text(), name);
    } catch {
      say("demo_failed");
    }
  });
  $("file").addEventListener("change", async () => {
    const [file] = $("file").files;
    if (!file) return;
    try {
      put(await file.text(), "");
    } catch {
      say("file_failed");
    }
    $("file").value = "";
  });
  const before = kept(DRAFT);
  if (before !== null) {
    const [demo, text] = JSON.parse(before);
    $("brief").value = text;
    $("demo").value = demo;
  }
})();
