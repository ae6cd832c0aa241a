"use strict";
// Where a JSON Pointer leads in the text of a JSON document, without reading more of it than lies on the way.
const places = (() => {
  const SPACE = /[ \t\r\n\ufeff]*/y;
  const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
  const PLAIN = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

  class Broken extends Error {
    constructor(at) {
      super("no JSON");
      this.at = at;
    }
  }

  const match = (pattern, text, at) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) throw new Broken(at);
    return pattern.lastIndex;
  };
  const blank = (text, at) => match(SPACE, text, at);

  // The members of the object or array that begins at `at`: [key, where the key or item begins, where its value does].
  // Whoever takes one says where its value ends.
  const members = function* (text, at) {
    const isObject = text[at] === "{";
    const close = isObject ? "}" : "]";
    let place = blank(text, at + 1);
    if (text[place] === close) return place + 1;
    for (let number = 0; ; number += 1) {
      const from = place;
      let key = String(number);
      if (isObject) {
        place = match(STRING, text, place);
        key = JSON.parse(text.slice(from, place));
        place = blank(text, place);
        if (text[place] !== ":") throw new Broken(place);
        place = blank(text, place + 1);
      }
      place = blank(text, yield [key, from, place]);
      if (text[place] === close) return place + 1;
      if (text[place] !== ",") throw new Broken(place);
      place = blank(text, place + 1);
    }
  };

  const end = (text, at) => {
    if (text[at] === '"') return match(STRING, text, at);
    if (text[at] !== "{" && text[at] !== "[") return match(PLAIN, text, at);
    const inside = members(text, at);
    let step = inside.next();
    while (!step.done) step = inside.next(end(text, step.value[2]));
    return step.value;
  };

  const down = (text, at, [key, ...rest], from) => {
    if (key === undefined || (text[at] !== "{" && text[at] !== "[")) return [from, end(text, at)];
    const inside = members(text, at);
    let step = inside.next();
    while (!step.done) {
      const [name, begins, value] = step.value;
      if (name === key) return down(text, value, rest, begins);
      step = inside.next(end(text, value));
    }
    return [from, end(text, at)];
  };

  // [start, end] of what the pointer names, its key included, or of the nearest thing around it that is there.
  // Of a text that is no JSON: the place where it ceases to be.
  const find = (text, pointer) => {
    const path = pointer.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    try {
      const start = blank(text, 0);
      if (pointer === "") {
        const after = blank(text, end(text, start));
        return after < text.length ? [after, text.length] : [start, start];
      }
      return down(text, start, path, start);
    } catch (error) {
      if (!(error instanceof Broken)) return [0, 0]; // nested too deep to follow
      return [error.at, Math.min(error.at + 1, text.length)];
    }
  };

  return { find };
})();
