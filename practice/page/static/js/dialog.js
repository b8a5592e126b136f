// The dialog that the bot opened: drawn from its view, kept while it is filled in, sent off or closed.

import { attempt, slackSays } from "./notices.js";
import { began, close, press, submit } from "./doing.js";
import { drawBlocks } from "./blocks.js";
import { fill, focusKey, h, keyOfFocus } from "./dom.js";
import { on, store } from "./store.js";

const shell = h("dialog", { class: "dialog", id: "dialog", oncancel: (event) => { event.preventDefault(); leave(); } });
document.body.append(shell);

let drawn = ""; // id, hash and problems of the view on the screen
let view = null;
const touched = new Map(); // by view: what was entered since it was opened, by block and action

on("screen state", () => {
  const top = store.screen.at(-1);
  if (!top || !began(top.interaction)) return vanish();
  const sign = JSON.stringify([top.id, top.hash, top.problems]);
  if (sign === drawn) return;
  const before = drawn === "" || view?.id !== top.id;
  [drawn, view] = [sign, top];
  draw(before);
});

function vanish() {
  drawn = "";
  view = null;
  if (shell.open) shell.close();
  fill(shell);
}

function draw(opened) {
  const key = keyOfFocus(shell);
  fill(shell, form());
  if (!shell.open) shell.showModal();
  const wrong = shell.querySelector("[aria-invalid]");
  if (wrong) return wrong.focus();
  if (opened || !focusKey(shell, key)) first()?.focus();
}

const first = () => shell.querySelector(".blocks input, .blocks select, .blocks textarea, .blocks button") ?? shell.querySelector("footer button:last-child");

function form() {
  const title = h("h2", { id: "dialog-title" }, view.title.text);
  shell.setAttribute("aria-labelledby", "dialog-title");
  const away = h("button", { type: "button", class: "button", onclick: leave }, view.close?.text ?? "Close");
  const send = view.submit ? h("button", { type: "submit", class: "button primary" }, view.submit.text) : null;
  return h(
    "form",
    { novalidate: true, "data-view": view.id, "data-hash": view.hash, onsubmit: (event) => { event.preventDefault(); sendOff(); }, onkeydown: hurry },
    h("header", {}, title, h("small", {}, `as ${store.person.name}`)),
    h("div", { class: "blocks", tabindex: view.submit ? undefined : "0" }, drawBlocks(view.blocks, place)),
    h("p", { class: "problem", role: "alert", id: "dialog-said" }),
    h("footer", {}, away, send),
  );
}

const place = {
  value: (block, one) => entered(block, one) ?? view.state.values[block.block_id]?.[one.action_id],
  problem: (block) => view.problems[block.block_id],
  enter: (block, one, choice) => {
    keep(block, one, choice);
    if (block.dispatch_action) attempt(() => press({ view_id: view.id }, one, block, choice, values()));
  },
  press: (one, block, choice) => press({ view_id: view.id }, one, block, choice, values()),
};

// What was entered, in the shape in which Slack keeps a field's state.
function entered(block, one) {
  const mine = touched.get(view.id)?.[block.block_id];
  if (!mine || !(one.action_id in mine)) return undefined;
  const choice = mine[one.action_id];
  const options = [one.options ?? [], ...(one.option_groups ?? []).map((group) => group.options)].flat();
  return {
    value: choice,
    selected_date: choice,
    selected_time: choice,
    selected_date_time: choice,
    selected_user: choice,
    selected_users: choice,
    selected_channel: choice,
    selected_conversation: choice,
    selected_option: options.find((option) => option.value === choice),
    selected_options: Array.isArray(choice) ? options.filter((option) => choice.includes(option.value)) : [],
  };
}

function keep(block, one, choice) {
  const mine = touched.get(view.id) ?? {};
  touched.set(view.id, { ...mine, [block.block_id]: { ...mine[block.block_id], [one.action_id]: choice } });
}

// What was entered in blocks that are still there; the rest the workspace knows.
function values() {
  const there = new Map(view.blocks.map((block) => [block.block_id, block.element?.action_id ?? block.accessory?.action_id]));
  const mine = Object.entries(touched.get(view.id) ?? {});
  return Object.fromEntries(mine.filter(([block, chosen]) => there.get(block) in chosen));
}

async function sendOff() {
  const send = shell.querySelector("[type=submit]");
  if (!send || send.getAttribute("aria-busy") === "true") return;
  send.setAttribute("aria-busy", "true");
  const seen = await attempt(() => submit(view.id, values()));
  send.removeAttribute("aria-busy");
  if (seen?.error) fill(shell.querySelector("#dialog-said"), slackSays(seen.error));
}

async function leave() {
  if (view) await attempt(() => close(view.id));
}

// Control and Enter send it off from a field of several lines.
function hurry(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    sendOff();
  }
}
