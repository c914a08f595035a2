// The page's end of the messages to the extension (docs/signing-client.md): each has a nonce, which its answer repeats.

import { ClientError } from "./client-errors.js";

const PAGE = "chukyso-page";
const EXTENSION = "chukyso-extension";
const VERSION_SECONDS = 8; // also the start of the host; nothing that a person has to do
const WINDOW_SECONDS = 300;

/** Say that extension and program are there. */
export const getVersion = (left) => ask({ type: "VERSION" }, left, VERSION_SECONDS, "no_extension");

/** Let the person choose a certificate; resolves with its DER in hex. */
export const getCertificate = async (left) => (await ask({ type: "CERT" }, left, WINDOW_SECONDS, "no_answer")).cert;

/**
 * Have a hash signed.
 * @param {string} cert hex of the certificate's DER
 * @param {string} hash hex of the SHA-256
 * @param {AbortSignal} left the form is left: nobody waits any more
 * @returns {Promise<string>} hex of the signature
 */
export const sign = async (cert, hash, left) =>
  (await ask({ type: "SIGN", cert, hash, hashtype: "SHA-256" }, left, WINDOW_SECONDS, "no_answer")).signature;

function ask(message, left, seconds, silent) {
  const nonce = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    const listening = new AbortController();
    const settle = (how) => {
      clearTimeout(timer);
      listening.abort();
      how();
    };
    const timer = setTimeout(() => settle(() => reject(new ClientError(silent))), seconds * 1000);
    const { signal } = listening;
    left.addEventListener("abort", () => settle(() => reject(new ClientError("user_cancel"))), { signal });
    addEventListener("message", ({ source, data }) => {
      if (source !== window || data?.source !== EXTENSION || data.nonce !== nonce) return;
      if (data.result === "ok") settle(() => resolve(data));
      else settle(() => reject(new ClientError(data.result, data.message)));
    }, { signal });
    postMessage({ ...message, source: PAGE, nonce, lang: "vi" }, location.origin);
  });
}
