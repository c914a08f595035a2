// A certificate on the form: its six values, or why they are not there.

import { fill, h, nextId, spinner } from "./dom.js";
import { button } from "./fields.js";
import { moment, serial } from "./format.js";

const ROWS = [
  ["serial", "Số chứng thư số", serial],
  ["owner", "Chủ thể"],
  ["taxCode", "Mã số thuế"],
  ["issuer", "Tổ chức chứng thực"],
  ["validFrom", "Hiệu lực từ", moment],
  ["validTo", "Hiệu lực đến", moment],
];

/**
 * The six values as a list.
 * @param {object} certificate as the portal describes it
 * @param {string} attribute that names each value: data-field or data-result
 */
export function certificateList(certificate, attribute) {
  return h("dl", { class: "facts" }, ROWS.map(([name, label, format = String]) => [
    h("dt", {}, label),
    h("dd", { [attribute]: name }, format(certificate[name])),
  ]));
}

/**
 * A card, empty at first.
 * @param {"registered"|"new"} kind
 * @param {string} title
 */
export function certificateCard(kind, title) {
  const titleId = nextId("certificate-title");
  const content = h("div", { class: "certificate-content" });
  const status = h("p", { class: "certificate-status", role: "status" });
  const element = h("section", {
    class: `card certificate-card ${kind}`, role: "region", "aria-labelledby": titleId, "data-certificate": kind,
  }, h("h2", { id: titleId }, title), status, content);
  return {
    element,
    show: (certificate) => {
      fill(status);
      fill(content, certificateList(certificate, "data-field"));
    },
    wait: (text) => {
      fill(content);
      fill(status, spinner(), h("span", {}, text));
    },
    say: (text, action, onclick) => {
      fill(status, h("span", {}, text));
      fill(content, button(action, { onclick }));
    },
  };
}
