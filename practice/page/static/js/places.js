// Who and where stands in the address, so that a page can be kept, opened twice and gone back to.

import { store } from "./store.js";

export function wanted() {
  const said = new URLSearchParams(location.hash.slice(1));
  return { person: said.get("as") ?? "commander", channel: said.get("in") };
}

export function remember() {
  const channel = store.channel === "home" ? "home" : nameInAddress(store.channels.get(store.channel));
  const said = new URLSearchParams({ as: store.person.key, in: channel });
  history.replaceState(null, "", `#${said}`);
}

export function nameInAddress(channel) {
  return channel ? channel.name || "bot" : "";
}
