// Texts whose contrast with what is behind them is below 4.5 to 1, as WCAG counts it.
(() => {
  const part = (value) => ((value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const behind = (element) => {
    const box = element.closest("svg g")?.querySelector(".box");
    if (box) return colour(getComputedStyle(box).fill);
    for (let outer = element; outer; outer = outer.parentElement) {
      const found = colour(getComputedStyle(outer).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const faint = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || ["SCRIPT", "STYLE", "TITLE", "OPTION"].includes(element.tagName) || element.tagName === "title") continue;
    if (!element.checkVisibility() || element.closest(".off")) continue;
    const style = getComputedStyle(element);
    const ink = colour(element.closest("svg") ? style.fill : style.color);
    const [one, two] = [light(ink), light(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (two + 0.05);
    if (contrast < 4.5) faint.add(`${element.tagName}.${element.getAttribute("class")} ${contrast.toFixed(2)} ${element.textContent.slice(0, 30)}`);
  }
  return [...faint].slice(0, 8).join("\n");
})()
