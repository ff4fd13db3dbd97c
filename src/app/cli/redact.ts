import { AppError } from '../../domain/errors.ts';

const secretKey = /token|secret|passw|credential|authorization|cookie|private|^env(ironment)?$|key(data)?$|^values?$/i;

/** What secrets look like in running text: PEM private keys, bearer tokens, JSON web tokens, passwords in URLs. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[private key]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [removed]'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '[token]'],
  [/(\b[a-z][\w+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, '$1[removed]@'],
];

/** `text` without what looks like a secret. */
export function redactText(text: string): string {
  return secretTexts.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text);
}

/**
 * `value` as plain data for a log: values under telling keys are gone (names of variables stay, their values don't), bytes are only counted,
 * errors have their code, message, hint, details and causes.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  if (depth > 8) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, secretKey.test(key) ? '[removed]' : redact(item, depth + 1)]));
}

function redactError(error: Error, depth: number): unknown {
  const joined = error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {};
  const ours = error instanceof AppError ? { code: error.code, hint: error.hint, details: redact(error.details, depth + 1) } : {};
  const cause = error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) };
  return { name: error.name, message: redactText(error.message), ...ours, stack: redactText(error.stack ?? ''), ...cause, ...joined };
}
