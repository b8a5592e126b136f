// The bar at the top: what this is, whether the bot is there, who I am.

import { fill, h } from "./dom.js";
import { on, store } from "./store.js";
import { pane } from "./panes.js";
import { whoAmI } from "./people.js";

const bot = h("span", { class: "bot", role: "status" });
const toWorld = h(
  "button",
  { type: "button", class: "button to-world", onclick: () => pane(document.body.dataset.pane === "world" ? "channel" : "world") },
  "World",
);

export function drawTop() {
  fill(
    document.getElementById("top"),
    h("div", { class: "brand" }, h("img", { src: "/page/icon.svg", alt: "", width: 24, height: 24 }), h("strong", {}, "Practice workspace"), bot, store.about.world ? toWorld : null),
    whoAmI,
  );
  drawBot();
}

function drawBot() {
  const [state, words] = botNow();
  bot.dataset.state = state;
  if (bot.textContent !== words) fill(bot, words);
}

function botNow() {
  if (!store.online) return ["gone", "the workspace doesn't answer"];
  if (store.slack.away) return ["away", "Slack is away"];
  if (!store.slack.connections) return ["away", "the bot is away"];
  return ["there", store.slack.playing ? "the bot is there; the team plays by itself" : "the bot is there"];
}

on("slack online", drawBot);
