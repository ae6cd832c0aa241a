"use strict";
// Calls of the API, with the key where there is one; what is kept for the reader is kept in this tab alone.
const caller = (() => {
  const KEY = "creatormix-key";

  // Where the browser allows it; else it is forgotten with the page.
  const keep = (name, text) => {
    try {
      if (text === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, text);
    } catch { /* forgotten */ }
  };
  const kept = (name) => {
    try {
      return sessionStorage.getItem(name);
    } catch {
      return null;
    }
  };

  let key = kept(KEY);
  const use = (text) => {
    key = text;
    keep(KEY, text);
  };
  const hasKey = () => key !== null;
  const ask = (address, options = {}) => {
    const headers = new Headers(options.headers);
    if (key !== null) headers.set("Authorization", `Bearer ${key}`);
    return fetch(address, { ...options, headers });
  };
  const problemOf = async (answer) => {
    try {
      return await answer.json();
    } catch {
      return { detail: `${answer.status} ${answer.statusText}`, errors: [] };
    }
  };

  return { keep, kept, use, hasKey, ask, problemOf };
})();
