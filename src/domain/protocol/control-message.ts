/**
 * Bodies of frames on the control subsystem: JSON objects in UTF-8, at most 1 MiB. Each has `version` first, so that another version is told from nonsense;
 * fields that are not known are ignored.
 */
import type { ToldNames } from '../dns/told-name.ts';
import { IpAddress } from '../netstack/address/ip-address.ts';
import { emitFrame } from './length-prefix.ts';
import { podFactsFromJson, podFactsToJson } from './pod-facts-json.ts';
import type { PodFacts } from './pod-facts.ts';
import { toldNamesFromJson, toldNameToJson } from './told-names-json.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Longest body in bytes. */
export const maxControlBodyBytes = 1_048_576;

/** What the laptop asks. */
export type ControlRequest = RequestHead & (PlainRequest | ExecRequest | LoopRequest | OfficeRequest | NamesToldRequest);

interface RequestHead {
  readonly version: number;
  /** Comes back in the reply. */
  readonly id: number;
}

/** `serving`: the process serves now, and the pod may become ready. `socks`: a SOCKS server is wanted. `names`: a name server is. */
export interface PlainRequest {
  readonly type: (typeof plainRequests)[number];
}

const plainRequests = ['facts', 'serving', 'socks', 'names'] as const;

/** Who has the private key may run commands, by connections that may do nothing else. A later key takes this one's place. */
export interface ExecRequest {
  readonly type: 'exec';
  /** A public key, one line of authorized_keys form; at most 1 KiB. */
  readonly key: string;
}

/** Do names that the cluster doesn't know come back to the pod's name server? Then it asks another for them. */
export interface LoopRequest {
  readonly type: 'loop';
  /** The other: an IPv4 address. */
  readonly external: string;
  /** They do, and it needn't be looked. */
  readonly isAssumed: boolean;
}

/** Names that the cluster doesn't know are to be asked, by TCP, of a port of the pod's 127.0.0.1, where the laptop listens. */
export interface OfficeRequest {
  readonly type: 'office';
  readonly port: number;
  /** Names that are asked of it alone: lower case, without a last dot. None where a laptop doesn't say. */
  readonly laptopNames: readonly string[];
}

/** Which names were answered in the pod, of this link's, since it was last asked? The reply comes when there are any, or after `waitMs`. */
export interface NamesToldRequest {
  readonly type: 'names-told';
  /** 0 to {@link longestToldWaitMs}. */
  readonly waitMs: number;
}

/** So long a reply about names may wait. */
export const longestToldWaitMs = 60_000;

/** What the agent answers. */
export type ControlReply =
  | { readonly version: number; readonly id: number; readonly type: 'facts'; readonly facts: PodFacts }
  | { readonly version: number; readonly id: number; readonly type: 'done' }
  /** Where it listens on the pod's 127.0.0.1, as long as this link lasts. */
  | { readonly version: number; readonly id: number; readonly type: 'socks'; readonly port: number }
  /** Where it listens on the pod's 127.0.0.1, by UDP, as long as the agent lives; and the IPv4 address that it gives to who greets it. */
  | { readonly version: number; readonly id: number; readonly type: 'names'; readonly port: number; readonly proof: string }
  | { readonly version: number; readonly id: number; readonly type: 'loop'; readonly isLoop: boolean }
  | ({ readonly version: number; readonly id: number; readonly type: 'names-told' } & ToldNames)
  | { readonly version: number; readonly id: number; readonly type: 'error'; readonly code: ControlErrorCode; readonly message: string };

/** `PROTOCOL_MISMATCH`: the agent speaks another version, which is the reply's. `BAD_REQUEST`: not understood. `FAILED`: understood, but not possible. */
export type ControlErrorCode = 'PROTOCOL_MISMATCH' | 'BAD_REQUEST' | 'FAILED';

/** Why a body is no message. `version` and `id` where they could be read: whoever differs in version may differ in all else. */
export interface ControlFault {
  readonly fault: 'not-utf8' | 'not-json' | 'no-version' | 'unknown-type' | 'bad-field';
  readonly version?: number | undefined;
  readonly id?: number | undefined;
  /** Which field, for `bad-field`. */
  readonly field?: string;
}

/** The whole frame, length included. */
export function emitControlRequest(request: ControlRequest): Uint8Array {
  const { version, id, type, ...fields } = request;
  return emitFrame(encodeUtf8(JSON.stringify({ version, id, type, ...fields })));
}

/** The whole frame, length included. */
export function emitControlReply(reply: ControlReply): Uint8Array {
  const { version, id, type } = reply;
  return emitFrame(encodeUtf8(JSON.stringify({ version, id, type, ...fieldsOf(reply) })));
}

function fieldsOf(reply: ControlReply): object {
  if (reply.type === 'facts') return { facts: podFactsToJson(reply.facts) };
  if (reply.type === 'socks') return { port: reply.port };
  if (reply.type === 'loop') return { isLoop: reply.isLoop };
  if (reply.type === 'names') return { port: reply.port, proof: reply.proof };
  if (reply.type === 'names-told') return { names: reply.names.map(toldNameToJson), dropped: reply.dropped };
  return reply.type === 'error' ? { code: reply.code, message: reply.message } : {};
}

