// The field at the bottom: words for the conversation, or a command with what can follow it.

import { attempt } from "./notices.js";
import { completion } from "./completing.js";
import { fill, h } from "./dom.js";
import { on, store, tell } from "./store.js";
import { slash, write } from "./doing.js";
import { slackSays } from "./notices.js";

const field = h("textarea", {
  id: "typed",
  rows: 1,
  placeholder: "Write a message, or / for a command",
  "aria-label": "Message",
  "aria-autocomplete": "list",
  "aria-controls": "completions",
  oninput: () => { grow(); offers.look(); },
  onkeydown: (event) => keys(event),
  onblur: () => offers.shut(),
});
const said = h("p", { class: "said", role: "status" });
const send = h("button", { type: "submit", class: "button primary", "aria-label": "Send" }, "Send");
const offers = completion(field, grow);

export const composer = h(
  "form",
  { id: "composer", onsubmit: (event) => { event.preventDefault(); sendIt(); } },
  offers.node,
  h("div", { class: "line" }, field, send),
  said,
);

on("compose", (words) => {
  field.value = words;
  grow();
  field.focus();
  offers.look();
});

function keys(event) {
  if (offers.key(event)) return;
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    sendIt();
  }
}

async function sendIt() {
  const words = field.value.trim();
  const channel = store.channel;
  if (!words || send.getAttribute("aria-busy") === "true") return;
  offers.shut();
  send.setAttribute("aria-busy", "true");
  const seen = await attempt(() => (words.startsWith("/") ? command(channel, words) : write(channel, escaped(words))));
  send.removeAttribute("aria-busy");
  fill(said, seen?.error ? `${words.split(" ")[0]} failed. ${slackSays(seen.error)}` : "");
  if (!seen || seen.error) return; // what was typed stays, to be sent again
  field.value = "";
  grow();
  tell("sent");
}

function command(channel, words) {
  const [name] = words.split(/\s/);
  return slash(channel, name, withAccounts(words.slice(name.length).trim()));
}

// Slack turns @name into an account before the app sees it.
function withAccounts(words) {
  return words.replaceAll(/@([\w.]+)/g, (found, handle) => {
    const person = [...store.persons.values()].find((one) => [one.handle, one.key].includes(handle.toLowerCase()));
    return person ? `<@${person.id}|${person.handle}>` : found;
  });
}

const escaped = (words) =>
  withAccounts(words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"));

function grow() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

// A slash typed anywhere leads into the field.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, dialog");
  if (event.key !== "/" || typing || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  field.focus();
  field.value = field.value || "/";
  offers.look();
});
