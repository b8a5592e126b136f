// What this page knows. One place; whoever draws something listens to its topic.

const listeners = new Map();

export const store = {
  about: { typed: [], shortcuts: [], world: false },
  person: null, // the one whose page it is
  team: "",
  channel: null, // id of the conversation on the screen; "home" is the app's home tab
  version: 0,
  persons: new Map(),
  channels: new Map(),
  messages: new Map(), // by channel: by ts
  pins: {},
  ephemerals: new Map(), // by ts
  screen: [], // dialogs, the topmost last
  home: null,
  slack: { connections: 0, away: false, heard: false, playing: false },
  world: null,
  ledger: [],
  unread: new Map(),
  online: true,
};

export function on(topics, listener) {
  for (const topic of topics.split(" ")) {
    if (!listeners.has(topic)) listeners.set(topic, []);
    listeners.get(topic).push(listener);
  }
}

export function tell(topic, about) {
  for (const listener of listeners.get(topic) ?? []) listener(about);
}

// Takes over the workspace as one person sees it.
export function takeState(state) {
  store.version = state.version;
  store.team = state.team;
  store.persons = new Map(state.persons.map((one) => [one.id, one]));
  store.person = store.persons.get(state.person);
  store.channels = new Map(state.channels.map((one) => [one.id, one]));
  store.messages = new Map(
    Object.entries(state.messages).map(([id, all]) => [id, new Map(all.map((one) => [one.ts, one]))]),
  );
  store.pins = state.pins;
  store.ephemerals = new Map(state.ephemerals.map((one) => [one.ts, one]));
  store.screen = state.screens[state.person] ?? [];
  store.home = state.homes[state.person] ?? null;
  tell("state");
}

// Takes over what changed since.
export function takeNews(news) {
  store.version = news.version;
  for (const message of news.messages) takeMessage(message);
  for (const { channel, ts } of news.deleted) {
    if (store.messages.get(channel)?.delete(ts)) tell("message-gone", { channel, ts });
  }
  for (const one of news.ephemerals) takeEphemeral(one);
  if (Object.keys(news.pins).length) {
    Object.assign(store.pins, news.pins);
    tell("pins");
  }
  if (news.screen) {
    store.screen = news.screen;
    tell("screen");
  }
  if (news.home) {
    store.home = news.home;
    tell("home");
  }
}

function takeMessage(message) {
  const there = store.messages.get(message.channel);
  if (!there) return;
  const fresh = !there.has(message.ts);
  there.set(message.ts, message);
  if (fresh && message.channel !== store.channel) {
    store.unread.set(message.channel, (store.unread.get(message.channel) ?? 0) + 1);
    tell("unread");
  }
  tell("message", { message, fresh });
}

function takeEphemeral(one) {
  if (one.gone) store.ephemerals.delete(one.ts);
  else store.ephemerals.set(one.ts, one);
  tell("ephemeral", one);
}

export const nameOf = (user) => store.persons.get(user)?.name ?? user;
export const zone = () => store.person?.zone ?? "UTC";
export const byRank = (a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);
