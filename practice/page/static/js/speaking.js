// Says new messages to a screen reader, shortly; redrawn ones are not said, they would never end.

import { h } from "./dom.js";
import { nameOf } from "./store.js";

const LONGEST = 200;
const MOST = 5;

export function spoken(message) {
  const place = document.getElementById("spoken");
  const words = (message.text ?? "").slice(0, LONGEST);
  place.append(h("p", {}, `${message.user ? nameOf(message.user) : "Only to you"}: ${words}`));
  while (place.children.length > MOST) place.firstElementChild.remove();
}
