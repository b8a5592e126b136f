// What can be made to go wrong, how fast the world moves, and who plays.

import { attempt, notice } from "./notices.js";
import { h, refill } from "./dom.js";
import { post, turn } from "./api.js";
import { store } from "./store.js";

const world = (verb, given = {}) => post("/practice/world/do", { verb, ...given });
const fault = (name, scope, given = {}) => post("/practice/world/fault", { name, scope, ...given });

const REPLIES = {
  "netscaler:disable": "disable a vServer",
  "netscaler:enable": "enable a vServer",
  "vsphere:power_off": "power off a node",
  "vsphere:power_on": "power on a node",
  "vsphere:snapshot": "snapshot a node",
  "sqlserver:backup": "back up the database",
  "sqlserver:restore": "restore the database",
  "veeam:restore": "restore a node",
};
const PACES = { 1: "in a hurry", 3: "to watch", 10: "slowly" };
const chosen = { reply: "netscaler:disable", node: "" };

export const switches = h("div", { class: "switches" });
export const team = h("div", { class: "switches" });

let drawn = "";

export function drawSwitches() {
  if (!store.world) return;
  const { faults, pace, nodes, ha, jobs } = store.world;
  const sign = JSON.stringify([faults, pace, Object.entries(nodes).map(([n, one]) => [n, one.on]), ha, jobs, store.slack]);
  if (sign === drawn) return;
  drawn = sign;
  refill(team, bot());
  refill(switches, h("section", {}, h("h3", {}, "Let something go wrong"), h("ul", {}, wrongs())), paces(pace));
}

function bot() {
  const { heard, playing, connections } = store.slack;
  if (!heard) return null;
  const kill = button("Kill the bot now", () => wish("kill-bot"), { style: "danger", off: !connections, key: "kill" });
  const play = playing
    ? button("Stop: I go on myself", () => wish("pause"), { key: "play" })
    : button("Let the team play on", () => wish("play"), { key: "play", off: !connections });
  return h(
    "section",
    { class: "bot-switches" },
    h("h3", {}, "The bot and the team"),
    h("div", { class: "row" }, kill, play),
    h("p", { class: "about" }, "Killed as by a power cut, it is started again at once and goes on where its rows are. The team presses, answers and works by hand for everybody; where a line is crossed it stops and leaves the votes to you."),
  );
}

const wish = (name) => post(`/practice/wish/${name}`);

const armed = (name, scope) => `${name} ${scope}` in store.world.faults;

function wrongs() {
  return [
    toggle("Port 80 flaps on 10.7", "goes down and up every 2 seconds", armed("flap", "10.7"), (on) => fault("flap", "10.7", on ? { times: -1, value: 2 } : { off: true })),
    toggle("Port 80 flaps on 10.6 too", "the rollback would not have helped", armed("flap", "10.6"), (on) => fault("flap", "10.6", on ? { times: -1, value: 2 } : { off: true })),
    toggle("The database restore fails half-way", "its connection dies at 50 %, once", armed("die_at", "sqlserver:restore"), (on) => fault("die_at", "sqlserver:restore", on ? { value: 50 } : { off: true })),
    lostReply(),
    somebody(),
    once("A Veeam job starts", "it works on the nodes for 20 seconds", "Start", () => world("job-starts", { name: veeamJob(), seconds: 20 }), { off: !veeamJob() }),
    once(`NetScaler fails over (${store.world.ha.toLowerCase()} now)`, "the addressed one stops being the primary, or becomes it again", "Fail over", () => world("fail-over")),
    once("Slack is away for a minute", "nobody can press anything; the bot goes on", store.slack.away ? "Come back" : "Go away", () => (store.slack.away ? turn("come_back") : turn("go_away", { seconds: 60 }))),
  ];
}

const veeamJob = () => store.world.jobs.find((job) => job.system === "veeam" && !job.running)?.name;

function lostReply() {
  const scope = chosen.reply;
  const menu = h("select", { "aria-label": "Which reply", "data-key": "which-reply", onchange: () => { chosen.reply = menu.value; drawn = ""; drawSwitches(); } },
    Object.entries(REPLIES).map(([value, words]) => h("option", { value, selected: value === scope }, words)));
  return toggle(["A reply is lost: ", menu], "it is carried out, and the bot is not told", armed("lose_reply", scope), (on) => fault("lose_reply", scope, on ? {} : { off: true }), "lost reply");
}

function somebody() {
  const off = Object.entries(store.world.nodes).filter(([, one]) => !one.on).map(([name]) => name);
  if (!off.includes(chosen.node)) chosen.node = off[0] ?? "";
  const menu = h("select", { "aria-label": "Which node", "data-key": "which-node", disabled: !off.length, onchange: () => { chosen.node = menu.value; } },
    off.map((name) => h("option", { value: name, selected: name === chosen.node }, name)));
  return once(["Somebody switches on ", off.length ? menu : "a node"], off.length ? "a colleague who has not heard" : "none is off", "Switch on", () => world("power-on", { node: chosen.node, by: "somebody" }), { off: !off.length, name: "somebody" });
}

function toggle(words, about, on, change, name = words) {
  const control = h("button", { type: "button", role: "switch", class: "switch", "aria-checked": String(on), "aria-label": String(name), "data-key": `switch ${name}`, onclick: () => attempt(() => change(!on)) });
  return h("li", {}, h("div", {}, h("span", {}, words), h("small", {}, about)), control);
}

function once(words, about, label, does, { off = false, name = words } = {}) {
  return h("li", {}, h("div", {}, h("span", {}, words), h("small", {}, about)), button(label, does, { off, key: `once ${name}`, about: `${label}: ${name}` }));
}

function button(words, does, { style = "", off = false, key, about } = {}) {
  const props = { type: "button", class: `button ${style}`, disabled: off, "data-key": key, "aria-label": about };
  return h("button", { ...props, onclick: () => attempt(async () => { await does(); notice(`Asked for: ${about ?? words}.`, "good"); }) }, words);
}

function paces(now) {
  return h(
    "section",
    {},
    h("h3", {}, "Pace"),
    h(
      "div",
      { class: "row paces", role: "group", "aria-label": "Pace of the world" },
      Object.entries(PACES).map(([factor, words]) =>
        h("button", { type: "button", class: "button", "aria-pressed": String(Number(factor) === now), "data-key": `pace ${factor}`, onclick: () => attempt(() => world("pace", { factor: Number(factor) })) }, words)),
    ),
    h("p", { class: "about" }, "How long booting, backing up and restoring take here. In life they take minutes."),
  );
}
