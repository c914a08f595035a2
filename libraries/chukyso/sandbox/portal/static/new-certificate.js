// The new certificate: asked of the signing agent, described by the portal, shown on the form.

import { describeCertificate, prepareChange } from "./api.js";
import { agentAddress } from "./config.js";
import { certificateCard } from "./certificate-card.js";
import { stay } from "./change-flow.js";
import { SigningError } from "./errors.js";
import { SigningClient } from "./signing-client.js";
import { toastError } from "./toast.js";

export class NewCertificate {
  #card = certificateCard("new", "Chứng thư số mới");
  #onchange;
  #attempt = null;

  /** Connection to the agent, once there is a certificate. */
  client = null;
  /** Base64 of the DER; null while none is shown. */
  certificate = null;
  /** Its serial in hex. */
  serial = null;

  /** @param {() => void} onchange a certificate came or went */
  constructor(onchange) {
    this.#onchange = onchange;
  }

  get element() {
    return this.#card.element;
  }

  /** Whether the button may be pressed. */
  ready = () => this.certificate !== null;

  /**
   * Have the change signed.
   * @param {object} request {email, phone, unit, commitment} as the portal takes it
   * @param {AbortSignal} left fires when the form is left
   * @param {(step: string) => void} onstep told every step
   * @returns {Promise<string>} base64 of the signed document
   */
  async sign(request, left, onstep) {
    const { client, serial, certificate } = this;
    onstep("preparing");
    const prepared = await prepareChange({ certificate, ...request });
    stay(left);
    onstep("certificate-window");
    return client.signXml(prepared.document, serial, prepared.place, onstep);
  }

  /** Ask the agent, from the beginning. */
  async read() {
    this.stop();
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#card.wait("Đang chờ bộ ký số… Hãy xác nhận ở cửa sổ của bộ ký số nếu được hỏi.");
    try {
      const address = await agentAddress();
      if (attempt.signal.aborted) return;
      const client = await SigningClient.connect(address, attempt.signal);
      this.client = client;
      client.onlost = () => this.#fail(attempt, new SigningError("closed"));
      const certificate = await client.getCertificate();
      const described = await describeCertificate(certificate);
      if (attempt.signal.aborted) return;
      this.certificate = certificate;
      this.serial = described.serial;
      this.#card.show(described);
      this.#onchange();
    } catch (error) {
      this.#fail(attempt, error);
    }
  }

  /** Let go of the agent; what it was asked is cancelled. */
  stop() {
    this.#attempt?.abort();
    this.#attempt = null;
    this.client?.close();
    this.client = this.certificate = this.serial = null;
  }

  /** The certificate is registered now: nothing new is left. */
  done() {
    this.stop();
    this.#card.say("Chứng thư số mới đã được đăng ký.", "Đọc chứng thư số khác", () => this.read());
    this.#onchange();
  }

  #fail(attempt, error) {
    if (attempt.signal.aborted) return;
    this.stop();
    this.#card.say(error.message, "Thử lại", () => this.read());
    // an agent that is not there, or went, is no message of the portal: the card says it
    if (!["unreachable", "closed"].includes(error.reason)) toastError(error);
    this.#onchange();
  }
}
