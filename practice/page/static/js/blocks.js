// Draws blocks. A block's kind is looked up in a table; one that isn't there is shown as unknown.

import { h } from "./dom.js";
import { element } from "./elements.js";
import { image } from "./images.js";
import { inputBlock } from "./inputs.js";
import { keep } from "./keeping.js";
import { textOf } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { unknown } from "./unknown.js";

const KINDS = {
  header: (block) => h("h3", { class: "header" }, block.text.text),
  divider: () => h("hr", {}),
  section,
  context: (block) => h("div", { class: "context" }, block.elements.map(inContext)),
  actions: (block, place) =>
    h("div", { class: "actions", role: "group" }, block.elements.map((one) => element(one, block, place))),
  image,
  rich_text: richText,
  input: inputBlock,
};

// `place` is where the blocks stand: it keeps what is chosen there and carries out a press.
export const drawBlocks = (blocks, place) => blocks.map((block) => drawBlock(block, place));

const drawBlock = (block, place) => KINDS[block.type]?.(block, place) ?? unknown("a block", block);

// Draws blocks again; those that say the same stay, whatever name they were given this time.
export const redrawBlocks = (container, blocks, place) =>
  keep(container, blocks.map((block) => [JSON.stringify({ ...block, block_id: "" }), () => drawBlock(block, place)]));

function section(block, place) {
  return h(
    "div",
    { class: "section" },
    h(
      "div",
      { class: "words" },
      block.text ? h("div", { class: "text" }, textOf(block.text)) : null,
      block.fields ? h("div", { class: "fields" }, block.fields.map((one) => h("div", {}, textOf(one)))) : null,
    ),
    block.accessory ? h("div", { class: "accessory" }, element(block.accessory, block, place)) : null,
  );
}

function inContext(one) {
  if (one.type === "image") return image(one);
  if (one.type === "mrkdwn" || one.type === "plain_text") return h("span", {}, textOf(one));
  return unknown("small print", one);
}
