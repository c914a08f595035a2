// Values as people read them.

const MOMENT = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Ho_Chi_Minh", day: "2-digit", month: "2-digit", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

const NO_END = Date.parse("9999-12-31T23:59:59Z"); // a certificate without a known end (RFC 5280, 4.1.2.5)

/** dd/MM/yyyy HH:mm:ss in Vietnam, from ISO 8601. */
export function moment(iso) {
  if (Date.parse(iso) === NO_END) return "không thời hạn";
  const part = Object.fromEntries(MOMENT.formatToParts(new Date(iso)).map(({ type, value }) => [type, value]));
  return `${part.day}/${part.month}/${part.year} ${part.hour}:${part.minute}:${part.second}`;
}

/** Serials are compared as hex; capital letters read better. */
export const serial = (hex) => hex.toUpperCase();
