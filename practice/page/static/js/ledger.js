// Every change that the world has undergone, newest first; a line comes as it happens.

import { fill, h } from "./dom.js";
import { store, zone } from "./store.js";
import { toTheSecond } from "./times.js";

const list = h("ol", { class: "entries", tabindex: "0", "aria-label": "Ledger" });
const count = h("small", {});

export const ledger = h("section", { class: "ledger" }, h("h3", {}, "Ledger ", count), list);

let drawn = 0;
let shownIn = "";

export function drawLedger() {
  const all = store.ledger;
  if (all.length < drawn || shownIn !== zone()) [drawn, shownIn] = [0, zone()];
  if (drawn === 0) fill(list);
  list.prepend(...all.slice(drawn).map(line).reverse());
  if (drawn === 0 && !all.length) fill(list, h("li", { class: "none" }, "Nothing has been changed yet."));
  else list.querySelector(".none")?.remove();
  drawn = all.length;
  fill(count, all.length ? `${all.length} changes` : "");
}

function line(entry) {
  return h(
    "li",
    { "data-system": entry.system },
    h("time", {}, toTheSecond(Date.parse(entry.at) / 1000, zone())),
    h("span", { class: "system" }, entry.system),
    h("span", {}, h("strong", {}, entry.verb.replaceAll("_", " ")), ` ${entry.target}`, detail(entry), h("small", {}, entry.by ? ` by ${entry.by}` : "")),
  );
}

function detail(entry) {
  const words = entry.detail.file ?? entry.detail.snapshot ?? entry.detail.version ?? "";
  return words ? h("small", {}, ` ${words}`) : null;
}
