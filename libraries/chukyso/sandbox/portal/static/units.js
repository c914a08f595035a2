// One tax code can stand for several units: the person says which one.

import { chooseUnit } from "./api.js";
import { openDialog } from "./dialogs.js";
import { h, nextId } from "./dom.js";
import { button } from "./fields.js";
import { toast, toastError } from "./toast.js";

/**
 * Let the person choose; resolves with true when a unit was chosen.
 * @param {object[]} units entries of dsDonVi
 */
export function askForUnit(units) {
  return new Promise((resolve, reject) => {
    const name = nextId("mat-radio-group");
    const radios = units.map((unit) => h("input", { type: "radio", name, value: unit.Ma, "data-id": unit.Id }));
    const rows = units.map((unit, at) => h("mat-radio-button", { id: nextId("mat-radio"), class: "unit-row" },
      h("label", {}, radios[at],
        h("span", { class: "unit-code" }, unit.Ma), " ",
        h("span", { class: "unit-text" },
          h("span", { class: "unit-name" }, unit.Ten), " ", h("span", { class: "unit-place" }, unit.Diachi)))));
    const send = button("Chọn đơn vị", { type: "submit", class: "mat-button primary" });
    let closeDialog = () => {};
    const submit = async (event) => {
      event.preventDefault();
      const chosen = radios.find((radio) => radio.checked);
      if (!chosen) {
        toast("info", "Vui lòng chọn một đơn vị.");
        radios[0].focus();
        return;
      }
      send.disabled = true;
      try {
        await chooseUnit(chosen.dataset.id);
        closeDialog();
        resolve(true);
      } catch (error) {
        send.disabled = false;
        if (error.code === "SESSION_EXPIRED") reject(error);
        else toastError(error);
      }
    };
    openDialog({
      component: "app-dialog-unit",
      title: "Chọn đơn vị",
      body: [
        h("p", { class: "dialog-lead" }, "Mã số thuế này có nhiều đơn vị. Chọn đơn vị cần làm việc."),
        h("div", { class: "unit-head", "aria-hidden": "true" }, h("span", {}, "Mã đơn vị"), h("span", {}, "Tên đơn vị")),
        h("mat-radio-group", { class: "unit-list", role: "radiogroup", "aria-label": "Đơn vị", formcontrolname: "unit" }, rows),
      ],
      footer: [send],
      submit,
      focus: radios[0],
      dismissed: () => resolve(false),
      wide: true,
    }).then((dialog) => {
      if (dialog) closeDialog = dialog.close;
      else resolve(false);
    });
  });
}
