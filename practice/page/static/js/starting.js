// What stands in a conversation without messages: how to begin.

import { h } from "./dom.js";
import { store, tell } from "./store.js";

export function start() {
  const first = store.about.typed[0];
  const fillIn = () => tell("compose", `${first.command} ${first.usage.split(" ")[0]}`);
  return h(
    "li",
    { class: "start" },
    h("h3", {}, "Nothing has been said here yet"),
    first
      ? [
          h("p", {}, "This is practice: a pretended workspace and a pretended estate on this machine. The bot is the real one, and so are its messages and buttons. You can break nothing."),
          h(
            "ol",
            {},
            h("li", {}, "You are ", h("strong", {}, store.person.name), ". Above you can become somebody else with one click, at any time: nobody can approve alone."),
            h("li", {}, "Type ", h("code", {}, `${first.command} ${first.usage}`), " below: it ", first.does, ". "),
            h("li", {}, "Then read what the bot posts. Its pinned board says who is waited for."),
          ),
          h("button", { type: "button", class: "button primary", onclick: fillIn }, "Type it for me"),
        ]
      : null,
  );
}
