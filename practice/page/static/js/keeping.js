// Draws parts again and leaves those that are the same where they stand, so that a card which is redrawn while
// somebody presses its button doesn't take the button away.

const drawn = new WeakMap(); // by container: the nodes that were drawn last, by what they show

// `parts` are pairs: what a part shows, as text, and how it is drawn. Returns whether anything was drawn anew.
export function keep(container, parts) {
  const before = drawn.get(container) ?? new Map();
  const after = new Map();
  let anew = false;
  const nodes = parts.map(([shows, draw]) => {
    const same = before.get(shows)?.shift();
    anew ||= !same;
    const node = same ?? draw();
    after.set(shows, [...(after.get(shows) ?? []), node]);
    return node;
  });
  drawn.set(container, after);
  place(container, nodes);
  return anew;
}

function place(container, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...container.childNodes]) {
    if (!wanted.has(child)) child.remove();
  }
  nodes.forEach((node, at) => {
    if (container.childNodes[at] !== node) container.insertBefore(node, container.childNodes[at] ?? null);
  });
}
