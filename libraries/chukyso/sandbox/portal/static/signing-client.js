// The page's end of the signing agent's protocol, version 1 (docs/signing-agent.md): one request at a time.

import { SigningError } from "./errors.js";

const CONNECT_SECONDS = 10;
const LOOPBACK = /^ws:\/\/127\.0\.0\.1:\d{1,5}\/\w+$/;

export class SigningClient {
  #socket;
  #request = null;

  /** Called once when the connection is lost; not when `close` was called. */
  onlost = () => {};

  constructor(socket) {
    this.#socket = socket;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => {
      this.#settle((request) => request.reject(new SigningError("closed")));
      this.onlost();
    };
  }

  /**
   * Connect.
   * @param {string} address ws://127.0.0.1:PORT/v1
   * @param {AbortSignal} signal gives up
   * @throws {SigningError} unreachable
   */
  static connect(address, signal) {
    return new Promise((resolve, reject) => {
      let socket;
      const fail = () => {
        clearTimeout(timer);
        socket?.close();
        reject(new SigningError("unreachable"));
      };
      const timer = setTimeout(fail, CONNECT_SECONDS * 1000);
      signal.addEventListener("abort", fail, { once: true });
      if (!LOOPBACK.test(address)) {
        fail(); // none, or not one of a program on this machine
        return;
      }
      socket = new WebSocket(address);
      socket.onerror = fail;
      socket.onclose = fail; // refused: this page is not the one that the agent serves
      socket.onopen = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", fail);
        socket.onerror = null;
        resolve(new SigningClient(socket));
      };
    });
  }

  /** @returns {Promise<string>} the certificate that would sign: base64 of its DER */
  async getCertificate() {
    const answer = await this.#ask({ type: "get-certificate" });
    return answer.certificate;
  }

  /**
   * Have a document signed.
   * @param {string} document base64 of the XML
   * @param {string} certificateSerial hex
   * @param {string} place element that receives the signature
   * @param {(state: string) => void} onprogress certificate-window, pin-window, signing
   * @returns {Promise<string>} base64 of the signed XML
   */
  async signXml(document, certificateSerial, place, onprogress) {
    const answer = await this.#ask({ type: "sign-xml", document, certificateSerial, place }, onprogress);
    return answer.document;
  }

  /** Withdraw the request; it then ends with `cancelled`. */
  cancel() {
    if (this.#request) this.#send({ id: this.#request.id, type: "cancel" });
  }

  /** Close the connection; the agent drops what it was asked. */
  close() {
    this.onlost = () => {};
    this.#socket.close();
    this.#settle((request) => request.reject(new SigningError("closed")));
  }

  #ask(message, onprogress = () => {}) {
    if (this.#request) return Promise.reject(new SigningError("busy"));
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(new SigningError("closed"));
    return new Promise((resolve, reject) => {
      this.#request = { id: crypto.randomUUID(), wanted: ANSWERS[message.type], resolve, reject, onprogress };
      this.#send({ id: this.#request.id, ...message });
    });
  }

  #send(message) {
    this.#socket.send(JSON.stringify({ v: 1, ...message }));
  }

  #receive(text) {
    const request = this.#request;
    const answer = parse(text);
    const addressed = answer?.id === request?.id || answer?.id === null; // null: the agent could not read the request
    if (!request || answer?.v !== 1 || !addressed) return;
    if (answer.type === "progress") request.onprogress(answer.state);
    else if (answer.type === "error") this.#settle(() => request.reject(new SigningError(answer.code)));
    else if (typeof answer[request.wanted] === "string") this.#settle(() => request.resolve(answer));
    else this.#settle(() => request.reject(new SigningError("failed")));
  }

  #settle(how) {
    const request = this.#request;
    this.#request = null;
    if (request) how(request);
  }
}

const ANSWERS = { "get-certificate": "certificate", "sign-xml": "document" };

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
