// Builds elements. Text becomes text nodes: nothing that a system or a person wrote is ever read as HTML.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...solid(children));
  return node;
}

// Puts other children into an element.
export function fill(node, ...children) {
  node.replaceChildren(...solid(children));
  return node;
}

// Swaps the content and keeps the focus on what it was on: `key` names an element across drawings.
export function refill(node, ...children) {
  const key = keyOfFocus(node);
  fill(node, ...children);
  focusKey(node, key);
}

export function keyOfFocus(node) {
  const focused = document.activeElement;
  return node.contains(focused) ? focused.dataset.key : undefined;
}

export function focusKey(node, key) {
  if (!key) return false;
  const again = [...node.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  again?.focus({ preventScroll: true });
  return Boolean(again);
}

function solid(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
