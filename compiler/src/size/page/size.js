"use strict";
const images = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const AREAS = 8;
const HEAD = 18; // Height of the line that names a part with parts in it.

let image = images[0];
let path = []; // The parts that lead from the whole to what is shown.

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
const count = (number) => number.toLocaleString("en");
const measure = () => at("measure").value;
const size = (part) => measure() === "both" ? part.loaded + part.zeroed : part[measure()];
const whole = () => path.at(-1) ?? image.tree;
const parts = (part) => (part.parts ?? []).filter((inner) => size(inner) > 0).sort((one, other) => size(other) - size(one));
const share = (part, of) => `${((100 * size(part)) / Math.max(1, size(of))).toFixed(1)} %`;
/** The colour of a part at the top of what is shown: that of its place, whatever is counted. */
const area = (part) => `a${(whole().parts ?? []).indexOf(part) % AREAS}`;

/** Cuts a box into one for each part, as near to squares as their order allows. */
function cut(all, x, y, width, height) {
  const boxes = [];
  let left = all.reduce((sum, part) => sum + size(part), 0);
  let index = 0;
  while (index < all.length && width > 0.5 && height > 0.5) {
    const short = Math.min(width, height);
    const scale = (width * height) / left;
    // A row along the shorter side, for as long as that makes its worst box better.
    const row = [];
    let sum = 0;
    let worst = Infinity;
    while (index + row.length < all.length) {
      const next = size(all[index + row.length]);
      const thick = ((sum + next) * scale) / short;
      const least = (Math.min(next, ...row.map(size)) * scale) / thick;
      const most = (Math.max(next, ...row.map(size)) * scale) / thick;
      const ratio = Math.max(most / thick, thick / least);
      if (ratio > worst) break;
      worst = ratio;
      sum += next;
      row.push(all[index + row.length]);
    }
    const thick = (sum * scale) / short;
    let along = 0;
    for (const part of row) {
      const length = (size(part) * scale) / thick;
      boxes.push(width >= height ? { part, x, y: y + along, width: thick, height: length } : { part, x: x + along, y, width: length, height: thick });
      along += length;
    }
    if (width >= height) { x += thick; width -= thick; } else { y += thick; height -= thick; }
    left -= sum;
    index += row.length;
  }
  return boxes;
}

function enter(trail) {
  const last = trail.at(-1);
  if (!last.parts) return;
  path = [...path, ...trail];
  show();
}

function leave(depth) {
  path = path.slice(0, depth);
  show();
}

function say(trail) {
  const part = trail.at(-1);
  const names = [...path, ...trail].map((part) => part.name).join(" › ");
  const zeroes = part.zeroed ? `, ${count(part.zeroed)} of zeroes` : "";
  at("under").textContent = `${names}: ${count(part.loaded)} bytes loaded${zeroes}; ${share(part, image.tree)} of the image`;
}

function light(part, lit) {
  for (const element of document.querySelectorAll("[data-part]")) {
    element.classList.toggle("lit", lit && element.dataset.part === String((whole().parts ?? []).indexOf(part)));
  }
}

function box({ part, x, y, width, height }, trail, inner, colour) {
  const element = make("div", { class: `part ${colour}${inner ? " inner" : ""}${part.parts ? " deeper" : ""}` });
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  if (width > 30 && height > HEAD) element.textContent = part.name;
  else element.style.padding = "0";
  element.addEventListener("mouseenter", () => say(trail));
  element.addEventListener("click", () => enter(part.parts ? trail : trail.slice(0, -1).length ? trail.slice(0, -1) : trail));
  return element;
}

function map() {
  const frame = at("map");
  const elements = [];
  for (const outer of cut(parts(whole()), 0, 0, frame.clientWidth, frame.clientHeight)) {
    if (outer.width < 1 || outer.height < 1) continue;
    const colour = area(outer.part);
    const element = box(outer, [outer.part], false, colour);
    element.dataset.part = String(whole().parts.indexOf(outer.part));
    elements.push(element);
    if (!outer.part.parts || outer.width < 40 || outer.height < HEAD + 16) continue;
    for (const inner of cut(parts(outer.part), outer.x + 3, outer.y + HEAD, outer.width - 6, outer.height - HEAD - 3)) {
      if (inner.width >= 2 && inner.height >= 2) elements.push(box(inner, [outer.part, inner.part], true, colour));
    }
  }
  if (!elements.length) elements.push(make("p", { class: "quiet" }, "There is nothing of that here."));
  frame.replaceChildren(...elements);
}

function table() {
  const rows = parts(whole()).map((part) => {
    const name = part.parts ? make("button", { class: "link", type: "button", onclick: () => enter([part]) }, part.name) : part.name;
    const row = make("tr", { "data-part": String(whole().parts.indexOf(part)) },
      make("td", {}, make("div", { class: "named" }, make("span", { class: `swatch ${area(part)}` }), make("span", {}, name))),
      make("td", { class: "number" }, count(size(part))),
      make("td", { class: "number" }, share(part, whole())));
    row.addEventListener("mouseenter", () => { light(part, true); say([part]); });
    row.addEventListener("mouseleave", () => light(part, false));
    return row;
  });
  const what = ["instance", "crate", "symbol"][Math.min(2, path.length)];
  at("parts").replaceChildren(make("table", {},
    make("thead", {}, make("tr", {}, make("th", {}, whole().parts?.some((part) => part.parts) ? what : "symbol"), make("th", { class: "number" }, "bytes"), make("th", { class: "number" }, "share"))),
    make("tbody", {}, ...rows,
      make("tr", {}, make("td", {}, make("b", {}, "total")), make("td", { class: "number" }, count(size(whole()))), make("td", { class: "number" }, "")))));
  at("parts").scrollTop = 0;
}

function show() {
  const steps = [image.tree, ...path].map((part, depth) => depth === path.length
    ? make("span", { "aria-current": "page" }, part.name)
    : make("button", { class: "link", type: "button", onclick: () => leave(depth) }, part.name));
  at("path").replaceChildren(...steps.flatMap((step, index) => (index ? [make("span", { class: "quiet" }, "›"), step] : [step])));
  at("summary").textContent = `${count(image.total.loaded)} bytes loaded of a file of ${count(image.file)}, and ${count(image.total.zeroed)} of zeroes`;
  at("under").textContent = "";
  map();
  table();
}

at("platform")?.addEventListener("change", (event) => { image = images[Number(event.target.value)]; path = []; show(); });
at("measure").addEventListener("change", show);
document.addEventListener("keydown", (event) => {
  if ((event.key === "Escape" || event.key === "Backspace") && path.length && !event.target.matches("select")) leave(path.length - 1);
});
new ResizeObserver(map).observe(at("map"));
show();
