"use strict";
const platforms = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const canvas = at("canvas");
const drawings = [...document.querySelectorAll("svg.drawing")];
const NEAR = 0.62;

/** An element; children are elements and texts. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (name === "markup") element.innerHTML = value; // From doc comments, made safe by oscomp.
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}
/** A text in which backticks set off code. */
const coded = (text) => text.split("`").map((part, index) => (index % 2 && part ? make("code", {}, part) : part));
const count = (number) => number.toLocaleString("en");
const size = (bytes) => `${count(bytes.loaded)} bytes` + (bytes.zeroed ? `, ${count(bytes.zeroed)} of zeroes` : "");

let shown = 0; // Index of the platform.
let chosen = -1; // Index of the node, -1 for none.
const views = platforms.map(() => null);
const groups = drawings.map((drawing) => [...drawing.querySelectorAll(".nodes > g")]);
const paths = drawings.map((drawing) => [...drawing.querySelectorAll(".edges > path")]);

// The view: what is drawn, moved and made larger.

function draw() {
  const { x, y, k } = views[shown];
  const drawing = drawings[shown];
  drawing.querySelector(".world").setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
  drawing.classList.toggle("far", k < NEAR);
}

/** Height above the key. */
const room = () => canvas.clientHeight - (at("key").offsetHeight && at("key").offsetHeight + 14);

function fitted() {
  const { width, height } = platforms[shown];
  return Math.min(canvas.clientWidth / width, room() / height, 1.3);
}

function fit() {
  const { width, height } = platforms[shown];
  const k = fitted();
  views[shown] = { k, x: (canvas.clientWidth - width * k) / 2, y: (room() - height * k) / 2 };
  draw();
}

function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const view = views[shown];
  const k = Math.min(4, Math.max(Math.min(fitted(), 1) / 2, view.k * factor));
  views[shown] = { k, x: x - ((x - view.x) * k) / view.k, y: y - ((y - view.y) * k) / view.k };
  draw();
}

function move(dx, dy) {
  const view = views[shown];
  views[shown] = { k: view.k, x: view.x + dx, y: view.y + dy };
  draw();
}

/** Whether all of a node is in view. */
function visible(node) {
  const [box, frame] = [groups[shown][node].getBoundingClientRect(), canvas.getBoundingClientRect()];
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
}

/** Brings a node into view, near enough to be read. */
function reveal(node, force) {
  const box = groups[shown][node].querySelector(".box");
  const [left, top, width, height] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
  const view = views[shown];
  const k = force ? Math.max(view.k, 0.85) : view.k;
  if (visible(node) && k === view.k) return;
  views[shown] = { k, x: canvas.clientWidth / 2 - (left + width / 2) * k, y: canvas.clientHeight / 2 - (top + height / 2) * k };
  draw();
}

// What is chosen and what is looked for.

const wanted = () => at("search").value.trim().toLowerCase();

function matches(node) {
  const words = wanted().split(/\s+/);
  const text = [node.name, node.module, ...node.provides, ...(node.about?.fields ?? []).map((field) => field.name)];
  const all = text.join("\n").toLowerCase();
  return words.every((word) => all.includes(word));
}

function mark() {
  const { nodes, edges } = platforms[shown];
  const searching = wanted() !== "";
  const near = new Set([chosen]);
  edges.forEach((edge, index) => {
    const touches = edge.from === chosen || edge.to === chosen;
    if (touches) near.add(edge.from).add(edge.to);
    paths[shown][index].classList.toggle("on", chosen >= 0 && touches);
    paths[shown][index].classList.toggle("off", chosen >= 0 ? !touches : searching);
  });
  let found = 0;
  nodes.forEach((node, index) => {
    const match = searching && matches(node);
    if (match && node.kind !== "image") found += 1;
    const group = groups[shown][index];
    group.classList.toggle("chosen", index === chosen);
    group.classList.toggle("found", match);
    group.classList.toggle("off", searching ? !match && index !== chosen : chosen >= 0 && !near.has(index));
    group.setAttribute("aria-pressed", String(index === chosen));
  });
  const instances = nodes.filter((node) => node.kind !== "image").length;
  at("count").textContent = searching ? `${found} of ${instances}` : `${instances} instances`;
  for (const item of document.querySelectorAll("#list > li")) {
    item.hidden = searching && !matches(nodes[Number(item.dataset.node)]);
  }
}

function choose(node, bring) {
  chosen = node;
  const name = node < 0 ? "" : `/${platforms[shown].nodes[node].name}`;
  const hash = `#${encodeURI(platforms[shown].name + name)}`;
  if (location.hash !== hash) history.replaceState(null, "", hash);
  describe();
  mark();
  if (bring && node >= 0) reveal(node, true);
}

