"use strict";
// The search: `pages` is in search-index.js.
{
  const box = document.getElementById("search");
  const list = document.getElementById("found");
  const root = document.body.dataset.root;
  let at = -1;

  /** How well a page fits a word, 0 if not at all. */
  const fits = (page, word) => {
    const name = page.name.toLowerCase();
    if (name === word) return 100;
    if (name.startsWith(word)) return 60;
    if (name.includes(word)) return 40;
    const terms = page.terms.map((term) => term.toLowerCase());
    if (terms.includes(word)) return 30;
    if (page.kind.startsWith(word)) return 20;
    if (terms.some((term) => term.includes(word))) return 15;
    return page.about.toLowerCase().includes(word) ? 10 : 0;
  };

  const find = (text) => {
    const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const found = pages.map((page) => {
      const scores = words.map((word) => fits(page, word));
      return { page, score: scores.every((score) => score > 0) ? scores.reduce((sum, score) => sum + score, 0) : 0 };
    });
    return found.filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score || one.page.name.length - other.page.name.length)
      .slice(0, 30).map(({ page }) => page);
  };

  const make = (tag, className, ...children) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };

  const choose = (index) => {
    const items = [...list.querySelectorAll("[role=option]")];
    at = items.length ? (index + items.length) % items.length : -1;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    items[at]?.scrollIntoView({ block: "nearest" });
    if (items[at]) box.setAttribute("aria-activedescendant", items[at].id);
    else box.removeAttribute("aria-activedescendant");
  };

  const show = () => {
    const text = box.value.trim();
    const items = text ? find(text).map((page, index) => {
      const link = make("a", "", make("span", "name", page.name), " ", make("span", "tag", page.kind), make("div", "small quiet", page.about));
      link.href = root + page.path;
      link.tabIndex = -1;
      const item = make("li", "", link);
      item.id = `found-${index}`;
      item.setAttribute("role", "option");
      return item;
    }) : [];
    if (text && !items.length) items.push(make("li", "nothing quiet", "Nothing is called that."));
    list.replaceChildren(...items);
    list.hidden = !text;
    box.setAttribute("aria-expanded", String(Boolean(text)));
    choose(0);
  };

  box.addEventListener("input", show);
  box.addEventListener("focus", show);
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at - 1);
    else if (event.key === "Enter") list.querySelector("[aria-selected=true] a")?.click();
    else if (event.key === "Escape") { box.value = ""; show(); box.blur(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => { if (!event.target.closest("search")) list.hidden = true; });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input")) { event.preventDefault(); box.focus(); }
  });
}
