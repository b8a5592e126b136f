// What a person does: presses, commands, words. Remembers which interactions began on this page, because a dialog
// opens where somebody pressed and not on every screen of that person.

import { Cannot, act } from "./api.js";
import { notice, slackSays } from "./notices.js";
import { store, tell } from "./store.js";

const KEPT = "interactions";
const mine = new Set(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));

export const began = (interaction) => mine.has(interaction);

export function press(where, one, block, choice, values) {
  const target = { action_id: one.action_id, block_id: block.block_id ?? null };
  return done(act("press", { user: store.person.id, ...where, ...target, choose: choice ?? null, values: values ?? null }).catch(overtaken));
}

// What was pressed may be gone by the time the press arrives: nothing was sent then.
function overtaken(error) {
  const gone = error instanceof Cannot && /elements on the screen answer|not the topmost|there is no message/.test(error.message);
  throw gone ? new Cannot("That was drawn anew a moment before you pressed. Nothing was sent; look at it again.") : error;
}

export const slash = (channel, command, text) =>
  done(act("slash", { user: store.person.id, channel, command, text }));

export const submit = (view, values) => done(act("submit", { user: store.person.id, view_id: view, values }), { quiet: true });
export const close = (view) => done(act("close", { user: store.person.id, view_id: view }));
export const write = (channel, text) => act("write", { user: store.person.id, channel, text });
export const openHome = () => done(act("open_home", { user: store.person.id }), { quiet: true });
export const shortcut = (callback_id, channel, ts) =>
  done(act("shortcut", { user: store.person.id, callback_id, channel, ts }));

// Waits for what the person sees; what Slack shows instead of an answer is said, unless somebody else says it.
async function done(doing, { quiet = false } = {}) {
  const seen = await doing;
  if (seen.interaction) {
    mine.add(seen.interaction);
    sessionStorage.setItem(KEPT, JSON.stringify([...mine].slice(-200)));
    tell("screen");
  }
  if (seen.error && !quiet) notice(slackSays(seen.error));
  return seen;
}