function show(platform) {
  shown = platform;
  drawings.forEach((drawing, index) => drawing.toggleAttribute("hidden", index !== platform));
  if (at("platform")) at("platform").value = String(platform);
  if (!views[platform]) {
    fit();
    // A large graph begins where it is read from: at the app.
    const app = platforms[platform].nodes.findIndex((node) => node.kind === "app");
    if (views[platform].k < NEAR && app >= 0) {
      const box = groups[platform][app].querySelector(".box");
      const k = 0.8;
      const middle = Number(box.getAttribute("x")) + Number(box.getAttribute("width")) / 2;
      views[platform] = { k, x: canvas.clientWidth / 2 - middle * k, y: 8 - Number(box.getAttribute("y")) * k + 16 };
      draw();
    }
  }
  choose(-1);
}

// The panel.

const link = (name, text) => {
  const node = platforms[shown].nodes.findIndex((node) => node.name === name);
  return node < 0 ? text ?? name : make("button", { class: "link", type: "button", onclick: () => choose(node, true) }, text ?? name);
};

function because(reason) {
  return make("p", { class: "quiet small" }, reason.rule, reason.place ? ` (${reason.place})` : "");
}

function field(answer, more) {
  const name = answer.name.slice(answer.name.indexOf(".") + 1);
  const requirement = answer.what.startsWith("requires ");
  const facts = [more?.takes ?? answer.what];
  if (more?.range) facts.push(`in ${more.range}`);
  if (more?.unit) facts.push(`counted in ${more.unit}`);
  if (more?.default) facts.push(`default ${more.default}`);
  return make("div", { class: "field", "data-field": name },
    make("div", { class: "head" }, make("b", {}, name),
      requirement ? [make("span", { class: "quiet small" }, answer.what.slice(9)), " → ", link(answer.value)]
        : make("span", { class: "value" }, answer.value)),
    requirement ? "" : make("p", { class: "small" }, facts.join("; ")),
    more?.doc ? make("div", { class: "doc small", markup: more.doc }) : "",
    because(answer.because),
    answer.otherwise.map((way) => make("p", { class: "quiet small" }, "otherwise: ", coded(way))));
}

function section(heading, ...children) {
  return children.flat().length ? [make("h3", {}, heading), ...children.flat()] : [];
}

function listed() {
  const { nodes, image, name, machine } = platforms[shown];
  const items = nodes.map((node, index) => node.kind === "image" ? null
    : make("li", { "data-node": index },
      make("button", { type: "button", onclick: () => choose(index, true) },
        make("span", { class: "name" }, node.name),
        make("span", { class: "number small quiet" }, node.bytes ? count(node.bytes.loaded) : ""),
        make("span", { class: "small quiet" }, node.module))));
  return [
    make("h2", {}, name),
    make("p", { class: "quiet small" }, machine),
    image ? make("p", { class: "small" }, `Image: ${size(image.bytes)}.`, image.same_plan ? "" : " It was built before the system changed.")
      : make("p", { class: "small quiet" }, "No image of it has been built yet."),
    make("ul", { id: "list" }, items.filter(Boolean)),
  ];
}

function described(node) {
  const { image } = platforms[shown];
  const back = make("button", { type: "button", onclick: () => choose(-1) }, "← all instances");
  if (!node.about) {
    return [back, make("h2", {}, node.name), make("p", {}, "What every instance reaches without being bound to it:"),
      ...node.ambient.map((answer) => field({ ...answer, what: `requires ${answer.what}` }))];
  }
  const { about } = node;
  const options = about.fields.filter((answer) => !answer.what.startsWith("requires "));
  const requirements = about.fields.filter((answer) => answer.what.startsWith("requires "));
  const more = (answer) => node.fields[answer.name.slice(answer.name.indexOf(".") + 1)];
  const share = node.bytes && image?.bytes.loaded ? ` (${((100 * node.bytes.loaded) / image.bytes.loaded).toFixed(1)} %)` : "";
  return [
    back,
    make("h2", {}, node.name),
    make("p", { class: "quiet" }, `instance of ${about.module} (${about.source})`),
    node.doc ? make("div", { class: "doc", markup: node.doc }) : "",
    make("p", { class: "bytes" }, node.bytes ? size(node.bytes) + share
      : image ? "No bytes of the image are its own." : "", image && !image.same_plan ? " as last built" : ""),
    because(about.because),
    about.otherwise.map((way) => make("p", { class: "quiet small" }, "otherwise: ", coded(way))),
    make("p", { class: "small" }, `Starts as ${about.start} of ${about.instances}.`),
    section("Provides", node.provides.map((name) => make("span", { class: "tag" }, name + (about.ambient.includes(name) ? ", to all" : "")))),
    section("Options", options.map((answer) => field(answer, more(answer)))),
    section("Requires", requirements.map((answer) => field(answer, more(answer)))),
    section("Used by", about.users.map((user) => make("div", {}, link(user.split(".")[0], user)))),
    section("Claims", about.claims.map((claim) => make("div", {}, claim))),
  ];
}

