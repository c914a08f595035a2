// Logging in: the dialog, its captcha, the unit, and where to go afterwards.

import { getAccount, getCaptcha, logIn, logOut } from "./api.js";
import { personLogsIn } from "./config.js";
import { openDialog } from "./dialogs.js";
import { fill, h, icon, spinner } from "./dom.js";
import { button, radioGroup, textField } from "./fields.js";
import { openIdentity } from "./identity.js";
import { go, here, knownRoute, replace } from "./router.js";
import { accessToken, begin, currentAccount, end, enter } from "./session.js";
import { clearToast, toastError } from "./toast.js";
import { askForUnit } from "./units.js";

const TYPES = { individual: "Cá nhân", organisation: "Tổ chức" };
const USER_LABELS = { individual: "Mã số BHXH", organisation: "Mã số thuế" };

/**
 * Open the login dialog.
 * @param {{loginType: string, username: string}} [remembered] from a try that failed: all but password and captcha
 */
export function openLogin({ loginType, username } = { loginType: "individual", username: "" }) {
  if (personLogsIn()) {
    openIdentity(begun, leaveAddress);
    return;
  }
  const form = loginForm(loginType, username);
  const dialog = openDialog({
    component: "app-dialog-login",
    title: "Đăng nhập",
    body: form.body,
    footer: [form.send],
    submit: async (event) => {
      event.preventDefault();
      if (form.send.disabled || !form.complete()) return;
      clearToast();
      form.send.disabled = true;
      form.send.prepend(spinner());
      await tryToLogIn(form, (await dialog).close);
    },
    focus: username ? form.password.input : form.focus,
    dismissed: leaveAddress,
  });
  form.captcha.renew();
}

function loginForm(loginType, username) {
  const user = textField({ formcontrolname: "username", autocomplete: "username", spellcheck: "false" }, USER_LABELS[loginType]);
  const password = textField({ formcontrolname: "password", type: "password", autocomplete: "current-password" }, "Mật khẩu");
  const captcha = captchaField();
  user.input.value = username;
  const state = { loginType };
  const types = radioGroup({
    label: "Loại tài khoản",
    formcontrolname: "loginType",
    choices: TYPES,
    value: loginType,
    onchange: (choice) => {
      state.loginType = choice;
      user.relabel(USER_LABELS[choice]);
      user.complain("");
    },
  });
  const required = [
    [user, () => `Vui lòng nhập ${lower(USER_LABELS[state.loginType])}.`],
    [password, () => "Vui lòng nhập mật khẩu."],
    [captcha.field, () => "Vui lòng nhập mã kiểm tra."],
  ];
  return {
    body: [types, user.element, password.element, captcha.element],
    send: button("Đăng nhập", { type: "submit", class: "mat-button primary wide-button" }),
    focus: types.querySelector("input:checked"),
    password,
    captcha,
    complete: () => {
      const missing = required.filter(([field]) => !field.input.value.trim());
      missing.forEach(([field, text]) => field.complain(text()));
      missing[0]?.[0].input.focus();
      return !missing.length;
    },
    values: () => ({
      loginType: state.loginType,
      username: user.input.value.trim(),
      password: password.input.value,
      captchaId: captcha.id(),
      textCaptcha: captcha.field.input.value.trim(),
    }),
  };
}

const lower = (text) => text[0].toLowerCase() + text.slice(1);

function captchaField() {
  const field = textField({
    formcontrolname: "textCaptcha", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: "8",
  }, "Nhập mã kiểm tra");
  const picture = h("div", { class: "captcha-img" });
  const refresh = h("button", {
    type: "button", class: "icon-button", "aria-label": "refresh captcha", title: "Đổi mã kiểm tra",
    onclick: async () => { await renew(); field.input.focus(); },
  }, icon("refresh"));
  let id = "";
  let latest = 0;
  const renew = async () => {
    latest += 1;
    const ticket = latest;
    id = "";
    field.input.value = "";
    field.complain("");
    fill(picture, spinner()); // nobody shall answer a picture that no longer counts
    try {
      const captcha = await getCaptcha();
      if (ticket !== latest) return;
      id = captcha.id;
      fill(picture, h("img", { alt: "captcha", src: captcha.image }));
    } catch (error) {
      if (ticket !== latest) return;
      fill(picture, h("span", { class: "captcha-missing" }, "Không tải được"));
      toastError(error);
    }
  };
  return { element: h("div", { class: "captcha-row" }, field.element, picture, refresh), field, renew, id: () => id };
}

async function tryToLogIn(form, closeDialog) {
  const values = form.values();
  let answer;
  try {
    answer = await logIn(values);
  } catch (error) {
    // the captcha is used up, whatever was wrong: a new dialog with a new one
    closeDialog();
    toastError(error);
    openLogin(values);
    return;
  }
  closeDialog();
  await begun(answer);
}

/** The portal has opened a session: complete it and go on. */
async function begun(answer) {
  begin(answer.access_token);
  await admit(JSON.parse(answer.dsDonVi));
  if (!currentAccount()) {
    leaveAddress();
    return;
  }
  document.getElementById("main").focus({ preventScroll: true }); // the button that opened the dialog is gone
  followAddress();
}

/**
 * Complete a session: choose the unit when there are several, then read the account.
 * @param {object[]} [units] entries of dsDonVi, when they are known
 */
export async function admit(units) {
  try {
    if (units?.length > 1 && !(await askForUnit(units))) return await giveUp();
    let account = await getAccount();
    if (!account.unit) {
      if (!(await askForUnit(account.units))) return await giveUp();
      account = await getAccount();
    }
    enter(account);
  } catch (error) {
    if (error.code === "SESSION_EXPIRED") return; // said already
    end();
    toastError(error);
  }
}

async function giveUp() {
  await logOut().catch(() => {}); // the token is forgotten in any case
  end();
}

function leaveAddress() {
  if (here().query.get("login")) replace("/index");
}

/** `#/index?login=1&url=<route>&queryUrl=<query>`: open the login, or go on when somebody is logged in. */
export function followAddress() {
  const { path, query } = here();
  if (path !== "/index" || query.get("login") !== "1") return;
  if (currentAccount()) replace(knownRoute(query.get("url")) ?? "/index", query.get("queryUrl") ?? "");
  else if (!accessToken()) openLogin();
}
