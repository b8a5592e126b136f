// The list of conversations, with what has not been read.

import { fill, h } from "./dom.js";
import { nameShown } from "./channel.js";
import { on, store, tell } from "./store.js";

const sidebar = document.getElementById("sidebar");

export function drawSidebar() {
  const all = [...store.channels.values()];
  fill(
    sidebar,
    h("h2", {}, "Channels"),
    h("ul", {}, all.filter((one) => one.name).map(entry)),
    h("h2", {}, "Direct messages"),
    h("ul", {}, all.filter((one) => one.direct).map(entry)),
    h("h2", {}, "Apps"),
    h("ul", {}, h("li", {}, link("home", "⌂ Rollback Bot", 0))),
  );
}

const entry = (channel) => h("li", {}, link(channel.id, nameShown(channel), store.unread.get(channel.id) ?? 0));

function link(id, words, unread) {
  const here = store.channel === id;
  return h(
    "button",
    { type: "button", "data-channel": id, "aria-current": here ? "page" : false, onclick: () => tell("go", id) },
    h("span", {}, words),
    unread ? h("span", { class: "unread" }, String(unread), h("span", { class: "unseen" }, " not read")) : null,
  );
}

on("unread", drawSidebar);
