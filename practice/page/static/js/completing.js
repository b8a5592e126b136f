// What can follow a command: a list above the field, for arrow keys, Tab and Enter.

import { fill, h } from "./dom.js";
import { store } from "./store.js";

// `changed` is called after a choice was put into the field.
export function completion(field, changed) {
  const node = h("ul", { id: "completions", role: "listbox", "aria-label": "Commands", hidden: true });
  let found = [];
  let at = 0;

  function look() {
    found = offered(field.value);
    at = 0;
    draw();
  }

  function shut() {
    found = [];
    draw();
  }

  function draw() {
    node.hidden = !found.length;
    fill(node, found.map(option));
    if (node.hidden) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `offer-${at}`);
    node.children[at]?.scrollIntoView({ block: "nearest" });
  }

  const option = (one, number) =>
    h(
      "li",
      { role: "option", id: `offer-${number}`, "aria-selected": String(number === at), onpointerdown: (event) => { event.preventDefault(); take(number); } },
      h("code", {}, `${one.command} ${one.usage}`),
      h("span", {}, one.does),
    );

  function take(number) {
    const { command, usage } = found[number];
    const [verb, ...more] = usage.split(" ");
    field.value = `${command} ${verb}${more.length ? " " : ""}`;
    changed();
    shut();
  }

  // Returns whether the key was meant for the list.
  function key(event) {
    if (node.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at = (at + step + found.length) % found.length;
    else if (event.key === "Tab" || (event.key === "Enter" && !whole(field.value))) take(at);
    else if (event.key === "Escape") shut();
    else return false;
    event.preventDefault();
    if (step) draw();
    return true;
  }

  const whole = (words) => found.some((one) => words.trim() === `${one.command} ${one.usage.split(" ")[0]}`);

  return { node, look, shut, key };
}

function offered(words) {
  if (!words.startsWith("/") || words.includes("\n")) return [];
  const typed = words.toLowerCase();
  return store.about.typed.filter((one) => {
    const start = `${one.command} ${one.usage.split(" ")[0]}`;
    return start.startsWith(typed.trimEnd()) && !typed.startsWith(`${start} `);
  });
}
