// What the portal tells the page about itself, with what holds until it did.

import { getConfig } from "./api.js";

const DEFAULTS = { agentUrl: null, signing: "agent", login: "password", dialogDelayMs: [50, 200] };
const AGENT_KEY = "chukyso.agent";

let known = DEFAULTS;
const ready = getConfig().catch(() => ({})).then((answer) => (known = { ...DEFAULTS, ...answer }));

/** Wait for the portal's answer: no view is shown before it, since how the page signs changes the form. */
export const configured = () => ready;

/** Whether the page signs by the browser's extension, and not by the signing agent. */
export const signsByClient = () => known.signing === "client";

/** Whether a person logs in elsewhere, and not with a password and a captcha. */
export const personLogsIn = () => known.login === "person";

/** Dialogs and menus appear late, by a random time, so that whatever drives the page has to wait properly. */
export async function late() {
  const [least, most] = (await ready).dialogDelayMs;
  await new Promise((resolve) => { setTimeout(resolve, least + Math.random() * (most - least)); });
}

/**
 * Address of the signing agent, or "". Whoever set up this browser knows better than the portal, so an empty value in
 * the browser means: none.
 */
export async function agentAddress() {
  return localStorage.getItem(AGENT_KEY) ?? (await ready).agentUrl ?? "";
}
