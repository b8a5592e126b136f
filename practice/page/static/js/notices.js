// Short sentences at the edge of the screen: what Slack shows instead of an answer, what can't be done.

import { h } from "./dom.js";

const MOST = 4;

// Error words as Slack shows them to people.
const SLACK = {
  dispatch_failed: "Slack says: the app isn't there. It did not get this; try again in a moment.",
  operation_timeout: "Slack says: the app did not answer in time. Look whether it took it before you try again.",
  invalid_command_response: "Slack says: the app's answer can't be shown.",
  bad_view_response: "Slack says: we had some trouble connecting. Try again?",
};

export function notice(sentence, kind = "trouble") {
  const place = document.getElementById("notices");
  const away = h("button", { type: "button", "aria-label": "Dismiss", onclick: () => shown.remove() }, "×");
  const shown = h("div", { class: `notice ${kind}` }, h("p", {}, sentence), away);
  place.append(shown);
  while (place.children.length > MOST) place.firstElementChild.remove();
}

export const slackSays = (error) => SLACK[error] ?? `Slack says: ${error}`;

// Does something; what goes wrong is said, and nothing is returned then.
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    notice(error.message);
    return undefined;
  }
}
