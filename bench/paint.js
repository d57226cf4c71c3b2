// Runs in a page before its own scripts: keeps when the largest paint was, in ms, and how much the layout has shifted.
const paint = { lcp: 0, cls: 0 };
globalThis.paint = paint;
const observe = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
observe("largest-contentful-paint", ({ startTime }) => {
  paint.lcp = startTime;
});
observe("layout-shift", ({ value }) => {
  paint.cls += value;
});
