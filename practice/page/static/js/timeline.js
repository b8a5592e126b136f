// The messages of one conversation, oldest first, each drawn once and redrawn only when it changes.

import { byRank, on, store, zone } from "./store.js";
import { drawEphemeral, drawMessage, idOf, redrawMessage } from "./message.js";
import { fill, h } from "./dom.js";
import { spoken } from "./speaking.js";
import { start } from "./starting.js";
import { day } from "./times.js";

const NEAR = 80; // pixels from the end within which the view follows new messages

const list = h("ol", { id: "messages", tabindex: "0", "aria-label": "Messages" });
const later = h("button", { type: "button", id: "later", hidden: true, onclick: () => toEnd() }, "↓ New messages");
const dismissed = new Set();
let drawn = null; // the conversation that was drawn last

export const timeline = h("div", { class: "timeline" }, list, later);

list.addEventListener("scroll", () => {
  if (atEnd()) later.hidden = true;
});

// Draws the whole conversation that is on the screen.
export function drawTimeline() {
  const channel = store.channel;
  const messages = [...(store.messages.get(channel)?.values() ?? [])];
  const alone = [...store.ephemerals.values()].filter((one) => one.channel === channel && !dismissed.has(one.ts));
  const nodes = [...messages.map((m) => [m, drawMessage(m)]), ...alone.map((e) => [e, ephemeral(e)])];
  nodes.sort(([a], [b]) => byRank(a, b));
  const place = drawn === channel ? placeOfReader() : null;
  drawn = channel;
  fill(list, nodes.length ? nodes.map(([, node]) => node) : start());
  days();
  if (place) backTo(place);
  else toEnd();
}

// Where somebody reads, so that becoming somebody else leaves the card on the screen where it was.
function placeOfReader() {
  if (atEnd()) return null;
  const top = list.getBoundingClientRect().top;
  const first = [...list.querySelectorAll("[data-ts]")].find((one) => one.getBoundingClientRect().bottom > top);
  return first ? { id: first.id, offset: first.getBoundingClientRect().top - top } : null;
}

function backTo({ id, offset }) {
  const top = list.getBoundingClientRect().top;
  const node = document.getElementById(id);
  if (node) list.scrollTop += node.getBoundingClientRect().top - top - offset;
}

on("message", ({ message, fresh }) => {
  if (message.channel !== store.channel) return;
  const node = document.getElementById(idOf(message.ts));
  if (fresh || !node) return place(message.ts, drawMessage(message), () => spoken(message));
  const following = atEnd();
  if (redrawMessage(node, message)) flash(node);
  if (following) toEnd();
});

on("message-gone", ({ channel, ts }) => {
  if (channel === store.channel) document.getElementById(idOf(ts))?.remove();
  days();
});

on("ephemeral", (one) => {
  if (one.channel !== store.channel) return;
  document.getElementById(idOf(one.ts))?.remove();
  if (!one.gone && !dismissed.has(one.ts)) place(one.ts, ephemeral(one), () => spoken(one));
});

function ephemeral(one) {
  const node = drawEphemeral(one, () => {
    dismissed.add(one.ts);
    node.remove();
    list.focus({ preventScroll: true });
  });
  return node;
}

// Puts a new message where its time belongs, and follows it if the reader was at the end.
function place(ts, node, say) {
  const following = atEnd();
  list.querySelector(".start")?.remove();
  const next = [...list.querySelectorAll("[data-ts]")].reverse().find((one) => one.dataset.ts < ts);
  if (next) next.after(node);
  else list.prepend(node);
  days();
  say();
  if (following) toEnd();
  else later.hidden = false;
}

// A line where another day begins.
function days() {
  for (const line of list.querySelectorAll(".day")) line.remove();
  let last = "";
  for (const node of list.querySelectorAll("[data-ts]")) {
    const now = day(Number(node.dataset.ts), zone());
    if (now !== last) node.before(h("li", { class: "day", role: "separator" }, h("span", {}, now)));
    last = now;
  }
}

// Whoever writes looks at what comes of it.
on("sent", () => toEnd());

const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;

function toEnd() {
  list.scrollTop = list.scrollHeight;
  later.hidden = true;
}

function flash(node) {
  node.classList.remove("changed");
  requestAnimationFrame(() => node.classList.add("changed"));
}

// Leads to a message, such as a pinned one.
export function show(ts) {
  const node = document.getElementById(idOf(ts));
  node?.scrollIntoView({ block: "start" });
  node?.querySelector("button")?.focus({ preventScroll: true });
  if (node) flash(node);
}
