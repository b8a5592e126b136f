// The question that an element asks back before it is pressed.

import { h } from "./dom.js";
import { textOf } from "./mrkdwn.js";

export function confirmed(question) {
  return new Promise((decided) => {
    const yes = h("button", { type: "submit", value: "yes", class: `button ${question.style ?? "primary"}` }, question.confirm.text);
    const no = h("button", { type: "submit", value: "no", class: "button" }, question.deny.text);
    const dialog = h(
      "dialog",
      { class: "dialog confirm", "aria-label": question.title.text, onclose: () => { dialog.remove(); decided(dialog.returnValue === "yes"); } },
      h("form", { method: "dialog" }, h("h2", {}, question.title.text), h("div", { class: "text" }, textOf(question.text)), h("footer", {}, no, yes)),
    );
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  });
}
