// Buttons, menus and fields. Each is drawn from what the bot sent and tells its place what was chosen.

import { attempt } from "./notices.js";
import { choices } from "./choices.js";
import { confirmed } from "./confirming.js";
import { fieldOf } from "./fields.js";
import { h } from "./dom.js";
import { image } from "./images.js";
import { menuButton } from "./menus.js";
import { unknown } from "./unknown.js";

const KINDS = {
  button,
  overflow,
  image: (one) => image(one),
  workflow_button: null,
};

// Draws an element of an actions block or an accessory: a choice is told to the bot at once.
export function element(one, block, place) {
  if (KINDS[one.type]) return KINDS[one.type](one, block, place);
  const chosen = (choice, node) => press(one, block, place, choice, node);
  const drawn = choices(one, place.value(block, one), chosen) ?? fieldOf(one, place.value(block, one), chosen, "change");
  if (!drawn) return unknown("an element", one);
  drawn.field.setAttribute("aria-label", one.placeholder?.text ?? one.action_id);
  drawn.field.dataset.key = keyOf(one);
  return drawn.node;
}

// Names an element across drawings; blocks without a name of their own get a new one each time.
export const keyOf = (one) => `element ${one.action_id}`;

function button(one, block, place) {
  const props = {
    type: "button",
    class: `button ${one.style ?? ""}`,
    "data-key": keyOf(one),
    "data-action": one.action_id,
    "aria-label": one.accessibility_label,
  };
  const node = h("button", { ...props, onclick: () => press(one, block, place, undefined, node) }, one.text.text);
  if (!one.url) return node;
  const safe = /^https?:/i.test(one.url);
  return safe ? h("a", { class: "button", href: one.url, target: "_blank", rel: "noreferrer noopener" }, one.text.text) : node;
}

function overflow(one, block, place) {
  const items = one.options.map((option) => ({
    words: option.text.text,
    does: () => press(one, block, place, option.value, node),
  }));
  const node = menuButton("⋯", "More actions", items);
  node.querySelector("button").dataset.key = keyOf(one);
  return node;
}

// Asks back where the bot wants it, then presses; the element is busy until Slack knows whether the bot took it.
async function press(one, block, place, choice, node) {
  if (node.getAttribute("aria-busy") === "true") return;
  if (one.confirm && !(await confirmed(one.confirm))) return;
  node.setAttribute("aria-busy", "true");
  await attempt(() => place.press(one, block, choice));
  node.removeAttribute("aria-busy");
}
