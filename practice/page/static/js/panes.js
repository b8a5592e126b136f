// On narrow screens one part is seen at a time; on wide ones the buttons of this bar are not there.

import { fill, h } from "./dom.js";
import { on, store } from "./store.js";

const bar = document.getElementById("panes");
const PANES = { list: "Conversations", channel: "Channel", world: "World" };

export function pane(name) {
  document.body.dataset.pane = name;
  drawPanes();
}

export function drawPanes() {
  const now = document.body.dataset.pane;
  const shown = Object.entries(PANES).filter(([name]) => name !== "world" || store.about.world);
  fill(
    bar,
    shown.map(([name, words]) =>
      h("button", { type: "button", "aria-pressed": String(now === name), onclick: () => pane(name) }, words, name === "list" ? unread() : null)),
  );
}

function unread() {
  const count = [...store.unread.values()].reduce((all, one) => all + one, 0);
  return count ? h("span", { class: "unread" }, String(count)) : null;
}

on("unread", drawPanes);
