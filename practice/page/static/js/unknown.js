// What this page can't draw is said, visibly: a message that silently lacks a part would teach the wrong thing.

import { h } from "./dom.js";

export function unknown(where, part) {
  return h(
    "div",
    { class: "unknown", role: "note" },
    h("p", {}, "Unknown here: ", h("code", {}, String(part?.type)), ` (${where}). Slack may draw it; this page can't.`),
    h("details", {}, h("summary", {}, "what was sent"), h("pre", {}, JSON.stringify(part, null, 2))),
  );
}
