// A small menu behind a button: arrow keys, Escape, and it closes when one looks elsewhere.

import { h } from "./dom.js";

export function menuButton(sign, label, items) {
  const list = h("div", { class: "menu", role: "menu", hidden: true });
  const opener = h(
    "button",
    { type: "button", class: "button plain", "aria-label": label, "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => toggle() },
    sign,
  );
  const node = h("span", { class: "with-menu", onkeydown: (event) => keys(event) }, opener, list);
  list.append(...items.map(({ words, does }) =>
    h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => { shut(); does(); } }, words)));

  function toggle() {
    if (!list.hidden) return shut();
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    list.firstElementChild?.focus();
    document.addEventListener("focusin", elsewhere);
    document.addEventListener("pointerdown", elsewhere);
  }

  function shut() {
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    document.removeEventListener("focusin", elsewhere);
    document.removeEventListener("pointerdown", elsewhere);
  }

  function elsewhere(event) {
    if (!node.contains(event.target)) shut();
  }

  function keys(event) {
    const all = [...list.children];
    const at = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && at >= 0) {
      event.preventDefault();
      all[(at + step + all.length) % all.length].focus();
    }
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      shut();
      opener.focus();
    }
  }

  return node;
}
