import { spawn } from 'node:child_process';
import type { Connection, ServerChannel } from 'ssh2';

/** Runs each command that the client asks for, by the container's shell and as the agent's user, and nothing else (RFC 4254 §6.5). */
export function serveExec(connection: Connection): void {
  connection.on('session', (accept) => {
    accept().on('exec', (acceptExec, _reject, { command }) => run(command, acceptExec()));
  });
}

/** Its input, output and errors are the channel's, whose end ends it. */
function run(command: string, channel: ServerChannel): void {
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'pipe' });
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  // It may end before it has read all.
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => channel.stderr.write(`${error.message}\n`));
  child.on('close', (code) => {
    channel.exit(code ?? 255);
    channel.end();
  });
  channel.on('error', () => undefined); // Always followed by its close.
  channel.on('close', () => child.kill());
}
