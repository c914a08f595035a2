// Form fields in the form of Angular Material's.

import { h, nextId } from "./dom.js";

/**
 * A text field whose label takes the placeholder's place once something is typed.
 * @param {object} attributes of the input; needs formcontrolname
 * @param {string} label also the placeholder
 * @returns {{element: Element, input: HTMLInputElement, relabel: (text: string) => void, complain: (text: string) => void}}
 */
export function textField(attributes, label) {
  const id = nextId("mat-input");
  const caption = h("label", { for: id, class: "mat-form-field-label" }, label);
  const error = h("mat-error", { id: `${id}-error`, class: "mat-error", hidden: true });
  const input = h("input", { id, class: "mat-input-element", type: "text", placeholder: label, ...attributes });
  const complain = (text) => {
    error.textContent = text;
    error.hidden = !text;
    input.toggleAttribute("aria-describedby", false);
    if (text) input.setAttribute("aria-describedby", error.id);
    input.setAttribute("aria-invalid", String(Boolean(text)));
  };
  input.addEventListener("input", () => complain(""));
  const element = h("mat-form-field", { class: "mat-form-field" },
    h("div", { class: "mat-form-field-infix" }, input, caption), error);
  return {
    element,
    input,
    complain,
    relabel: (text) => {
      caption.textContent = text;
      input.placeholder = text;
    },
  };
}

/** A group of radios in one row. */
export function radioGroup({ label, formcontrolname, choices, value, onchange }) {
  const name = nextId("mat-radio-group");
  return h("mat-radio-group", { class: "mat-radio-group", role: "radiogroup", "aria-label": label, formcontrolname },
    Object.entries(choices).map(([choice, text]) => h("mat-radio-button", { id: nextId("mat-radio"), class: "mat-radio-button" },
      h("label", { class: "mat-radio-label" },
        h("input", { type: "radio", name, value: choice, checked: choice === value, onchange: () => onchange(choice) }),
        h("span", {}, text)))));
}

export function button(text, attributes = {}) {
  return h("button", { type: "button", class: "mat-button", ...attributes }, text);
}
