// What is chosen from options: menus, radio buttons, check boxes. Returns nothing for other kinds.

import { h } from "./dom.js";
import { textOf } from "./mrkdwn.js";
import { store } from "./store.js";

let count = 0;

// `value` is the element's state as Slack keeps it; `chosen(choice, node)` is told the value of an option, or a list.
export function choices(one, value, chosen) {
  if (one.type === "static_select") return menu(one, value?.selected_option?.value, grouped(one), chosen);
  if (one.type === "users_select") return menu(one, value?.selected_user, people(), chosen);
  if (one.type === "channels_select") return menu(one, value?.selected_channel, conversations(), chosen);
  if (one.type === "conversations_select") return menu(one, value?.selected_conversation, conversations(), chosen);
  if (one.type === "radio_buttons") return boxes(one, "radio", [value?.selected_option?.value], one.options, chosen);
  if (one.type === "checkboxes") return boxes(one, "checkbox", values(value), one.options, chosen);
  if (one.type === "multi_static_select") return boxes(one, "checkbox", values(value), grouped(one).flatMap((g) => g.options), chosen);
  if (one.type === "multi_users_select") {
    const options = people()[0].options;
    return boxes(one, "checkbox", value?.selected_users ?? [], options, chosen);
  }
  return undefined;
}

const values = (value) => (value?.selected_options ?? []).map((option) => option.value);
const grouped = (one) => one.option_groups ?? [{ options: one.options }];
const plain = (value, text) => ({ value, text: { type: "plain_text", text } });

const people = () => [
  { options: [...store.persons.values()].filter((one) => !one.deactivated).map((one) => plain(one.id, one.name)) },
];

const conversations = () => [
  { options: [...store.channels.values()].filter((one) => one.name).map((one) => plain(one.id, `#${one.name}`)) },
];

function menu(one, now, groups, chosen) {
  const node = h(
    "select",
    { "data-action": one.action_id, onchange: () => chosen(node.value || null, node) },
    h("option", { value: "" }, one.placeholder?.text ?? "Choose…"),
    groups.map((group) =>
      group.label ? h("optgroup", { label: group.label.text }, options(group, now)) : options(group, now)),
  );
  return { node, field: node };
}

const options = (group, now) =>
  group.options.map((option) =>
    h("option", { value: option.value, selected: option.value === now, title: option.description?.text }, option.text.text));

function boxes(one, type, now, all, chosen) {
  count += 1;
  const name = `choice-${count}`;
  const node = h("div", { class: "boxes", role: type === "radio" ? "radiogroup" : "group", "data-action": one.action_id });
  const picked = () => [...node.querySelectorAll("input:checked")].map((box) => box.value);
  const changed = () => chosen(type === "radio" ? picked()[0] ?? null : picked(), node);
  node.append(...all.map((option) =>
    h(
      "label",
      {},
      h("input", { type, name, value: option.value, checked: now.includes(option.value), onchange: changed }),
      h("span", {}, textOf(option.text), option.description ? h("small", {}, textOf(option.description)) : null),
    )));
  return { node, field: node };
}
