// One message: who, when, its blocks or its words, its files, and the menu beside it.

import { attempt } from "./notices.js";
import { drawBlocks, redrawBlocks } from "./blocks.js";
import { fileLine } from "./images.js";
import { focusKey, h, keyOfFocus } from "./dom.js";
import { keep } from "./keeping.js";
import { menuButton } from "./menus.js";
import { mrkdwn } from "./mrkdwn.js";
import { nameOf, store, zone } from "./store.js";
import { clock, dayAndClock } from "./times.js";
import { press, shortcut } from "./doing.js";

export const idOf = (ts) => `m${ts.replace(".", "-")}`;

// Draws a message that everybody in the conversation sees.
export function drawMessage(message) {
  const article = h("article", { "aria-label": `${nameOf(message.user)}, ${clock(Number(message.ts), zone())}` });
  const node = h("li", { class: "message", id: idOf(message.ts), "data-ts": message.ts }, face(message.user), article);
  redrawMessage(node, message);
  return node;
}

// Draws it again in place: what is the same stays, the focus stays, and it returns whether anything changed.
export function redrawMessage(node, message) {
  const reply = Boolean(message.thread_ts && message.thread_ts !== message.ts);
  node.classList.toggle("pinned", Boolean(message.pinned));
  node.classList.toggle("reply", reply);
  const article = node.querySelector("article");
  const key = keyOfFocus(article);
  const { text, blocks = [], attachments = [], files = [], reactions = [] } = message;
  const where = { channel: message.channel, ts: message.ts };
  const inside = h("div", { class: "blocks" });
  const changed = keep(article, [
    [JSON.stringify([message.pinned, message.edited, reply]), () => head(message, reply)],
    blocks.length ? ["blocks", () => inside] : [`text ${text}`, () => h("div", { class: "text" }, mrkdwn(text ?? ""))],
    ...attachments.map((one) => [JSON.stringify(one), () => h("div", { class: "attachment" }, body(one, {}))]),
    ...files.map((one) => [JSON.stringify(one), () => fileLine(one)]),
    ...(reactions.length ? [[JSON.stringify(reactions), () => reactionLine(reactions)]] : []),
  ]);
  const place = article.querySelector(":scope > .blocks");
  const redrawn = place ? redrawBlocks(place, blocks, placeOf(where, blocks)) : false;
  if (document.activeElement === document.body) focusKey(article, key);
  return changed || redrawn;
}

// Draws what one person alone was shown.
export function drawEphemeral(one, dismiss) {
  const away = h("button", { type: "button", class: "link", onclick: dismiss }, "Dismiss");
  return h(
    "li",
    { class: "message only", id: idOf(one.ts), "data-ts": one.ts },
    face("U0ROLLBACK"),
    h(
      "article",
      { "aria-label": "Rollback Bot, only visible to you" },
      h("p", { class: "note" }, "Only visible to you · ", away),
      h("header", {}, author("U0ROLLBACK"), time(one.ts)),
      body(one, { channel: one.channel, ts: one.ts }),
    ),
  );
}

const body = (message, where) => {
  if (!message.blocks?.length) return h("div", { class: "text" }, mrkdwn(message.text ?? ""));
  return h("div", { class: "blocks" }, drawBlocks(message.blocks, placeOf(where, message.blocks)));
};

// In a message nothing is kept: each choice is told at once. The block is named only where it is needed to tell two
// elements apart, because a message may be drawn again, with other names, between a look and a press.
const placeOf = (where, blocks) => ({
  value: (_block, one) => ({ selected_option: one.initial_option, selected_options: one.initial_options }),
  press: (one, block, choice) => {
    const twins = blocks.flatMap((each) => [each.accessory, ...(each.elements ?? [])]).filter((each) => each?.action_id === one.action_id);
    return press(where, one, twins.length > 1 ? block : {}, choice);
  },
});

function head(message, reply) {
  return h(
    "header",
    {},
    author(message.user),
    time(message.ts),
    reply ? h("span", { class: "note" }, "in reply") : null,
    message.pinned ? h("span", { class: "note" }, "pinned") : null,
    message.edited ? h("span", { class: "note" }, "(edited)") : null,
    shortcuts(message),
  );
}

function author(user) {
  const person = store.persons.get(user);
  return [h("strong", {}, nameOf(user)), person?.bot ? h("span", { class: "badge" }, "APP") : null];
}

const time = (ts) =>
  h("time", { title: dayAndClock(Number(ts), zone()) }, clock(Number(ts), zone()));

function face(user) {
  const person = store.persons.get(user);
  const letters = person?.bot ? "↺" : nameOf(user).split(" ").map((word) => word[0]).slice(0, 2).join("");
  return h("span", { class: "face", "aria-hidden": "true", "data-role": person?.role || (person?.bot ? "bot" : "none") }, letters);
}

function shortcuts(message) {
  if (!store.about.shortcuts.length) return null;
  const items = store.about.shortcuts.map(({ callback_id, name }) => ({
    words: name,
    does: () => attempt(() => shortcut(callback_id, message.channel, message.ts)),
  }));
  const node = menuButton("⋮", "Shortcuts of this message", items);
  node.querySelector("button").dataset.key = "shortcuts";
  return node;
}

const reactionLine = (all) =>
  h("p", { class: "reactions" }, all.map((one) => h("span", { title: one.users.map(nameOf).join(", ") }, `:${one.name}: ${one.count}`)));
