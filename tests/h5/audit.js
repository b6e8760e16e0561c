// What a person with weak eyes or a large thumb would stumble over on the page that is open. Returns sentences.
() => {
  const rgb = text => { const n = text.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const luminance = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const seen = e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getClientRects().length;
  const named = e => `<${e.tagName.toLowerCase()}> ${(e.textContent || e.name || "").trim().slice(0, 24)}`;
  // A link inside a sentence is as high as its line (WCAG 2.5.8, exception "inline"): words stand before it, and words or
  // the end of the sentence behind it. One that stands at the end of a line by itself, such as 刷新, is a control.
  const inSentence = e => e.tagName === "A" && getComputedStyle(e).display === "inline" &&
    /[\p{L}\p{N}]/u.test(beside(e, "previousSibling")) && /[\p{L}\p{N}。]/u.test(beside(e, "nextSibling"));
  const beside = (e, side) => {
    let text = "";
    for (let n = e[side]; n && !n.matches?.("a, button, br, p, div"); n = n[side]) text += n.textContent;
    return text;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, e = text.parentElement;
    if (!text.data.trim() || !seen(e) || e.closest("script,style,:disabled,label:has(:disabled)")) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize), is_large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const got = ratio(rgb(style.color), ground(e));
    if (got < (is_large ? 3 : 4.5)) found.push(`contrast ${got.toFixed(2)}: ${named(e)}`);
  }
  const least = document.documentElement.classList.contains("elder") ? 60 : 44;
  for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), select, summary, label:has(input[type=radio], input[type=checkbox])")) {
    if (!seen(e) || e.matches("[type=radio], [type=checkbox], .skip")) continue;
    if (inSentence(e)) continue;
    const box = e.getBoundingClientRect();
    if (box.height < least - 0.5 || box.width < 43.5) found.push(`target ${box.width.toFixed(0)}x${box.height.toFixed(0)}: ${named(e)}`);
  }
  for (const e of document.querySelectorAll("input:not([type=hidden]), select")) {
    if (seen(e) && !e.labels.length && !e.getAttribute("aria-label")) found.push(`no label: ${e.name}`);
  }
  if (document.querySelectorAll("h1").length !== 1 && !document.querySelector("[role=search]")) found.push("not one h1");
  if (document.documentElement.scrollWidth > innerWidth) found.push(`${document.documentElement.scrollWidth} px wide`);
  return found;
}
