// The right end of the header: "Đăng nhập", or the account with its menu.

import { accountButton } from "./account-menu.js";
import { fill } from "./dom.js";
import { button } from "./fields.js";
import { openLogin } from "./login.js";
import { accessToken, currentAccount } from "./session.js";

export function showHeader() {
  const place = document.querySelector(".header-account");
  const account = currentAccount();
  if (account) fill(place, accountButton(account));
  // with a token but no account yet it is not known which of the two is right
  else if (accessToken()) fill(place);
  else fill(place, button("Đăng nhập", { class: "mat-button primary", onclick: () => openLogin() }));
}
