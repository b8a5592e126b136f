// Keeps the page up to date by itself: server-sent events, one connection for the person whose page it is.

import { get } from "./api.js";
import { store, takeNews, takeState, tell } from "./store.js";

let source = null;
let turn = 0;

// Shows the workspace as one person sees it, and follows what changes for them.
export async function follow(person) {
  turn += 1;
  const mine = turn;
  source?.close();
  const state = await get("/practice/read/state", { person });
  if (mine !== turn) return; // somebody else was chosen meanwhile
  takeState(state);
  listen(person);
}

function listen(person) {
  const query = new URLSearchParams({ person, since: store.version });
  source = new EventSource(`/practice/stream?${query}`);
  let entries = []; // each connection tells the ledger from its beginning
  source.onopen = () => {
    entries = [];
    online(true);
  };
  source.onerror = () => online(false);
  source.addEventListener("news", (event) => {
    const news = JSON.parse(event.data);
    if (news.gap) follow(person);
    else takeNews(news);
  });
  source.addEventListener("slack", (event) => {
    store.slack = JSON.parse(event.data);
    tell("slack");
  });
  source.addEventListener("world", (event) => {
    const { now, picture, ledger } = JSON.parse(event.data);
    entries = [...entries, ...ledger];
    store.world = { now, ...picture };
    store.ledger = entries;
    tell("world");
  });
}

function online(is) {
  if (store.online === is) return;
  store.online = is;
  tell("online");
}
