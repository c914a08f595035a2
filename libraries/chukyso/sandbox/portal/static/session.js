// Who is logged in. The token lives in sessionStorage: one tab, gone with it.

const KEY = "chukyso.session";

let account = null;

/** Fires "change" when somebody logged in or out, "expired" when the portal ended the session. */
export const events = new EventTarget();

export const accessToken = () => sessionStorage.getItem(KEY);

/** Account as /api/account describes it, once the unit is chosen; null when nobody is logged in. */
export const currentAccount = () => account;

/** A session was opened; it counts once `enter` says whose it is. */
export function begin(token) {
  sessionStorage.setItem(KEY, token);
}

export function enter(whose) {
  account = whose;
  events.dispatchEvent(new Event("change"));
}

/** Forget the session. */
export function end() {
  sessionStorage.removeItem(KEY);
  account = null;
  events.dispatchEvent(new Event("change"));
}

/** The portal no longer knows this token. Late news of an earlier session is ignored. */
export function expire(token) {
  if (token !== accessToken()) return;
  end();
  events.dispatchEvent(new Event("expired"));
}
