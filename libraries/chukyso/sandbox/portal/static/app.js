// Start: header, session, routes.

import { closeMenu } from "./account-menu.js";
import { changeView } from "./change-form.js";
import { configured } from "./config.js";
import { closeDialogs } from "./dialogs.js";
import { h } from "./dom.js";
import { portalError } from "./errors.js";
import { showHeader } from "./header.js";
import { homeView } from "./home.js";
import { admit } from "./login.js";
import { go, here, loginQuery, replace, startRouter } from "./router.js";
import { accessToken, currentAccount, events } from "./session.js";
import { toastError } from "./toast.js";

/** A view for people who are logged in; others log in first and come back. */
const withAccount = (view) => () => {
  if (currentAccount()) return view();
  const { path } = here();
  return { title: "Đăng nhập", element: h("div"), update: () => replace("/index", loginQuery(path)) };
};

events.addEventListener("change", showHeader);
events.addEventListener("expired", () => {
  closeMenu();
  closeDialogs();
  toastError(portalError("SESSION_EXPIRED"));
  go("/index");
});
// a page that comes back from the browser's memory has lost its connection to the signing agent
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("hashchange", () => {
  closeMenu();
  closeDialogs();
});

await configured();
showHeader();
if (accessToken()) await admit();
startRouter({ "/index": homeView, "/thay-doi-thong-tin": withAccount(changeView) });
