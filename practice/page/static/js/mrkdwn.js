// Slack's mrkdwn as nodes: emphasis, code, quotes, links, mentions, dates. What it can't read it shows as it is.

import { h } from "./dom.js";
import { store, zone } from "./store.js";
import { clock, day } from "./times.js";

const PARTS = new RegExp(
  [
    "```(?<block>[\\s\\S]+?)```",
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    "(?<![\\w*])\\*(?![\\s*])(?<bold>[^*\\n]*[^*\\s])\\*(?![\\w*])",
    "(?<![\\w_])_(?![\\s_])(?<italic>[^_\\n]*[^_\\s])_(?![\\w_])",
    "(?<![\\w~])~(?![\\s~])(?<strike>[^~\\n]*[^~\\s])~(?![\\w~])",
  ].join("|"),
  "g",
);

export function mrkdwn(text) {
  return paragraphs(text).map(({ quoted, words }) => (quoted ? h("blockquote", {}, inline(words)) : inline(words)));
}

// A text object of Block Kit.
export const textOf = (object) => (object.type === "mrkdwn" ? mrkdwn(object.text) : [object.text]);

export const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function paragraphs(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const quoted = line.startsWith("&gt;");
    const words = quoted ? line.slice(4).trimStart() : line;
    const last = found.at(-1);
    if (last && last.quoted === quoted) last.words += `\n${words}`;
    else found.push({ quoted, words });
  }
  return found;
}

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(PARTS)) {
    nodes.push(unescaped(text.slice(from, match.index)), part(match));
    from = match.index + match[0].length;
  }
  return [...nodes, unescaped(text.slice(from))];
}

function part({ groups: { block, code, angle, bold, italic, strike } }) {
  if (block !== undefined) return h("pre", {}, unescaped(block));
  if (code !== undefined) return h("code", {}, unescaped(code));
  if (bold !== undefined) return h("strong", {}, inline(bold));
  if (italic !== undefined) return h("em", {}, inline(italic));
  if (strike !== undefined) return h("s", {}, inline(strike));
  return angled(angle);
}

function angled(inside) {
  const [target, label] = split(inside);
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return h("span", { class: "mention" }, `#${channelName(target.slice(1), label)}`);
  if (target.startsWith("!date^")) return moment(target, label);
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${unescaped(label ?? target.slice(1))}`);
  return link(target, label);
}

function split(inside) {
  const at = inside.indexOf("|");
  return at < 0 ? [inside, undefined] : [inside.slice(0, at), inside.slice(at + 1)];
}

export function mention(user, label) {
  const known = store.persons.get(user);
  const me = user === store.person?.id;
  return h("span", { class: me ? "mention me" : "mention" }, `@${known?.name ?? unescaped(label ?? user)}`);
}

export const channelName = (id, label) => store.channels.get(id)?.name || unescaped(label ?? id);

// Only addresses that a browser may follow become links; others are shown as they were written.
export function link(address, label) {
  const url = unescaped(address);
  const words = unescaped(label ?? address);
  if (!/^(https?:|mailto:)/i.test(url)) return `<${words}>`;
  return h("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, words);
}

function moment(target, label) {
  const [, seconds] = target.split("^");
  if (!/^\d+$/.test(seconds ?? "")) return unescaped(label ?? target);
  const at = Number(seconds);
  return h("time", { title: unescaped(label ?? "") }, `${day(at, zone())} ${clock(at, zone())}`);
}
