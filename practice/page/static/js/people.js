// Who am I: one click, and the page is somebody else's.

import { fill, h } from "./dom.js";
import { store, tell } from "./store.js";

export const ROLES = {
  IC: "incident commander",
  XA: "XenMobile administrator",
  VA: "virtualisation administrator",
  DBA: "database administrator",
  SO: "service owner",
  CL: "communications",
  SEC: "security",
};

const SHORT = { IC: "commander", XA: "XenMobile", VA: "virtual machines", DBA: "database", SO: "service owner", CL: "communications", SEC: "security" };

const bar = h("div", { id: "who", role: "radiogroup", "aria-label": "Who am I", onkeydown: (event) => arrows(event) });

export const whoAmI = h("div", { class: "who" }, h("span", { class: "label", "aria-hidden": "true" }, "I am"), bar);

export function drawPeople() {
  const all = [...store.persons.values()].filter((one) => !one.bot && !one.deactivated);
  const focused = bar.contains(document.activeElement);
  fill(bar, all.map(chip));
  const chosen = bar.querySelector("[aria-checked=true]");
  if (focused) chosen?.focus();
  chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function chip(person, number) {
  const me = person.id === store.person?.id;
  const key = number < 10 ? `Alt+${(number + 1) % 10}` : undefined;
  return h(
    "button",
    {
      type: "button",
      role: "radio",
      "aria-checked": String(me),
      tabindex: me ? "0" : "-1",
      "data-person": person.key,
      "aria-keyshortcuts": key,
      title: `${person.name}, ${what(person)}${key ? ` (${key})` : ""}`,
      "aria-label": `${person.name}, ${what(person)}`,
      onclick: () => tell("become", person),
    },
    h("span", { class: "face small", "aria-hidden": "true", "data-role": person.role || "none" }, person.role || "–"),
    h("span", { class: "name" }, person.name.split(" ")[0]),
    h("span", { class: "what" }, SHORT[person.role] ?? (person.stranger ? "stranger" : "guest")),
  );
}

function what(person) {
  if (person.stranger) return "stranger from another team";
  return person.guest ? "guest" : ROLES[person.role] ?? "colleague";
}

function arrows(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...bar.children];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length].click();
}

// Alt and a digit, from anywhere.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || !/^Digit\d$/.test(event.code)) return;
  const chosen = bar.children[(Number(event.code.at(-1)) + 9) % 10];
  if (!chosen || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  chosen.click();
});
