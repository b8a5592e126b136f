// The middle of the page: title, pinned messages, the conversation, the composer. Or the app's home tab.

import { composer } from "./composer.js";
import { fill, h, refill } from "./dom.js";
import { drawHome, home } from "./home.js";
import { on, store } from "./store.js";
import { drawTimeline, show, timeline } from "./timeline.js";
import { textShort } from "./short.js";

const title = h("h1", {});
const about = h("p", { class: "about" });
const pins = h("div", { class: "pins", role: "group", "aria-label": "Pinned messages" });
const head = h("header", { class: "channel-head" }, h("div", {}, title, about), pins);
const main = document.getElementById("channel");

export function drawChannel() {
  const away = store.channel === "home";
  if (away) {
    fill(title, "Rollback Bot");
    fill(about, "The app's home tab");
    fill(main, head, home);
    fill(pins);
    drawHome();
    return;
  }
  const channel = store.channels.get(store.channel);
  main.setAttribute("aria-label", channel ? nameShown(channel) : "No conversation");
  fill(title, channel ? nameShown(channel) : "No conversation");
  fill(about, channel ? aboutOf(channel) : "This person is in none.");
  if (timeline.parentElement !== main) fill(main, head, timeline, composer); // moved, it would lose its place
  drawTimeline();
  drawPins();
}

export const nameShown = (channel) => (channel.name ? `# ${channel.name}` : "Rollback Bot");

function aboutOf(channel) {
  const kind = channel.direct ? "direct message" : channel.private ? "private" : channel.shared ? "shared with another company" : "public";
  return `${kind}, ${channel.members.length} members${channel.archived ? ", archived" : ""}`;
}

function drawPins() {
  const pinned = (store.pins[store.channel] ?? []).filter((ts) => store.messages.get(store.channel)?.has(ts));
  refill(
    pins,
    pinned.map((ts) =>
      h(
        "button",
        { type: "button", class: "pin", "data-key": ts, onclick: () => show(ts) },
        h("strong", {}, "Pinned "),
        textShort(store.messages.get(store.channel).get(ts)),
      )),
  );
}

on("pins", drawPins);
on("message", ({ message }) => {
  if (message.pinned && message.channel === store.channel) drawPins();
});
