// What lies above the page: the container at the end of the body, and keeping the keyboard inside a dialog.

import { h, nextId } from "./dom.js";

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), [tabindex='0']";

/** A pane above the page; made late, at the end of the body, as Angular's overlays are. */
export function addPane(...layers) {
  let container = document.querySelector(".cdk-overlay-container");
  if (!container) {
    container = h("div", { class: "cdk-overlay-container" });
    document.body.append(container);
  }
  const pane = h("div", { id: nextId("cdk-overlay"), class: "cdk-overlay-pane" });
  container.append(...layers, pane);
  return pane;
}

/** Elements that Tab reaches; of radios with one name only the chosen one. */
export function reachable(root) {
  const elements = Array.from(root.querySelectorAll(FOCUSABLE)).filter((element) => element.checkVisibility());
  return elements.filter((element) => {
    if (element.type !== "radio" || element.checked) return true;
    const group = elements.filter((other) => other.type === "radio" && other.name === element.name);
    return !group.some((other) => other.checked) && group[0] === element;
  });
}

/** Let Tab go round inside an element. */
export function trapFocus(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const elements = reachable(root);
    const [first, last] = [elements.at(0), elements.at(-1)];
    const leaving = event.shiftKey ? [first, root] : [last];
    if (!elements.length || leaving.includes(document.activeElement)) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  });
}
