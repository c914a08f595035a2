// The portal's HTTP interface. Nothing is ever sent a second time from here.

import { PortalError, portalError } from "./errors.js";
import { accessToken, expire } from "./session.js";

const DEFAULT_SECONDS = 60;
let requestSeconds = DEFAULT_SECONDS;

/**
 * Ask the portal.
 * @param {string} method
 * @param {string} path
 * @param {object} [body] sent as JSON
 * @param {boolean} [quiet] an expired session is reported to the caller only
 * @throws {PortalError}
 */
async function ask(method, path, body, quiet = false) {
  const token = accessToken();
  const response = await send(method, path, body, token);
  if (response.status === 401 && token) {
    if (!quiet) expire(token);
    throw portalError("SESSION_EXPIRED");
  }
  if (response.status >= 500) throw portalError("PORTAL_ERROR");
  const answer = response.body;
  if (!response.ok) {
    if (!answer?.code || !answer.message) throw portalError("PORTAL_ERROR");
    throw new PortalError(answer.code, answer.message);
  }
  if (answer === null) throw portalError("PORTAL_ERROR");
  return answer;
}

async function send(method, path, body, token) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  const signal = AbortSignal.timeout(requestSeconds * 1000);
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
    return { ok: response.ok, status: response.status, body: parse(await response.text()) };
  } catch (error) {
    throw portalError(error.name === "TimeoutError" ? "TIMED_OUT" : "NO_ANSWER");
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @returns {Promise<{agentUrl?: string, signing?: string, login?: string, requestSeconds?: number, dialogDelayMs?: number[]}>} */
export async function getConfig() {
  const config = await ask("GET", "/api/config");
  requestSeconds = config.requestSeconds ?? DEFAULT_SECONDS;
  return config;
}

export const getCaptcha = () => ask("GET", "/api/captcha");
export const logIn = (form) => ask("POST", "/api/login", form);
export const logInByIdentity = (username) => ask("POST", "/api/login/identity", { username });
export const chooseUnit = (unit) => ask("POST", "/api/unit", { unit });
export const logOut = () => ask("POST", "/api/logout", {}, true);
export const getAccount = () => ask("GET", "/api/account");
export const getRegistration = ({ quiet = false } = {}) => ask("GET", "/api/registration", undefined, quiet);
export const describeCertificate = (certificate) => ask("POST", "/api/certificate/describe", { certificate });
export const prepareChange = (request) => ask("POST", "/api/change/prepare", request);
export const submitChange = (document) => ask("POST", "/api/change/submit", { document });
