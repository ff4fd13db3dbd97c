import * as z from 'zod';
import { backendNames, builtBackends, methods, type MethodName } from '../../domain/backend/backend-names.ts';
import { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import { parseProxyTarget } from '../../domain/routes/proxy-target.ts';
import { parseAgentTarget } from '../../domain/session/agent-target.ts';
import { parseWorkloadTarget } from '../../domain/workload/workload-reference.ts';
import { parseExposedPort, parsePort } from '../../domain/session/inbound-plan.ts';

/*
 * One layer of configuration. All values arrive as text (YAML is read without types, so that `env: {PORT: 0080}` stays what was written),
 * and every key may be missing.
 */

/*
 * `meta` is for the JSON Schema alone, where an editor reads YAML with types: `publish: true` is a boolean there, a port a number.
 */

const singleAsList = (value: unknown): unknown => (typeof value === 'string' ? [value] : value);

const text = z.string().min(1, 'must not be empty');
const flag = z.string().refine((value) => value === 'true' || value === 'false', 'must be true or false').transform((value) => value === 'true').meta({ type: ['boolean', 'string'], enum: [true, false, 'true', 'false'] }); // prettier-ignore
const milliseconds = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'must be a whole number of milliseconds, 1 to 999999999')
  .transform(Number)
  .meta({ type: ['integer', 'string'], minimum: 1, maximum: 999_999_999 });
const label = z.string().max(63, 'must have at most 63 characters');
const dnsLabel = label.regex(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  'must be small letters, digits and "-", beginning and ending with a letter or digit',
);
const podName = label.regex(
  /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  'must be small letters, digits and "-", beginning with a letter, not ending with "-"',
);
const ipv4 = text.refine((word) => IpAddress.parse(word)?.version === 4, 'must be an IPv4 address');
const image = text.regex(/^\S+$/, 'must be an image reference without blanks, such as node:24-slim');
const environmentNames = z.string().regex(/^[^=\0]+$/, 'names of variables have no "="');
const environmentValue = z
  .string()
  .refine((value) => !value.includes('\0'), 'values of variables have no NUL')
  .meta({ type: ['string', 'number', 'boolean', 'null'] });

/** Backends of the design: one that isn't there yet is refused as it is chosen. `auto` chooses among those that work. */
const backend = z
  .string()
  .transform((value, context) => {
    const known = value === 'auto' ? value : backendNames.find((name) => name === value);
    if (known) return known;
    context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is no backend; allowed: auto, ${builtBackends.join(', ')}` });
    return z.NEVER;
  })
  .meta({ enum: ['auto', ...builtBackends] });

const methodNames = Object.keys(methods) as [MethodName, ...MethodName[]];

const proxyTarget = z.string().transform((value, context) => {
  const target = parseProxyTarget(value.trim());
  if (target) return target;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is no IP address, no CIDR such as 10.1.0.0/16, and no name` });
  return z.NEVER;
});

/** A text by a parser of the domain, which says what is wrong with it. */
const parsedBy = <T>(parse: (text: string) => T | { readonly problem: string }): z.ZodType<T, string> =>
  z.string().transform((value, context) => {
    const parsed = parse(value.trim());
    if (typeof parsed !== 'object' || parsed === null || !('problem' in parsed)) return parsed;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  });
/** `8080`, or `8080:80`. */
const portType = { type: ['integer', 'string'] };
const ports = z.preprocess(singleAsList, z.array(parsedBy(parsePort).meta(portType)));
const exposedPorts = z.preprocess(singleAsList, z.array(parsedBy(parseExposedPort).meta(portType)));

const proxyTargets = z.preprocess(singleAsList, z.array(proxyTarget));
/** `agent: NAME`, and the flag. */
const nameAlone = (value: unknown): unknown => (typeof value === 'string' ? { name: value } : value);
const words = z.preprocess(singleAsList, z.array(text));

/** A text is for a shell; a list is taken word by word. */
const command = z.preprocess(
  (value) => (typeof value === 'string' ? ['/bin/sh', '-c', value] : value),
  z.tuple([text], z.string(), 'must be a text for the shell, or a list of at least one word'),
);

/** One layer: flags, environment, project's file or user's file. */
export const configSchema = z
  .strictObject({
    name: podName,
    swap: parsedBy(parseWorkloadTarget).meta({ type: 'string' }),
    copy: parsedBy(parseWorkloadTarget).meta({ type: 'string' }),
    skipInit: words,
    backend,
    method: z.enum(methodNames, `must be one of ${methodNames.join(', ')}`),
    alsoProxy: proxyTargets,
    neverProxy: proxyTargets,
    localCluster: flag,
    dns: z.strictObject({ external: ipv4 }).partial(),
    expose: exposedPorts,
    toPod: ports,
    fromPod: ports,
    fromHost: ports,
    publish: flag,
    env: z.record(environmentNames, environmentValue),
    envExclude: words,
    envJson: text,
    envFile: text,
    namespace: dnsLabel,
    context: text,
    kubeconfig: text,
    as: text,
    serviceaccount: text.regex(
      /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/,
      'must be the name of a ServiceAccount: small letters, digits, "-" and "."',
    ),
    agent: z.preprocess(nameAlone, z.strictObject({ name: parsedBy(parseAgentTarget).meta({ type: 'string' }), image }).partial()),
    timings: z
      .strictObject({
        podReadyMs: milliseconds,
        linkLimitMs: milliseconds,
        linkSilenceMs: milliseconds,
        leaseRenewMs: milliseconds,
        acceptLimitMs: milliseconds,
        releaseLimitMs: milliseconds,
        routeSettleMs: milliseconds,
        drainMs: milliseconds,
        workloadReadyMs: milliseconds,
        endGraceMs: milliseconds,
        takeoverMs: milliseconds,
        guardMs: milliseconds,
      })
      .partial(),
    protectedContexts: words,
    profile: text,
    yes: flag,
    verbose: flag,
    logfile: text,
    output: z.enum(['text', 'json'], 'must be text or json'),
    pcap: text,
    command,
  })
  .partial();

/** A validated layer. */
export type ConfigValues = z.output<typeof configSchema>;
