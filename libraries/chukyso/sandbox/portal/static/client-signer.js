// Signing by the extension and its program: no certificate is read before the button is pressed, and no card shows one.

import { prepareChange } from "./api.js";
import { stay } from "./change-flow.js";
import { getCertificate, getVersion, sign } from "./client-messages.js";
import { base64, fromHex, hex, signXml } from "./xmldsig.js";

export class ClientSigner {
  element = null;
  client = null; // nothing that this page could withdraw: the windows belong to another program

  /** Whether the button may be pressed. */
  ready = (ticked) => ticked;

  /**
   * Have the change signed.
   * @param {object} request {email, phone, unit, commitment} as the portal takes it
   * @param {AbortSignal} left fires when the form is left
   * @param {(step: string) => void} onstep told every step
   * @returns {Promise<string>} base64 of the signed document
   */
  async sign(request, left, onstep) {
    onstep("preparing");
    await getVersion(left);
    onstep("certificate-window");
    const cert = await getCertificate(left);
    stay(left);
    const certificate = fromHex(cert);
    const prepared = await prepareChange({ ...request, certificate: base64(certificate) });
    stay(left);
    onstep("pin-window");
    return signXml(prepared.document, prepared.place, certificate, async (hash) => {
      const signature = fromHex(await sign(cert, hex(hash), left));
      onstep("signing");
      return signature;
    });
  }

  read() {}

  stop() {}

  done() {}
}
