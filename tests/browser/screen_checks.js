/**
 * What must hold on any screen, measured in the page itself: text whole, colours apart, targets large.
 * Evaluated by builders/screen_checks.py; every check gives a list of what is wrong, in words.
 */

// texts a person sees now: those behind an open dialog, inside pictures and for screen readers only are left out
function seenTexts() {
  const layer = document.querySelector("dialog[open]") ?? document.body;
  const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("svg, script, style, noscript, option, .visually-hidden")) continue;
    if (element.closest(":disabled")) continue; // what cannot be used yet is faint on purpose (WCAG 1.4.3)
    if (element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) texts.push({ node, element });
  }
  return { layer, texts };
}

const said = (node) => node.data.trim().replace(/\s+/g, " ").slice(0, 40);

// a name of many lines ends with three dots: the lines after them are nowhere
const isLeftOut = (element, box) =>
  getComputedStyle(element).webkitLineClamp !== "none" && box.top >= element.getBoundingClientRect().bottom - box.height / 3;

// a word goes on in the next line only where it is too long for any line: an address, a code
function brokenWords(node, range) {
  const words = [...node.data.matchAll(/\p{L}+/gu)].filter(({ 0: word, index }) => {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const tops = [...range.getClientRects()].map(({ top }) => Math.round(top));
    return Math.max(...tops) > Math.min(...tops) + 2;
  });
  return words.map(([word]) => `broken: ${word}`);
}

// a line box is a little higher than its letters: a sixth of its height is left out of comparisons
function textTrouble() {
  const { texts } = seenTexts();

  const wide = document.documentElement.clientWidth;
  const found = [];
  if (document.documentElement.scrollWidth > wide) found.push(`page is ${document.documentElement.scrollWidth} wide`);
  const shown = [];
  for (const { node, element } of texts) {
    const range = document.createRange();
    found.push(...brokenWords(node, range));
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 2 || box.height < 2) continue;
      const inset = box.height / 6;
      let [top, bottom, left, right] = [box.top + inset, box.bottom - inset, box.left, box.right];
      if (isLeftOut(element, box)) continue;
      if (left < -1 || right > wide + 1) found.push(`outside: ${said(node)}`);
      for (let around = element; around && around !== document.documentElement; around = around.parentElement) {
        const style = getComputedStyle(around);
        const edge = around.getBoundingClientRect();
        if (style.overflowX !== "visible" && (left < edge.left - 1 || right > edge.right + 1))
          found.push(`cut at the side: ${said(node)}`);
        if (["hidden", "clip"].includes(style.overflowY) && (top < edge.top - 1 || bottom > edge.bottom + 1))
          found.push(`cut below: ${said(node)}`);
        if (["auto", "scroll"].includes(style.overflowY)) [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
        if (around.matches("button, .button, .choice") && (left < edge.left || right > edge.right || top < edge.top || bottom > edge.bottom))
          found.push(`sticks out of its frame: ${said(node)}`);
      }
      const isPinned = Boolean(element.closest(".bar"));
      if (bottom > top + 1) shown.push({ node, element, top, bottom, left, right, isPinned });
    }
  }
  for (const [nth, one] of shown.entries())
    for (const other of shown.slice(nth + 1)) {
      if (one.node === other.node || one.isPinned !== other.isPinned) continue;
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 1 && down > 1) found.push(`overlap: ${said(one.node)} | ${said(other.node)}`);
    }
  const pen = document.createElement("canvas").getContext("2d");
  for (const field of document.querySelectorAll("input[placeholder]")) {
    const style = getComputedStyle(field);
    if (!field.checkVisibility() || field.value) continue;
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    pen.letterSpacing = style.letterSpacing === "normal" ? "0px" : style.letterSpacing;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (pen.measureText(field.placeholder).width > room + 1) found.push(`cut in its field: ${field.placeholder}`);
  }
  return [...new Set(found)];
}