function describe() {
  const panel = at("details");
  panel.replaceChildren(...(chosen < 0 ? listed() : described(platforms[shown].nodes[chosen])).flat(2).filter((part) => part !== ""));
  panel.scrollTop = 0;
}

// What a person does.

groups.forEach((nodes, platform) => nodes.forEach((group, node) => {
  group.setAttribute("tabindex", "0");
  group.setAttribute("role", "button");
  group.setAttribute("aria-label", [platforms[platform].nodes[node].name, platforms[platform].nodes[node].module].filter(Boolean).join(", an instance of "));
  const box = group.querySelector(".box");
  const name = group.querySelector("text");
  const [width, height] = [Number(box.getAttribute("width")), Number(box.getAttribute("height"))];
  const far = Math.min(30, (width - 10) / (0.62 * [...name.textContent].length), height * 0.6);
  name.style.setProperty("--far", `${far}px`);
  name.style.setProperty("--middle", `${Number(box.getAttribute("y")) + height / 2 - Number(name.getAttribute("y"))}px`);
  group.addEventListener("focus", () => { if (group.matches(":focus-visible")) reveal(node, false); });
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(node, false); }
  });
}));

const pointers = new Map();
let dragged = false;
canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  if (pointers.size === 0) dragged = false;
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
canvas.addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const [dx, dy] = [event.clientX - last.x, event.clientY - last.y];
  if (!dragged && Math.hypot(dx, dy) < 4) return;
  if (!dragged) { dragged = true; canvas.classList.add("dragged"); canvas.setPointerCapture(event.pointerId); }
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {
    const before = Math.hypot(last.x - other.x, last.y - other.y);
    const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    const frame = canvas.getBoundingClientRect();
    if (before > 0) zoom(after / before, (event.clientX + other.x) / 2 - frame.left, (event.clientY + other.y) / 2 - frame.top);
    move(dx / 2, dy / 2);
  } else move(dx, dy);
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
for (const name of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(name, (event) => { pointers.delete(event.pointerId); if (!pointers.size) canvas.classList.remove("dragged"); });
}
canvas.addEventListener("click", (event) => {
  if (dragged) return;
  const group = event.target.closest(".nodes > g");
  choose(group ? groups[shown].indexOf(group) : -1, false);
});
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const frame = canvas.getBoundingClientRect();
  const step = event.deltaMode === 1 ? 30 : 1;
  zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * step)) / 500), event.clientX - frame.left, event.clientY - frame.top);
}, { passive: false });
at("nearer").addEventListener("click", () => zoom(1.3));
at("farther").addEventListener("click", () => zoom(1 / 1.3));
at("fit").addEventListener("click", fit);
at("platform")?.addEventListener("change", (event) => show(Number(event.target.value)));
at("search").addEventListener("input", () => {
  if (wanted() && chosen >= 0) choose(-1);
  else mark();
  // What is found is shown: where none of it is in view, the first.
  const found = platforms[shown].nodes.map((node, index) => index).filter((index) => wanted() && matches(platforms[shown].nodes[index]));
  if (found.length && !found.some(visible)) reveal(found[0], false);
});
at("search").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !wanted()) return;
  const { nodes } = platforms[shown];
  const exact = nodes.findIndex((node) => node.name.toLowerCase() === wanted());
  const first = exact >= 0 ? exact : nodes.findIndex(matches);
  if (first >= 0) choose(first, true);
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select");
  if (event.key === "Escape") { at("search").value = ""; choose(-1); return; }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  if (event.key === "/") { event.preventDefault(); at("search").focus(); }
  else if (event.key === "+" || event.key === "=") zoom(1.3);
  else if (event.key === "-") zoom(1 / 1.3);
  else if (event.key === "0") fit();
  else if (steps[event.key] && canvas.contains(event.target)) { event.preventDefault(); move(...steps[event.key]); }
});
let width = canvas.clientWidth;
new ResizeObserver(() => {
  if (canvas.clientWidth !== width && views[shown]) { move((canvas.clientWidth - width) / 2, 0); width = canvas.clientWidth; }
}).observe(canvas);

function follow() {
  const [name, ...instance] = decodeURI(location.hash.slice(1)).split("/");
  const platform = Math.max(0, platforms.findIndex((platform) => platform.name === name));
  if (!views[platform] || platform !== shown) show(platform);
  const node = platforms[platform].nodes.findIndex((node) => node.name === instance.join("/"));
  if (node >= 0) choose(node, true);
}
window.addEventListener("hashchange", follow);
follow();
