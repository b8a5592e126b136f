// Fields that people type or pick in: text, numbers, dates and times. Returns nothing for other kinds.

import { h } from "./dom.js";
import { zone } from "./store.js";
import { fromField, toField } from "./times.js";

const TYPED = { plain_text_input: "text", number_input: "text", email_text_input: "email", url_text_input: "url" };

// `told` is the event after which `chosen(choice, node)` is called: at each key (`input`) or when it is left (`change`).
export function fieldOf(one, value, chosen, told) {
  if (one.type in TYPED) return typed(one, value?.value ?? "", chosen, told);
  if (one.type === "datepicker") return picker("date", value?.selected_date ?? "", (text) => text || null, chosen, one);
  if (one.type === "timepicker") return picker("time", value?.selected_time ?? "", (text) => text || null, chosen, one);
  if (one.type === "datetimepicker") return moment(one, value?.selected_date_time, chosen);
  return undefined;
}

function typed(one, now, chosen, told) {
  const props = {
    "data-action": one.action_id,
    placeholder: one.placeholder?.text,
    autocomplete: "off",
    [`on${told}`]: () => chosen(node.value === "" ? null : node.value, node),
  };
  const number = one.type === "number_input" ? { inputmode: one.is_decimal_allowed ? "decimal" : "numeric" } : {};
  const node = one.multiline
    ? h("textarea", { ...props, rows: 4, value: now })
    : h("input", { ...props, ...number, type: TYPED[one.type], value: now });
  return { node, field: node };
}

function picker(type, now, read, chosen, one) {
  const node = h("input", { type, value: now, "data-action": one.action_id, onchange: () => chosen(read(node.value), node) });
  return { node, field: node };
}

function moment(one, now, chosen) {
  const read = (text) => (text ? fromField(text, zone()) : null);
  const { field } = picker("datetime-local", now ? toField(now, zone()) : "", read, chosen, one);
  return { node: h("span", { class: "moment" }, field, h("small", {}, `${zone()} time`)), field };
}
