// Images and files that the workspace holds. Nothing is fetched from another machine: such an image is only named.

import { h } from "./dom.js";

const PICTURES = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", svg: "image/svg+xml", webp: "image/webp" };

export function image(block) {
  const file = block.slack_file?.id;
  const title = block.title ? h("figcaption", {}, block.title.text) : null;
  if (file) return h("figure", { class: "image" }, title, picture(file, block.slack_file.name ?? "x.png", block.alt_text));
  return h("figure", { class: "image" }, title, own(block.image_url, block.alt_text));
}

function own(address, alt) {
  const url = new URL(address, location.href);
  if (url.origin === location.origin) return h("img", { src: url.pathname, alt });
  return h("div", { class: "elsewhere", role: "img", "aria-label": alt }, `Image at ${url.host}, not fetched: ${alt}`);
}

// A picture from the workspace's own files; they are served for saving only, so it is made of their bytes.
function picture(id, name, alt) {
  const shown = h("img", { alt });
  const type = PICTURES[name.split(".").at(-1).toLowerCase()] ?? "image/png";
  fetch(`/practice/file/${id}`)
    .then((response) => (response.ok ? response.arrayBuffer() : Promise.reject(new Error())))
    .then((bytes) => {
      shown.src = URL.createObjectURL(new Blob([bytes], { type }));
      shown.onload = () => URL.revokeObjectURL(shown.src);
    })
    .catch(() => shown.replaceWith(h("p", { class: "elsewhere" }, `The picture isn't there any more: ${alt}`)));
  return shown;
}

export function fileLine(file) {
  const kind = (file.name ?? "").split(".").at(-1).toLowerCase();
  return h(
    "div",
    { class: "file" },
    h("a", { href: `/practice/file/${file.id}`, download: file.name }, file.title || file.name),
    h("small", {}, ` ${kind.toUpperCase()}, ${size(file.size)}`),
    kind in PICTURES ? picture(file.id, file.name, file.title || file.name) : null,
  );
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} bytes` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
