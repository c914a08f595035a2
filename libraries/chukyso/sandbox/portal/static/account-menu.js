// The account at the top right, and its menu in an overlay.

import { logOut } from "./api.js";
import { late } from "./config.js";
import { openDialog } from "./dialogs.js";
import { h, icon, nextId } from "./dom.js";
import { button } from "./fields.js";
import { addPane } from "./overlay.js";
import { go, replace } from "./router.js";
import { end } from "./session.js";

let close = () => {};

/** The button with the tax code and its arrow. */
export function accountButton(account) {
  close();
  const opener = h("button", {
    id: "accountMenuBtn", type: "button", class: "account-button", "aria-haspopup": "menu", "aria-expanded": "false",
  },
  icon("user"),
  h("span", { class: "account-text" },
    h("span", { class: "account-caption" }, "Mã số thuế"), " ",
    h("span", { class: "idAccount" }, account.taxCode)),
  icon("arrow"));
  opener.addEventListener("click", () => (opener.ariaExpanded === "true" ? close() : open(opener, account)));
  opener.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    if (opener.ariaExpanded === "false") open(opener, account);
  });
  return opener;
}

/** Close the menu if it is open. */
export const closeMenu = () => close();

async function open(opener, account) {
  let wanted = true;
  close = () => {
    close = () => {};
    wanted = false;
    opener.ariaExpanded = "false";
  };
  opener.ariaExpanded = "true";
  await late();
  if (!wanted || !opener.isConnected) return;
  const entries = [
    ["user", "Thông tin tài khoản", () => showAccount(account)],
    ["edit", "Thay đổi thông tin", () => go("/thay-doi-thong-tin")],
    ["exit", "Đăng xuất", leave],
  ];
  const items = entries.map(([shape, text, action]) => h("button", {
    type: "button", class: "mat-menu-item", role: "menuitem", tabindex: "-1",
    onclick: () => { close(); action(); },
  }, icon(shape), h("span", {}, text)));
  const menu = h("div", { id: nextId("mat-menu-panel"), class: "mat-menu-panel", role: "menu", "aria-label": "Tài khoản" },
    items);
  const panel = h("div", { class: "account-panel", role: "region", "aria-label": "Tài khoản" },
    h("div", { class: "account-panel-head" }, h("strong", {}, account.name), h("span", { class: "account-unit" }, account.unit?.Ma ?? "")), menu);
  const backdrop = h("div", { class: "cdk-overlay-backdrop", onclick: () => close() });
  const pane = addPane(backdrop);
  pane.classList.add("menu-pane");
  pane.append(panel);
  place(pane, opener);
  menu.addEventListener("keydown", (event) => move(event, items));
  const follow = () => place(pane, opener);
  addEventListener("resize", follow);
  close = () => {
    close = () => {};
    removeEventListener("resize", follow);
    pane.remove();
    backdrop.remove();
    opener.ariaExpanded = "false";
    if (opener.isConnected) opener.focus();
  };
  items[0].focus();
}

function place(pane, opener) {
  const box = opener.getBoundingClientRect();
  pane.style.top = `${box.bottom + 6}px`;
  pane.style.right = `${Math.max(8, document.documentElement.clientWidth - box.right)}px`;
}

function move(event, items) {
  const at = items.indexOf(document.activeElement);
  const key = event.key;
  if (key === "Escape" || key === "Tab") {
    event.preventDefault();
    close();
    return;
  }
  const letter = key.length === 1 ? key.toLocaleLowerCase("vi") : null;
  const targets = {
    ArrowDown: items[(at + 1) % items.length],
    ArrowUp: items.at(at - 1),
    Home: items[0],
    End: items.at(-1),
  };
  const target = targets[key]
    ?? (letter && [...items.slice(at + 1), ...items].find((item) => item.textContent.toLocaleLowerCase("vi").startsWith(letter)));
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function showAccount(account) {
  const rows = [
    ["Tên đơn vị", account.unit?.Ten ?? account.name],
    ["Mã số thuế", account.taxCode],
    ["Mã đơn vị", account.unit?.Ma],
    ["Địa chỉ", account.unit?.Diachi],
    ["Cơ quan bảo hiểm xã hội", account.unit?.TenCQ],
    ["Thư điện tử", account.email],
    ["Điện thoại", account.phone],
  ];
  const done = button("Đóng", { class: "mat-button primary" });
  const opened = openDialog({
    component: "app-dialog-account",
    title: "Thông tin tài khoản",
    body: [h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value || "–")]))],
    footer: [done],
    wide: true,
  });
  done.addEventListener("click", async () => (await opened)?.close());
}

async function leave() {
  try {
    await logOut();
  } catch {
    // the portal not answering, or the session being over already, keeps nobody logged in here
  }
  end();
  replace("/index");
}
