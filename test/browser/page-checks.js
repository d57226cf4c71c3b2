// Runs in the page. Checks it for people with a screen reader, with a keyboard only and on a phone.
globalThis.pageChecks = (() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility();
  const nameOf = (control) => control.getAttribute("aria-label") ?? control.innerText.trim();

  function structure() {
    const faults = [];
    if (!document.documentElement.lang) faults.push("the page declares no language");
    if (!document.title) faults.push("the page has no title");
    for (const only of ["h1", "main"]) {
      const count = all(only).filter(isShown).length;
      if (count !== 1) faults.push(`${count} of <${only}>`);
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push("it scrolls sideways");
    const ids = all("[id]").map(({ id }) => id);
    for (const id of ids.filter((id, index) => ids.indexOf(id) !== index)) faults.push(`id ${id} is there twice`);
    for (const attribute of ["aria-describedby", "aria-labelledby", "for"]) {
      const named = all(`[${attribute}]`).flatMap((element) => element.getAttribute(attribute).split(" "));
      for (const id of named) if (!ids.includes(id)) faults.push(`${attribute} names #${id}, which is not there`);
    }
    return faults;
  }

  function controls() {
    const faults = [];
    for (const image of document.images) if (!image.hasAttribute("alt")) faults.push(`${image.src} has no alt`);
    for (const field of all("input:not([type=hidden]), select, textarea")) {
      const label = [...field.labels].map(({ textContent }) => textContent).join("");
      if (!label.trim()) faults.push(`the field ${field.name} has no label`);
    }
    for (const control of all("a[href], button").filter(isShown)) {
      const name = nameOf(control);
      if (!name) faults.push(`${control.outerHTML.slice(0, 60)} has no name`);
      const { height } = control.getBoundingClientRect();
      if (height < 44) faults.push(`“${name}” is ${height} px high, too low for a thumb`);
    }
    return faults;
  }

  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  function luminance(color) {
    const [red, green, blue] = channels(color).map((channel) => linear(channel / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
  function backgroundOf(element) {
    const color = element ? getComputedStyle(element).backgroundColor : "rgb(255, 255, 255)";
    return (channels(color)[3] ?? 1) === 1 ? color : backgroundOf(element.parentElement);
  }

  /** The contrast of text with the background colour; pictures and gradients are not checked. (WCAG 1.4.3) */
  function contrast() {
    const faults = [];
    for (const element of all("body *").filter(isShown)) {
      const hasText = [...element.childNodes].some((node) => node instanceof Text && node.data.trim());
      if (!hasText || element.closest("svg, noscript, .unseen")) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const [lighter, darker] = [luminance(color), luminance(backgroundOf(element))].sort((a, b) => b - a);
      const ratio = (lighter + 0.05) / (darker + 0.05);
      const isLarge = Number.parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
      if (ratio < (isLarge ? 3 : 4.5)) faults.push(`“${element.innerText}” has a contrast of ${ratio.toFixed(2)}`);
    }
    return faults;
  }

  /** Words that are short enough for any line and stand on two. */
  function words() {
    const faults = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.parentElement.closest("noscript, script, style, .unseen")) continue;
      for (const { 0: word, index } of text.data.matchAll(/(?<!\S)\p{L}{2,12}(?=[.,:!?]?(?!\S))/gu)) {
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (tops.size > 1) faults.push(`“${word}” is broken in two`);
      }
    }
    return faults;
  }

  /** The focused element and whether its focus is visible; null when no element has the focus. */
  function focus() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    // `auto` is the browser's own ring, whose width is not computed.
    const isDrawn = outlineStyle === "auto" || (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2);
    return { what: element.getAttribute("name") ?? nameOf(element), seen: isDrawn && width > 0 && height > 0 };
  }

  return { faults: () => [structure, controls, contrast, words].flatMap((check) => check()), focus };
})();
