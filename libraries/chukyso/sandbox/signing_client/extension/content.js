// Between the page and the service worker: a request with its nonce goes in, one answer with the same nonce comes out.

const PAGE = "chukyso-page";
const EXTENSION = "chukyso-extension";

addEventListener("message", ({ source, data }) => {
  if (source !== window || data?.source !== PAGE || typeof data.nonce !== "string") return;
  const { nonce } = data;
  let answered = false;
  const answer = (message) => {
    if (answered) return;
    answered = true;
    postMessage({ ...message, source: EXTENSION, nonce }, location.origin);
  };
  // One connection for each request: it ends with the page, and then the service worker ends the host as well.
  const port = chrome.runtime.connect();
  port.onMessage.addListener((message) => {
    answer(message);
    port.disconnect();
  });
  port.onDisconnect.addListener(() => answer({ result: "technical_error" }));
  port.postMessage(data);
});
