// The pretended world beside the channel: what it is now, what its ledger has recorded, what can go wrong.

import { drawEstate, estate } from "./estate.js";
import { drawLedger, ledger } from "./ledger.js";
import { drawSwitches, switches, team } from "./switches.js";
import { fill, h } from "./dom.js";
import { on, store, zone } from "./store.js";
import { toTheSecond } from "./times.js";

const now = h("span", { class: "about" });

export function drawWorld() {
  const place = document.getElementById("world");
  place.hidden = !store.about.world;
  document.body.dataset.world = String(store.about.world);
  if (!store.about.world) return;
  fill(place, h("header", { class: "channel-head" }, h("h2", {}, "The world"), now), h("div", { class: "world-body" }, estate, team, ledger, switches));
}

on("world state", () => {
  if (!store.world || !store.person) return;
  fill(now, `as it is, not as the bot believes; last changed ${toTheSecond(Date.parse(store.world.now) / 1000, zone())}`);
  drawEstate();
  drawLedger();
  drawSwitches();
});
on("slack", drawSwitches);
