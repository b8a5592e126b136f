// Begins: reads who and where from the address, draws the parts, and leads from one to the other.

import "./dialog.js";
import { attempt } from "./notices.js";
import { drawChannel } from "./channel.js";
import { drawPanes, pane } from "./panes.js";
import { drawPeople } from "./people.js";
import { drawSidebar } from "./sidebar.js";
import { drawTop } from "./top.js";
import { drawWorld } from "./world.js";
import { follow } from "./stream.js";
import { get } from "./api.js";
import { lookHome } from "./home.js";
import { nameInAddress, remember, wanted } from "./places.js";
import { on, store } from "./store.js";

on("state", () => {
  if (store.channel !== "home" && !store.channels.has(store.channel)) store.channel = firstChannel();
  drawAll();
  if (store.channel === "home") lookHome();
});

on("become", (person) => attempt(() => follow(person.id)));

on("go", (channel) => {
  store.channel = channel;
  store.unread.delete(channel);
  drawAll();
  pane("channel");
  if (channel === "home") lookHome();
});

function drawAll() {
  remember();
  document.title = `${store.person.name.split(" ")[0]} · practice workspace`;
  drawPeople();
  drawSidebar();
  drawChannel();
}

const firstChannel = () => store.channels.keys().next().value ?? null;

async function begin() {
  store.about = await get("/practice/about");
  const { person, channel } = wanted();
  const all = (await get("/practice/read/state", { channel: "none" })).persons;
  const me = all.find((one) => one.key === person) ?? all[0];
  drawTop();
  drawPanes();
  drawWorld();
  on("state", once(() => go(channel)));
  await follow(me.id);
}

// Only the first time: where the address leads.
function once(work) {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function go(name) {
  const found = [...store.channels.values()].find((one) => nameInAddress(one) === name);
  if (name === "home") store.channel = "home";
  else if (found) store.channel = found.id;
  else return;
  drawAll();
  if (name === "home") lookHome();
}

// An address that was typed over leads elsewhere; the page's own changes of it don't come here.
window.addEventListener("hashchange", () => location.reload());

attempt(begin);
