// Input blocks of a dialog: label, hint, field, and what is wrong with it.

import { h } from "./dom.js";
import { choices } from "./choices.js";
import { fieldOf } from "./fields.js";
import { keyOf } from "./elements.js";
import { unknown } from "./unknown.js";

let count = 0;

export function inputBlock(block, place) {
  const one = block.element;
  const chosen = (choice) => place.enter(block, one, choice);
  const drawn = choices(one, place.value(block, one), chosen) ?? fieldOf(one, place.value(block, one), chosen, "input");
  if (!drawn) return unknown("an input", one);
  count += 1;
  const ids = { field: `field-${count}`, label: `label-${count}`, hint: `hint-${count}`, problem: `problem-${count}` };
  const problem = place.problem(block);
  describe(drawn.field, ids, block, problem);
  drawn.field.dataset.key = keyOf(one);
  return h(
    "div",
    { class: problem ? "input wrong" : "input", "data-block": block.block_id },
    label(drawn, ids, block),
    drawn.node,
    block.hint ? h("small", { id: ids.hint, class: "hint" }, block.hint.text) : null,
    problem ? h("p", { id: ids.problem, class: "problem", role: "alert" }, problem) : null,
  );
}

function label(drawn, ids, block) {
  const words = [block.label.text, block.optional ? h("small", {}, " (optional)") : null];
  const single = ["INPUT", "SELECT", "TEXTAREA"].includes(drawn.field.tagName);
  return single ? h("label", { id: ids.label, for: ids.field }, words) : h("span", { id: ids.label, class: "label" }, words);
}

function describe(field, ids, block, problem) {
  field.id = ids.field;
  field.setAttribute("aria-labelledby", ids.label);
  const described = [block.hint ? ids.hint : "", problem ? ids.problem : ""].filter(Boolean).join(" ");
  if (described) field.setAttribute("aria-describedby", described);
  if (problem) field.setAttribute("aria-invalid", "true");
  if (!block.optional && field.getAttribute("role") !== "group") field.setAttribute("aria-required", "true");
}
