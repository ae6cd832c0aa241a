const here = location.pathname;
report.start(document, { ask: fetch, ended: () => location.reload(), signal: new AbortController().signal });
// Back to the page from which this report was opened, once this one was loaded again in its place.
addEventListener("popstate", () => { if (location.pathname !== here) location.reload(); });
