// What the portal tells the page about itself, with what holds until it did.

import { getConfig } from "./api.js";

const DEFAULTS = { agentUrl: null, dialogDelayMs: [50, 200] };
const AGENT_KEY = "chukyso.agent";

const ready = getConfig().catch(() => ({})).then((answer) => ({ ...DEFAULTS, ...answer }));

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