// WCAG 2.2 relative luminance; every layer of colour behind the letters is laid over the next
function weakContrast(least) {
  const { layer, texts } = seenTexts();

  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const numbers = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (front, back) => [0, 1, 2].map((k) => front[k] * front[3] + back[k] * (1 - front[3])).concat(1);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    const layers = [];
    for (let around = element; around; around = around.parentElement) {
      const style = getComputedStyle(around);
      layers.push(numbers(style.backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reduceRight((back, front) => over(front, back), [255, 255, 255, 1]);
  };
  const seen = (element) => {
    let share = 1;
    for (let around = element; around; around = around.parentElement) share *= Number(getComputedStyle(around).opacity);
    return share;
  };
  const found = [];
  const compare = (words, colour, element) => {
    const back = behind(element);
    const ink = numbers(colour);
    ink[3] *= seen(element);
    const [dark, bright] = [light(over(ink, back)), light(back)].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < least) found.push(`${ratio.toFixed(2)}: ${words}`);
  };
  for (const { node, element } of texts) compare(said(node), getComputedStyle(element).color, element);
  for (const field of layer.querySelectorAll("input[placeholder], textarea"))
    if (field.checkVisibility() && !field.matches("[type=radio], [type=checkbox]")) {
      compare("what is typed", getComputedStyle(field).color, field);
      if (field.placeholder) compare(field.placeholder, getComputedStyle(field, "::placeholder").color, field);
    }
  return [...new Set(found)];
}

// a choice is touched anywhere on its tile
function smallTargets(least) {
  const layer = document.querySelector("dialog[open]") ?? document.body;
  const found = [];
  for (const control of layer.querySelectorAll("a, button, summary, input, textarea, select")) {
    const target = control.closest("label.choice") ?? control;
    if (control.type === "hidden" || !target.checkVisibility({ visibilityProperty: true })) continue;
    const { width, height } = target.getBoundingClientRect();
    if (width < least || height < least)
      found.push(`${Math.round(width)} x ${Math.round(height)}: ${(target.innerText || target.name || target.outerHTML).slice(0, 40)}`);
  }
  return found;
}

// who must scroll to find "satisfied" is asked another question than who sees it
function hiddenLevels() {
  return [...document.querySelectorAll("[data-screen]:not([hidden]) .scale .choice")]
    .filter((choice) => {
      const box = choice.getBoundingClientRect();
      const frame = choice.closest("[data-screen]").getBoundingClientRect();
      const [top, bottom] = [Math.max(frame.top, 0), Math.min(frame.bottom, innerHeight)];
      return box.width && (box.top < top - 1 || box.bottom > bottom + 1);
    })
    .map((choice) => `not in view: ${choice.innerText}`);
}

// while letters are touched: the field is seen whole, with two lines of what is written or one row of what it finds
function coveredField() {
  const field = document.activeElement;
  const pad = document.querySelector("[data-pad]:not([hidden])");
  if (!pad || !field.matches("textarea, [type=search], [type=text]")) return [];
  const frame = field.closest("[data-screen]").getBoundingClientRect();
  const end = Math.min(frame.bottom, pad.getBoundingClientRect().top, innerHeight);
  const isSeen = ({ top, bottom }) => top >= Math.max(frame.top, 0) - 1 && bottom <= end + 1;
  const found = [];
  if (!isSeen(field.getBoundingClientRect())) found.push(`covered: ${field.name || field.type}`);
  const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(field);
  const room = field.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
  const lines = field.matches("textarea") ? 2 : 1;
  if (room < lines * parseFloat(lineHeight) - 1) found.push(`${Math.round(room)} px for ${lines} lines: ${field.name || field.type}`);
  const row = [...field.closest("[data-screen]").querySelectorAll(".choice")].find((tile) => tile.checkVisibility());
  if (row && !isSeen(row.getBoundingClientRect())) found.push(`covered: ${row.innerText.slice(0, 40)}`);
  return found;
}

// what scrolls must not end in the middle of a tile or a line: nobody knows that there is more, or what it says
function sliced() {
  const found = [];
  const look = (element, boxes, words) => {
    for (let around = element.parentElement; around; around = around.parentElement) {
      if (!["auto", "scroll"].includes(getComputedStyle(around).overflowY)) continue;
      const edge = around.getBoundingClientRect();
      const isOver = (box, at) => box.height > 2 && box.top < at - 2 && box.bottom > at + 2;
      if ([...boxes].some((box) => isOver(box, edge.top) || isOver(box, edge.bottom))) found.push(`sliced: ${words}`);
    }
  };
  const { texts } = seenTexts();
  for (const { node, element } of texts) {
    const range = document.createRange();
    range.selectNodeContents(node);
    look(element, [...range.getClientRects()].filter((box) => !isLeftOut(element, box)), said(node));
  }
  for (const tile of document.querySelectorAll(".choice, .screen button, .screen .field"))
    if (tile.checkVisibility()) look(tile, [tile.getBoundingClientRect()], (tile.innerText || tile.name).slice(0, 40));
  return [...new Set(found)];
}

window.screenChecks = { textTrouble, weakContrast, smallTargets, hiddenLevels, coveredField, sliced };
