// Messages at the top right, in the form that ngx-toastr gives them. One at a time, gone after five seconds.

import { h } from "./dom.js";

const SHOWN_MS = 5000;
const TITLES = { error: "Không thực hiện được", success: "Thành công", info: "Thông báo" };

/**
 * Show a message.
 * @param {"error"|"success"|"info"} kind
 * @param {string} message
 * @param {string} [code] stable code of the message
 */
export function toast(kind, message, code = "") {
  const element = h("div", { class: `ngx-toastr toast-${kind}`, "toast-component": true, "data-code": code || null },
    h("div", { class: "toast-title" }, TITLES[kind]),
    h("div", { class: "toast-message" }, message));
  element.setAttribute("role", kind === "error" ? "alert" : "status");
  element.addEventListener("click", () => element.remove());
  document.getElementById("toast-container").replaceChildren(element);
  setTimeout(() => element.remove(), SHOWN_MS);
}

/** Take away what was said of an earlier try. */
export const clearToast = () => document.getElementById("toast-container").replaceChildren();

/** Show an error that has a code. */
export const toastError = (error) => toast("error", error.message, error.code);
