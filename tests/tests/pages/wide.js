// What reaches beyond the window or its own box, where nothing scrolls.
(() => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) {
    for (const element of document.body.querySelectorAll("*")) {
      if (element.closest("svg, .scrolls, pre")) continue;
      const box = element.getBoundingClientRect();
      if (box.width > 0 && box.right > innerWidth + 1) found.push(`${element.tagName}.${element.className} ${Math.round(box.right)}`);
    }
    if (!found.length) found.push(`the page: ${document.documentElement.scrollWidth}`);
  }
  return found.slice(0, 5).join("\n");
})()
