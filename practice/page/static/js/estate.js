// Nodes, vServers, database, backups and restore points, as they are this second.

import { h, refill } from "./dom.js";
import { store, zone } from "./store.js";
import { dayAndClock } from "./times.js";

export const estate = h("div", { class: "estate" });

export function drawEstate() {
  const { nodes, vservers, database, harms, ha } = store.world;
  const open = new Set([...estate.querySelectorAll("details[open]")].map((one) => one.dataset.name));
  refill(
    estate,
    harms.length ? h("div", { class: "harms", role: "alert" }, h("strong", {}, "Harm was done"), h("ul", {}, harms.map((one) => h("li", {}, one)))) : null,
    h("section", {}, h("h3", {}, "Nodes"), table(["node", "power", "version", "port 80"], Object.entries(nodes).map(node))),
    h("section", {}, h("h3", {}, "NetScaler ", h("small", {}, ha.toLowerCase())), table(["vServer", "state"], Object.entries(vservers).map(vserver))),
    h("section", {}, h("h3", {}, "Database"), databaseLine(database), more("backups", "backups", open, backups()), more("points", "restore points", open, points()), more("jobs", "jobs", open, jobs())),
  );
}

function table(heads, rows) {
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, heads.map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first), rest.map((cell) => h("td", {}, cell))))),
  );
}

const lamp = (state, words) => h("span", { class: "lamp", "data-state": state }, words);

function node([name, one]) {
  const power = !one.on ? lamp("off", "off") : one.up ? lamp("good", "on") : one.recovery ? lamp("bad", "recovery mode") : lamp("busy", "starting");
  const port = !one.up ? lamp("off", "–") : one.port80 ? lamp("good", "up") : lamp("bad", "down");
  const kept = one.snapshots.length ? h("small", { title: one.snapshots.join(", ") }, ` ${one.snapshots.length} snapshot${one.snapshots.length > 1 ? "s" : ""}`) : null;
  return [[name, kept], power, version(one.version), port];
}

const version = (words) => h("span", { class: "version", "data-version": words }, words);

function vserver([name, state]) {
  const kind = { UP: "good", DOWN: "bad", "OUT OF SERVICE": "off" }[state] ?? "busy";
  return [name, lamp(kind, state)];
}

function databaseLine(one) {
  const kind = one.state === "ONLINE" ? "good" : one.state === "RESTORING" ? "busy" : "bad";
  return h("p", { class: "line" }, h("strong", {}, one.name), " ", lamp(kind, one.state), " ", version(one.version), one.access === "MULTI_USER" ? null : h("small", {}, ` ${one.access}`));
}

function more(name, words, open, rows) {
  return h("details", { "data-name": name, open: open.has(name) }, h("summary", { "data-key": name }, `${rows.length} ${words}`), h("ul", {}, rows.map((row) => h("li", {}, row))));
}

const when = (iso) => dayAndClock(Date.parse(iso) / 1000, zone());

const backups = () =>
  store.world.backups.map((one) => [version(one.version), ` ${one.name}, ${when(one.finish)} `, h("small", {}, flaws(one).join(", "))]);

function flaws(one) {
  return [one.is_snapshot && "a snapshot of the disk, no file", one.damaged && "damaged", one.copy_only && "copy only", !one.file_exists && "file gone"].filter(Boolean);
}

const points = () => store.world.points.map((one) => [version(one.version), ` ${one.node}, ${when(one.created)}`]);

const jobs = () =>
  store.world.jobs.map((one) => [one.running ? lamp("busy", "runs") : one.enabled ? lamp("good", "armed") : lamp("off", "paused"), ` ${one.name} (${one.system})`]);