/** @returns the request, or why it is none. Never throws. */
export function parseControlRequest(body: Uint8Array): ControlRequest | ControlFault {
  const head = parseHead(body);
  if ('fault' in head) return head;
  const { version, id, type, fields } = head;
  if (type === 'exec') return execRequest(head, textOf(fields['key']));
  if (type === 'loop') return loopRequest(head);
  if (type === 'office') return officeRequest(head);
  if (type === 'names-told') return namesToldRequest(head);
  const known = plainRequests.find((one) => one === type);
  return known ? { version, id, type: known } : { fault: 'unknown-type', version, id };
}

/** @returns the reply, or why it is none. Never throws. */
export function parseControlReply(body: Uint8Array): ControlReply | ControlFault {
  const head = parseHead(body);
  if ('fault' in head) return head;
  const { version, id, type, fields } = head;
  if (type === 'error') return { version, id, type, code: errorCode(fields['code']), message: textOf(fields['message']) };
  if (type === 'done') return { version, id, type };
  if (type === 'socks') return socksReply(head);
  if (type === 'names') return namesReply(head);
  if (type === 'names-told') return namesToldReply(head);
  if (type === 'loop') return { version, id, type, isLoop: fields['isLoop'] === true };
  if (type !== 'facts') return { fault: 'unknown-type', version, id };
  const facts = podFactsFromJson(fields['facts']);
  return 'badField' in facts ? { fault: 'bad-field', version, id, field: facts.badField } : { version, id, type, facts };
}

const maxKeyLength = 1024;

function execRequest({ version, id }: Head, key: string): ControlRequest | ControlFault {
  const isKey = key.length > 0 && key.length <= maxKeyLength;
  return isKey ? { version, id, type: 'exec', key } : { fault: 'bad-field', version, id, field: 'key' };
}

function loopRequest({ version, id, fields }: Head): ControlRequest | ControlFault {
  const external = textOf(fields['external']);
  if (IpAddress.parse(external)?.version !== 4) return { fault: 'bad-field', version, id, field: 'external' };
  return { version, id, type: 'loop', external, isAssumed: fields['isAssumed'] === true };
}

function officeRequest({ version, id, fields }: Head): ControlRequest | ControlFault {
  const port = portOf(fields['port']);
  const told: readonly unknown[] = Array.isArray(fields['laptopNames']) ? fields['laptopNames'] : [];
  const laptopNames = told.filter((name) => typeof name === 'string');
  return port ? { version, id, type: 'office', port, laptopNames } : { fault: 'bad-field', version, id, field: 'port' };
}

function namesToldRequest({ version, id, fields }: Head): ControlRequest | ControlFault {
  const { waitMs } = fields;
  const isWait = typeof waitMs === 'number' && waitMs >= 0 && waitMs <= longestToldWaitMs;
  return isWait ? { version, id, type: 'names-told', waitMs } : { fault: 'bad-field', version, id, field: 'waitMs' };
}

function namesToldReply({ version, id, fields }: Head): ControlReply | ControlFault {
  const names = toldNamesFromJson(fields['names']);
  const dropped = typeof fields['dropped'] === 'number' ? fields['dropped'] : 0;
  return names ? { version, id, type: 'names-told', names, dropped } : { fault: 'bad-field', version, id, field: 'names' };
}

function socksReply({ version, id, fields }: Head): ControlReply | ControlFault {
  const port = portOf(fields['port']);
  return port ? { version, id, type: 'socks', port } : { fault: 'bad-field', version, id, field: 'port' };
}

function namesReply({ version, id, fields }: Head): ControlReply | ControlFault {
  const port = portOf(fields['port']);
  if (!port) return { fault: 'bad-field', version, id, field: 'port' };
  const proof = textOf(fields['proof']);
  const isAddress = IpAddress.parse(proof)?.version === 4;
  return isAddress ? { version, id, type: 'names', port, proof } : { fault: 'bad-field', version, id, field: 'proof' };
}

/** @returns `undefined` for what is no port */
function portOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined;
}

interface Head {
  readonly version: number;
  readonly id: number;
  readonly type: unknown;
  readonly fields: Readonly<Record<string, unknown>>;
}

function parseHead(body: Uint8Array): Head | ControlFault {
  const text = decodeUtf8(body);
  if (text === undefined) return { fault: 'not-utf8' };
  const fields = parseObject(text);
  if (!fields) return { fault: 'not-json' };
  const { version, id, type } = fields;
  if (typeof version !== 'number') return { fault: 'no-version' };
  return { version, id: typeof id === 'number' ? id : 0, type, fields };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // The caller names the fault.
  }
}

function errorCode(value: unknown): ControlErrorCode {
  return value === 'PROTOCOL_MISMATCH' || value === 'BAD_REQUEST' ? value : 'FAILED';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
