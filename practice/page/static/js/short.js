// The first words of a message without markup, for places with little room.

import { unescaped } from "./mrkdwn.js";

const LONGEST = 90;

export function textShort(message) {
  const words = unescaped((message.text ?? "").replaceAll(/[*`]/g, "")).split("\n")[0];
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
}
