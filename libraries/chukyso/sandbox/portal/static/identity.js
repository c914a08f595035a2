// Logging in by a person's electronic identity, in the place of password and captcha. What happens on the person's
// telephone is one button here; what the real page of such a login looks like is not known.

import { logInByIdentity } from "./api.js";
import { openDialog } from "./dialogs.js";
import { h } from "./dom.js";
import { button, textField } from "./fields.js";
import { clearToast, toastError } from "./toast.js";

/**
 * Open the dialog.
 * @param {(answer: object) => Promise<void>} entered told the token answer
 * @param {() => void} dismissed called when the person closes it
 */
export function openIdentity(entered, dismissed) {
  const holder = textField({ formcontrolname: "organisationId", autocomplete: "off", spellcheck: "false" }, "Mã số thuế");
  const send = button("Tôi đã xác nhận trên điện thoại", { type: "submit", class: "mat-button primary wide-button" });
  const dialog = openDialog({
    component: "app-dialog-identity",
    title: "Đăng nhập bằng tài khoản định danh điện tử",
    body: [
      h("p", { class: "dialog-lead" }, "Người đại diện theo pháp luật xác nhận trên điện thoại, rồi chọn nút bên dưới."),
      holder.element,
    ],
    footer: [send],
    submit: async (event) => {
      event.preventDefault();
      if (send.disabled) return;
      clearToast();
      send.disabled = true;
      try {
        const answer = await logInByIdentity(holder.input.value.trim());
        (await dialog).close();
        await entered(answer);
      } catch (error) {
        send.disabled = false;
        toastError(error);
      }
    },
    focus: holder.input,
    dismissed,
  });
}
