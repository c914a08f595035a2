// Registering a change: prepared by the portal, signed in the way that the portal uses, submitted once.

import { submitChange } from "./api.js";
import { Abandoned } from "./errors.js";

/** The steps in their order; the texts are what the person reads while each lasts. */
export const STEPS = {
  preparing: "Đang chuẩn bị hồ sơ",
  "certificate-window": "Đang chờ xác nhận chứng thư số",
  "pin-window": "Đang chờ mã PIN",
  signing: "Đang ký",
  sending: "Đang gửi",
};

let submission = null;

/** The submission under way, if any, whether or not its form is still on the page. */
export const pendingSubmission = () => submission;

/**
 * Carry a change out.
 * @param {object} request {email, phone, unit, commitment} as the portal takes it
 * @param {{sign: Function}} signer has it signed
 * @param {AbortSignal} left fires when the form is left: then nothing is submitted any more
 * @param {(step: string) => void} onstep told every step
 * @returns {Promise<object>} the portal's answer
 * @throws {PortalError|SigningError|ClientError|Abandoned} `submitted` is set when the document was sent
 */
export async function registerChange(request, signer, left, onstep) {
  const signed = await signer.sign(request, left, onstep);
  stay(left);
  onstep("sending");
  submission = submitChange(signed);
  try {
    return await submission;
  } catch (error) {
    error.submitted = true;
    throw error;
  } finally {
    submission = null;
  }
}

/** Go on only while the form is there. */
export function stay(left) {
  if (left.aborted) throw new Abandoned();
}
