// The app's home tab, as the app published it for this person.

import { attempt } from "./notices.js";
import { drawBlocks } from "./blocks.js";
import { h, refill } from "./dom.js";
import { on, store } from "./store.js";
import { openHome, press } from "./doing.js";

export const home = h("div", { class: "home", id: "home" });

export function drawHome() {
  const view = store.home;
  refill(
    home,
    view
      ? h("div", { class: "blocks" }, drawBlocks(view.blocks, placeOf(view)))
      : h("p", { class: "start" }, "The app has published nothing here for you. What it says stands in its channels."),
  );
}

const placeOf = (view) => ({
  value: (block, one) => view.state.values[block.block_id]?.[one.action_id],
  press: (one, block, choice) => press({ view_id: view.id }, one, block, choice),
});

on("home", drawHome);

// Slack tells the app each time that somebody opens the tab.
export const lookHome = () => attempt(openHome);
