/**
 * UTF-8 by the language's own URI functions, which check it strictly (no overlong forms, no surrogates).
 * @see {@link https://www.rfc-editor.org/rfc/rfc3629#section-3 | RFC 3629 §3}
 */

/** The UTF-8 form of `text`; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const escaped = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
  const binary = escaped.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return fromBinary(binary);
}

/** The text that `bytes` are, or `undefined` where they aren't UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const escaped = toBinary(bytes).replace(/[^\x20-\x24\x26-\x7e]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}

/** One character of code 0 to 255 for each byte: a form in which bytes can be compared, looked up and matched. */
export function toBinary(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  return parts.join('');
}

/** The bytes of a string whose characters are all below 256. */
export function fromBinary(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A form of `bytes` for messages: its text, or with `\xNN` for what isn't printable ASCII where it isn't UTF-8. */
export function showBytes(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined && !/\p{Cc}/u.test(text)) return text;
  return toBinary(bytes).replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
