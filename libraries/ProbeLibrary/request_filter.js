// What a probe lets its page do on the network: read, and not more often than it may. Keywords of the Browser library
// (``jsextension``). The filter stands before the page's very first request, so nothing leaves unseen.

const { createHash } = require("node:crypto");

const KEPT = 200;
const HEADERS = [
  "content-security-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
  "referrer-policy",
  "strict-transport-security",
  "x-content-type-options",
  "x-frame-options",
];

let seen;

/** Put the filter before the active page. `posted`: paths that may be posted to, separated by commas. */
async function guardProbedPage(limit, posted, page, logger) {
  const allowed = posted.split(",").map((path) => path.trim()).filter(Boolean);
  const now = { requests: 0, limit, blocked: [], hosts: {}, scripts: {}, document: null, reading: [] };
  seen = now;
  const block = (what) => { if (now.blocked.length < KEPT) now.blocked.push(what); };
  const count = (address) => {
    const { host } = new URL(address);
    now.requests += 1;
    now.hosts[host] = (now.hosts[host] ?? 0) + 1;
  };
  await page.context().route("**/*", (route) => {
    const request = route.request();
    const url = new URL(request.url());
    count(request.url());
    const reads = ["GET", "HEAD"].includes(request.method())
      || (request.method() === "POST" && request.resourceType() !== "document" && allowed.includes(url.pathname));
    if (now.requests <= limit && reads) return route.continue();
    block(`${request.method()} ${url.origin}${url.pathname}`);
    // "No content" leaves the page where it is; an aborted navigation would put the browser's error page in its place.
    return request.isNavigationRequest() ? route.fulfill({ status: 204 }) : route.abort("blockedbyclient");
  });
  // A page that speaks to a signing client on this machine, or to anybody else by WebSocket, is not let through either.
  await page.context().routeWebSocket(/.*/, (socket) => {
    count(socket.url());
    block(`WEBSOCKET ${socket.url().split("?")[0]}`);
    socket.close();
  });
  // A worker's WebSockets do not come by there, WebTransport and WebRTC do not come by here: a probed page has none.
  await page.context().addInitScript(() => {
    const ways = ["Worker", "SharedWorker", "WebTransport", "RTCPeerConnection", "webkitRTCPeerConnection"];
    for (const way of ways) delete globalThis[way];
  });
  // Where a redirect leads is asked for without coming by the filter again: it counts all the same.
  page.on("request", (request) => { if (request.redirectedFrom()) count(request.url()); });
  page.on("response", (response) => {
    const request = response.request();
    if (request.resourceType() === "script") now.reading.push(keepScript(now, response));
    const main = request.isNavigationRequest() && request.frame() === page.mainFrame();
    if (main && response.status() !== 204 && !(response.status() >= 300 && response.status() < 400)) {
      const headers = response.headers();
      const kept = HEADERS.filter((name) => name in headers).map((name) => [name, headers[name]]);
      now.document = { status: response.status(), url: response.url(), headers: Object.fromEntries(kept) };
    }
  });
}

async function keepScript(now, response) {
  try {
    now.scripts[response.url()] = createHash("sha256").update(await response.body()).digest("hex");
  } catch (error) {
    now.scripts[response.url()] = ""; // a redirect, or the page was gone before all of it had come
  }
}

/** What passed the filter and what did not, as JSON. */
async function tellProbedTraffic() {
  await Promise.all(seen.reading);
  const { reading, ...told } = seen;
  return JSON.stringify(told);
}

exports.__esModule = true;
exports.guardProbedPage = guardProbedPage;
exports.tellProbedTraffic = tellProbedTraffic;
