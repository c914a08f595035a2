// Makes elements, never from markup: what comes from the portal or a certificate is only ever text.

const counters = new Map();

/** The next generated id, as Angular Material counts them: mat-input-0, mat-input-1, … */
export function nextId(prefix) {
  const number = counters.get(prefix) ?? 0;
  counters.set(prefix, number + 1);
  return `${prefix}-${number}`;
}

/**
 * Make an element.
 * @param {string} tag element name
 * @param {object} attributes attributes; a function becomes a listener, true an empty attribute, false and null none
 * @param {...(Node|string|null)} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  append(element, children);
  return element;
}

/** Replace an element's content. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

function append(element, children) {
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
}

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  arrow: "M6 9.5l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  refresh: "M20 11a8 8 0 1 0-2.3 6.2M20 4v7h-7",
  check: "M5 12.5l4.6 4.6L19 7.5",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.8 3.8-6 7.5-6s6.7 2.2 7.5 6",
  card: "M3.5 6h17v12h-17zM7 10.5h5M7 14h3M15 14.5l1.5 1.5 2.5-3",
  exit: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  people: "M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11zM3 19c.5-3.2 3-5 6-5s5.5 1.8 6 5M16 11a2.6 2.6 0 1 0-1-5M17 14c2.2.3 3.6 1.8 4 4",
  book: "M5 5.5C7.5 4.5 10 4.5 12 6v14c-2-1.5-4.5-1.5-7-.5zM19 5.5c-2.5-1-5-1-7 .5v14c2-1.5 4.5-1.5 7-.5z",
  care: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 8v8M8 12h8",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20 20",
  pen: "M4 19.5c3-8 8-12.5 16-14-1 8-6 12.5-14 12.5M4.5 20c2-4.5 5-7.5 9-9.5",
};

/** A line drawing; decoration, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** A spinner for something under way; the text beside it says what. */
export function spinner() {
  return h("span", { class: "spinner", "aria-hidden": "true" });
}
