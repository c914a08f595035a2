// Between the content scripts and the native host: adds the origin, lets one operation run at a time.

const HOST = "vn.example.chukyso.sandbox";
const FIELDS = { VERSION: [], CERT: [], SIGN: ["cert", "hash", "hashtype"] };
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
// What Chromium says when there is no host to talk to; of a host that ended it says "Native host has exited".
const NO_HOST = /not found|forbidden|[Ff]ailed to start/;

let busy = false;

chrome.runtime.onConnect.addListener((page) => {
  page.onMessage.addListener((request) => {
    const result = refusal(page.sender.origin, request);
    if (result) page.postMessage({ result });
    else ask(page, request);
  });
});

function refusal(origin, request) {
  if (!allowed(origin)) return "not_allowed";
  if (!Object.hasOwn(FIELDS, request.type)) return "invalid_argument";
  return busy ? "busy" : null;
}

/** Only the browser knows who asks, so the origin is the sender's; what the page says about it does not count. */
function allowed(origin) {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.includes(hostname));
}

function ask(page, request) {
  busy = true;
  const { type, nonce, lang } = request;
  const host = chrome.runtime.connectNative(HOST);
  let ended = false;
  const end = (answer) => {
    if (ended) return;
    ended = true;
    busy = false;
    host.disconnect();
    if (answer) page.postMessage(answer);
  };
  page.onDisconnect.addListener(() => end(null));
  host.onMessage.addListener(({ nonce: echoed, ...answer }) => end(echoed === nonce ? answer : { result: "technical_error" }));
  host.onDisconnect.addListener(() => {
    const said = chrome.runtime.lastError?.message ?? "";
    end({ result: NO_HOST.test(said) ? "no_implementation" : "technical_error" });
  });
  const wanted = Object.fromEntries(FIELDS[type].map((name) => [name, request[name]]));
  host.postMessage({ type, nonce, lang, origin: page.sender.origin, ...wanted });
}
