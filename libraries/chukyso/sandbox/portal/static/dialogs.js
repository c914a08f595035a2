// Dialogs in the form of Angular Material's: rendered late, ids that count on, header, body and footer by id.

import { late } from "./config.js";
import { h, icon, nextId } from "./dom.js";
import { addPane, trapFocus } from "./overlay.js";

let current = null;
let latest = 0;

/**
 * Open a dialog; an open one is closed. Resolves once it is on the page, or with null when another one or
 * `closeDialogs` came first.
 *
 * @param {object} options
 * @param {string} options.component name of the component's element, app-dialog-…
 * @param {string} options.title
 * @param {Node[]} options.body
 * @param {Node[]} options.footer
 * @param {(event: Event) => void} [options.submit] makes it a form
 * @param {Element} [options.focus] gets the focus instead of the dialog itself
 * @param {() => void} [options.dismissed] called when the person closes it without an answer
 * @param {boolean} [options.wide]
 */
export async function openDialog(options) {
  const opener = current?.opener ?? document.activeElement;
  close(current);
  latest += 1;
  const ticket = latest;
  await late();
  if (ticket !== latest) return null;
  const dialog = render(options, opener);
  current = dialog;
  return { element: dialog.element, close: () => close(dialog) };
}

/** Close whatever dialog is open or about to be. */
export function closeDialogs() {
  latest += 1;
  close(current);
}

function render(options, opener) {
  const titleId = nextId("mat-dialog-title");
  const dialog = { opener };
  const dismiss = () => {
    close(dialog);
    options.dismissed?.();
  };
  const parts = [
    h("div", { id: "header-dialog" },
      h("h2", { id: titleId }, options.title),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close dialog", title: "Đóng", onclick: dismiss },
        icon("close"))),
    h("div", { id: "body-dialog" }, options.body),
    h("div", { id: "footer-dialog" }, options.footer),
  ];
  const content = options.submit
    ? [h("form", { novalidate: true, autocomplete: "on", onsubmit: options.submit }, parts)]
    : parts;
  dialog.element = h("mat-dialog-container", {
    id: nextId("mat-dialog"), class: `mat-dialog-container${options.wide ? " wide" : ""}`, role: "dialog",
    "aria-modal": "true", "aria-labelledby": titleId, tabindex: "-1",
  }, h(options.component, {}, content));
  dialog.element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) dismiss();
  });
  trapFocus(dialog.element);
  dialog.backdrop = h("div", { class: "cdk-overlay-backdrop cdk-overlay-dark-backdrop" });
  dialog.pane = addPane(dialog.backdrop);
  dialog.pane.append(dialog.element);
  document.querySelector("app-root").inert = true;
  (options.focus ?? dialog.element).focus();
  return dialog;
}

function close(dialog) {
  if (!dialog || dialog !== current) return;
  current = null;
  dialog.pane.remove();
  dialog.backdrop.remove();
  document.querySelector("app-root").inert = false;
  // what was pressed may be gone or disabled by now: then to the page, never to nowhere
  const { opener } = dialog;
  if (opener?.isConnected && opener !== document.body) opener.focus();
  if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
}
