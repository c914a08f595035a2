// Hash routes: #/path?query. A view is a function of the query that returns {title, element, leave?, update?}.

const HOME = "/index";

let views = {};
let shown = null;

/** Path and query of the present address. */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?", 2);
  return { path: path || HOME, query: new URLSearchParams(query) };
}

/** Go to a route of ours; anything else leads home. */
export function go(path, query = "") {
  const known = views[path] ? path : HOME;
  location.hash = query ? `${known}?${query}` : known;
}

/** As `go`, but Back does not return to the present address. */
export function replace(path, query = "") {
  history.replaceState(null, "", `#${path}${query ? `?${query}` : ""}`);
  show();
}

/** Address that opens the login dialog and goes on to a route afterwards. */
export const loginQuery = (path) => `login=1&url=${encodeURIComponent(path)}&queryUrl=`;

/** A route as it may stand in an address: known ones only. */
export function knownRoute(text) {
  const path = `/${(text ?? "").replace(/^#?\/*/, "")}`;
  return views[path] ? path : null;
}

/** Start showing views. */
export function startRouter(table) {
  views = table;
  addEventListener("hashchange", show);
  show();
}

/** Show the present address's view anew. */
export function show() {
  const { path, query } = here();
  if (!views[path]) {
    if (document.getElementById(path)) return; // the skip link's target, not a route
    replace(HOME);
    return;
  }
  if (shown?.path === path && shown.view.update) {
    shown.view.update(query);
    return;
  }
  const first = shown === null;
  shown?.view.leave?.();
  const view = views[path](query);
  shown = { path, view };
  const main = document.getElementById("main");
  main.replaceChildren(view.element);
  document.title = `${view.title} – Cổng dịch vụ công (mô phỏng)`;
  scrollTo(0, 0);
  if (!first) main.focus({ preventScroll: true });
  view.update?.(query);
}
