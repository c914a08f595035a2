// Assembles an enveloped XML signature (XMLDSig) around what a token signs: the shape that BHXH dossiers have, with a
// second Reference over the signing time. Everything is written in its exclusive canonical form at once.

const DS = "http://www.w3.org/2000/09/xmldsig#";
const C14N = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SIGNING_TIME = "http://example.org/#signatureProperties";

/**
 * Sign a document.
 * @param {string} document base64 of the XML, UTF-8
 * @param {string} place the empty element that receives the signature
 * @param {Uint8Array} certificate DER
 * @param {(hash: Uint8Array) => Promise<Uint8Array>} sign signs the SHA-256 of SignedInfo, RSA PKCS #1 v1.5
 * @returns {Promise<string>} base64 of the signed XML
 */
export async function signXml(document, place, certificate, sign) {
  const root = canonical(parse(document));
  const empty = `<${place}></${place}>`;
  if (root.split(empty).length !== 2) throw new Error(`no single empty element ${place}`);
  const unique = hex(crypto.getRandomValues(new Uint8Array(8)));
  const property = signingTime(`Signature-${unique}`, `SigningTime-${unique}`);
  const info = signedInfo(await digest(root), `#SigningTime-${unique}`, await digest(property));
  const value = await sign(await sha256(info));
  const signature = element("Signature", ` xmlns:ds="${DS}" Id="Signature-${unique}"`,
    info
    + element("SignatureValue", "", base64(value))
    + element("KeyInfo", "", element("X509Data", "", element("X509Certificate", "", base64(certificate))))
    + property);
  const signed = root.replace(empty, () => `<${place}>${signature}</${place}>`);
  return base64(new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>\n${signed}`));
}

function signedInfo(whole, timeUri, time) {
  return element("SignedInfo", ` xmlns:ds="${DS}"`,
    method("CanonicalizationMethod", C14N)
    + method("SignatureMethod", RSA_SHA256)
    + reference("", [ENVELOPED, C14N], whole)
    + reference(timeUri, [C14N], time));
}

function reference(uri, transforms, value) {
  return element("Reference", ` URI="${uri}"`,
    element("Transforms", "", transforms.map((one) => method("Transform", one)).join(""))
    + method("DigestMethod", SHA256)
    + element("DigestValue", "", value));
}

function signingTime(target, id) {
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  return element("Object", ` xmlns:ds="${DS}" Id="${id}"`,
    element("SignatureProperties", "",
      element("SignatureProperty", ` Target="#${target}"`, `<SigningTime xmlns="${SIGNING_TIME}">${now}</SigningTime>`)));
}

const element = (name, attributes, content) => `<ds:${name}${attributes}>${content}</ds:${name}>`;
const method = (name, algorithm) => element(name, ` Algorithm="${algorithm}"`, "");

function parse(document) {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes(document));
  const parsed = new DOMParser().parseFromString(text, "application/xml");
  if (parsed.getElementsByTagName("parsererror").length) throw new Error("the document is no XML");
  return parsed.documentElement;
}

/** Exclusive XML canonicalization, of what the portal's documents are made of: elements without attributes, and text. */
function canonical(node) {
  if (node.nodeType === Node.TEXT_NODE) return escapeText(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE || node.attributes.length || node.namespaceURI) {
    throw new Error(`no canonical form for ${node.nodeName}`);
  }
  return `<${node.tagName}>${Array.from(node.childNodes, canonical).join("")}</${node.tagName}>`;
}

const escapeText = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#xD;");

const sha256 = async (text) => new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
const digest = async (text) => base64(await sha256(text));

/** Bytes as base64. */
export const base64 = (data) => btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));

/** Bytes as hex. */
export const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Hex as bytes. */
export const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
