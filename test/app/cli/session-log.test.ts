import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClusterError, type HostError } from '../../../src/domain/errors.ts';
import { redact } from '../../../src/app/cli/redact.ts';
import { SessionLog } from '../../../src/app/cli/session-log.ts';
import { sessionLogPath, sessionsFolder } from '../../../src/app/cli/state-paths.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inpod-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const failures: HostError[] = [];
function openLog(path = join(folder, 'sessions/k3x9q/log.jsonl')): SessionLog {
  return SessionLog.open({ path, sessionId: 'k3x9q', hint: 'another by --logfile', onFailure: (error) => failures.push(error) });
}
const lines = (log: SessionLog): unknown[] => readFileSync(log.path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown); // prettier-ignore

describe('the log of a session', () => {
  it('is there at once, for its user alone', () => {
    const log = openLog();
    log.event({ kind: 'released', tookMs: 3 });
    expect(lines(log)).toEqual([expect.objectContaining({ level: 'info', session: 'k3x9q', msg: 'released', tookMs: 3 })]);
    expect(statSync(log.path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'sessions/k3x9q')).mode & 0o777).toBe(0o700);
    log.close();
  });

  it('is appended to, and silent after its end', () => {
    for (const message of ['one', 'two']) {
      const log = openLog();
      log.debug(message);
      log.close();
      log.close();
      log.debug('late');
    }
    expect(lines(openLog()).map((line) => (line as { msg: string }).msg)).toEqual(['one', 'two']);
  });

  it('has whole errors, with causes', () => {
    const log = openLog();
    log.error(new AggregateError([new ClusterError({ code: 'FORBIDDEN', message: 'no', hint: 'ask', cause: new Error('HTTP 403') })]));
    expect(lines(log)[0]).toMatchObject({
      error: { errors: [{ code: 'FORBIDDEN', hint: 'ask', cause: { message: 'HTTP 403' }, stack: expect.stringContaining('at ') }] },
    });
    log.close();
  });

  it('holds no secrets', () => {
    const log = openLog();
    const pem = '-----BEGIN OPENSSH PRIVATE KEY-----\ns3cret\n-----END OPENSSH PRIVATE KEY-----';
    log.debug('keys', {
      clientPrivateKey: 's3cret',
      token: 's3cret',
      nested: [{ Authorization: 's3cret', text: pem, env: { A: 's3cret' } }],
    });
    log.debug('texts', {
      a: 'Authorization: Bearer s3cret-s3cret',
      b: 'x eyJhbGciOiJI.eyJzdWIiOiIx.s3cret y',
      c: 'https://ann:s3cret@host/x',
      d: Buffer.from('s3cret'),
    });
    log.debug('variables', { environment: [{ name: 'A', value: 's3cret' }], variable: { name: 'B', value: 's3cret' } });
    log.event({ kind: 'child-starting', command: 'psql --password=s3cret', podName: 'p', sinceStartMs: 1 });
    log.event({ kind: 'child-started', command: 'psql --password=s3cret', pid: 1, podName: 'p', sinceStartMs: 1 });
    log.error(new ClusterError({ code: 'UNAUTHORIZED', message: 'Bearer s3cret', details: { token: 's3cret' }, cause: new Error(pem) }));
    log.close();
    const text = readFileSync(log.path, 'utf8');
    expect(text).not.toContain('s3cret');
    expect(text).toContain('"command":"psql"');
    expect(text).toContain('https://ann:[removed]@host/x');
  });

  it('that cannot be written is told once, and ends nothing', () => {
    const log = openLog('/dev/full');
    log.debug('one');
    log.debug('two');
    expect(failures.splice(0)).toEqual([expect.objectContaining({ code: 'FILE_UNWRITABLE', message: 'the log /dev/full can\'t be written: ENOSPC' })]); // prettier-ignore
  });

  it('that cannot be opened is an error', () => {
    expect(() => openLog(folder)).toThrowError(
      expect.objectContaining({ code: 'FILE_UNWRITABLE', hint: expect.stringContaining('--logfile') }),
    );
  });
});

it('redaction ends in what refers to itself', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  expect(JSON.stringify(redact(loop))).toContain('[deep]');
});

it.each([
  [{ XDG_STATE_HOME: '/s' }, '/s/inpod/sessions/id/log.jsonl'],
  [{ XDG_STATE_HOME: 's' }, '/h/.local/state/inpod/sessions/id/log.jsonl'],
  [{}, '/h/.local/state/inpod/sessions/id/log.jsonl'],
])('%j: %s', (environment, path) => {
  expect(sessionLogPath(sessionsFolder(environment, '/h'), 'id')).toBe(path);
});
