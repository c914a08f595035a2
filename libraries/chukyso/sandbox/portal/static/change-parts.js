// Parts of the form: progress, contact data, history, and the notice of success.

import { STEPS } from "./change-flow.js";
import { certificateList } from "./certificate-card.js";
import { openDialog } from "./dialogs.js";
import { fill, h, icon, spinner } from "./dom.js";
import { button, textField } from "./fields.js";
import { moment, serial } from "./format.js";

/** Contact data that is registered along with the certificate. */
export function contactFields() {
  const email = textField({ formcontrolname: "email", type: "email", autocomplete: "email" }, "Thư điện tử");
  const phone = textField({ formcontrolname: "phone", type: "tel", autocomplete: "tel" }, "Điện thoại");
  const element = h("fieldset", { class: "card contact" }, h("legend", {}, "Thông tin liên hệ"),
    h("div", { class: "contact-fields" }, email.element, phone.element));
  const byCode = { EMAIL_INVALID: email, PHONE_INVALID: phone };
  return {
    element,
    show: (registration) => {
      email.input.value = registration.email;
      phone.input.value = registration.phone;
    },
    values: () => ({ email: email.input.value.trim(), phone: phone.input.value.trim() }),
    lock: (locked) => [email, phone].forEach((field) => { field.input.readOnly = locked; }),
    /** Say at the field what the portal said of it; false when it is about something else. */
    complain: ({ code, message }) => {
      byCode[code]?.complain(message);
      byCode[code]?.input.focus();
    },
  };
}

/** Where the change stands: a sentence that is read out, and the row of steps for the eye. */
export function progress() {
  const sentence = h("p", { class: "progress-text", role: "status" });
  const steps = h("ol", { class: "progress-steps", "aria-hidden": "true" }, Object.values(STEPS).map(() => h("li")));
  steps.hidden = true;
  const names = Object.keys(STEPS);
  return {
    element: h("div", { class: "progress" }, sentence, steps),
    step: (name) => {
      if (!STEPS[name]) return;
      fill(sentence, spinner(), h("span", {}, STEPS[name]));
      steps.hidden = false;
      names.forEach((other, at) => { steps.children[at].className = stepState(at - names.indexOf(name)); });
    },
    say: (text, kind = "") => {
      steps.hidden = true;
      fill(sentence, h("span", { class: kind }, text));
    },
  };
}

const stepState = (distance) => (distance < 0 ? "done" : distance ? "" : "active");

const COLUMNS = [
  ["Thời điểm", ({ at }) => moment(at)],
  ["Chứng thư số cũ", ({ previousSerial }) => serial(previousSerial)],
  ["Chứng thư số mới", ({ serial: hex }) => serial(hex)],
  ["Thư điện tử", ({ email }) => email],
  ["Điện thoại", ({ phone }) => phone],
];

/** All changes so far, the latest first. */
export function historyTable() {
  const content = h("div", { class: "history-content" });
  const element = h("section", { class: "card history", "aria-labelledby": "history-title" },
    h("h2", { id: "history-title" }, "Lịch sử thay đổi"), content);
  return {
    element,
    show: (rows) => {
      if (!rows.length) {
        fill(content, h("p", { class: "empty" }, "Chưa có lần thay đổi nào."));
        return;
      }
      fill(content, h("table", {},
        h("thead", {}, h("tr", {}, COLUMNS.map(([name]) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows.map((row) => h("tr", {},
          COLUMNS.map(([name, value]) => h("td", { "data-label": name }, value(row))))))));
    },
  };
}

const CONFIRMED = "Bảo hiểm xã hội Việt Nam xác nhận đơn vị đã thay đổi thông tin chữ ký số thành công.";

/** The notice of success, with the certificate that is registered now. */
export function showSuccess({ registered, change, notice }, email) {
  const done = button("Đóng", { class: "mat-button primary" });
  const opened = openDialog({
    component: "app-dialog-result",
    title: notice.title,
    body: [
      h("div", { class: "result-lead" }, h("span", { class: "result-mark" }, icon("check")), h("p", {}, CONFIRMED)),
      h("h3", {}, "Chứng thư số đang đăng ký"),
      certificateList(registered, "data-result"),
      h("p", { class: "result-note" },
        "Ghi nhận lúc ", h("span", { "data-result": "recorded" }, moment(change.at)),
        ", mã giao dịch ", h("span", { "data-result": "transaction" }, change.id), "."),
      h("p", { class: "result-note" },
        `Thông báo chấp nhận được gửi tới ${email}; chứng thư số mới dùng để kê khai được từ khi có thông báo này.`),
    ],
    footer: [done],
    focus: done,
    wide: true,
  });
  done.addEventListener("click", async () => (await opened)?.close());
}
