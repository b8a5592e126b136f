// Rich text blocks: sections, lists, quotes and preformatted text, with what stands inside them.

import { h } from "./dom.js";
import { channelName, link, mention } from "./mrkdwn.js";
import { unknown } from "./unknown.js";

const BLOCKS = {
  rich_text_section: (part) => h("p", {}, inside(part)),
  rich_text_quote: (part) => h("blockquote", {}, inside(part)),
  rich_text_preformatted: (part) => h("pre", {}, inside(part)),
  rich_text_list: (part) =>
    h(part.style === "ordered" ? "ol" : "ul", {}, part.elements.map((item) => h("li", {}, inside(item)))),
};

const INSIDE = {
  text: (one) => styled(one.text, one.style),
  link: (one) => link(one.url, one.text),
  user: (one) => mention(one.user_id),
  channel: (one) => h("span", { class: "mention" }, `#${channelName(one.channel_id)}`),
  usergroup: (one) => h("span", { class: "mention" }, `@${one.usergroup_id}`),
  broadcast: (one) => h("span", { class: "mention" }, `@${one.range}`),
  emoji: (one) => emoji(one),
};

export const richText = (block) =>
  h("div", { class: "rich" }, block.elements.map((part) => BLOCKS[part.type]?.(part) ?? unknown("rich text", part)));

const inside = (part) => part.elements.map((one) => INSIDE[one.type]?.(one) ?? unknown("rich text", one));

const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code" };

function styled(text, style = {}) {
  return Object.keys(TAGS).filter((name) => style[name]).reduce((node, name) => h(TAGS[name], {}, node), text);
}

function emoji(one) {
  const points = (one.unicode ?? "").split("-").map((hex) => Number.parseInt(hex, 16));
  return points.every((point) => point > 0) ? String.fromCodePoint(...points) : `:${one.name}:`;
}
