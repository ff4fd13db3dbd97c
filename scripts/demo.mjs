#!/usr/bin/env node
// `npm run demo`: builds what is needed, starts a playground, runs a server as if it were in a pod there, and says at each step what it saw. Needs no cluster,
// no root and no terminal; asks nothing, leaves nothing. Exit code 0 only if all of it was seen.
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DemoProgram } from './demo-program.mjs';
import { ensureTun } from './ensure-tun.mjs';
import { projectRoot } from './project-root.mjs';

/** After the build; it takes 3 to 5 s. */
const limitMs = 50_000;
const inShop = ['run', '--context', 'playground', '-o', 'json'];
const askDemo = `fetch('http://demo').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;

// Before the build, which takes a minute the first time.
const putTunBack = canOpenTun() ? () => {} : ensureTun({ who: 'The demo needs', again: 'npm run demo' });
process.once('exit', putTunBack);
await import('./build.mjs');
const state = mkdtempSync(join(tmpdir(), 'inpod-demo-'));
const started = [];
const timer = setTimeout(() => stop(new Error(`it took longer than ${limitMs / 1000} s`)), limitMs);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop(new Error(`ended by ${signal}`)));

let failure;
try {
  await demo();
} catch (error) {
  failure ??= error;
}
clearTimeout(timer);
await Promise.all(started.map((program) => program.end()));
rmSync(state, { recursive: true, force: true });
if (failure !== undefined) console.log(`\nThe demo failed: ${failure.message}`);
process.exitCode = failure === undefined ? 0 : 1;

async function demo() {
  say('1. inpod playground', 'three small services, each in a pod that is a process of this machine with a network of its own.');
  const playground = start('playground', '-o', 'json');
  const { services } = await playground.says('playground-ready');
  for (const { name, address, about } of services) saw(`http://${name.padEnd(8)} ${address.padEnd(11)} ${about}`);

  say('2. inpod run --name demo --expose 8080:80 -- node server.mjs', 'a server of this machine, in the place of a pod.');
  const server = start(
    ...inShop,
    '--name',
    'demo',
    '--expose',
    '8080:80',
    '--no-publish',
    '--',
    'node',
    join(projectRoot, 'scripts/demo-server.mjs'),
  );
  const { hostname, variables, page } = await server.prints();
  const web = services.find(({ name }) => name === 'web');
  check(hostname === 'demo' && variables.HOSTNAME === 'demo', `it is the pod ${hostname}`);
  check(variables.WEB_SERVICE_HOST === web.address, `it has the pod's variables: WEB_SERVICE_HOST=${variables.WEB_SERVICE_HOST}`);
  check(page.startsWith('the shop\n'), 'it reached http://web by its short name, which answered:');
  for (const line of page.trimEnd().split('\n')) saw(`  ${line}`);

  say('3. inpod run -- node -e "fetch(\'http://demo\')"', 'another pod asks for it by the Service that --expose made.');
  const client = start(...inShop, '--', 'node', '-e', askDemo);
  const answer = await client.ends();
  check(answer === 'hello from a process of this machine, as the pod demo\n', `the server under development answered: ${answer.trim()}`);

  say('4. Ctrl-C, twice', 'ends the server, then the playground.');
  await server.end();
  await playground.end();
  check(!existsSync(join(state, 'inpod/playground')), 'no pod, no namespace, no file of it is left');
  console.log('\nAll of it was seen. Your own cluster is next: npx inpod run -- COMMAND');
}

/** Also by a group or an access list. */
function canOpenTun() {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Away from what the user has: state, configuration, kubeconfig. */
function start(...args) {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('INPOD_'));
  const env = { ...Object.fromEntries(ours), XDG_STATE_HOME: state, XDG_CONFIG_HOME: state, KUBECONFIG: '/dev/null' };
  const program = new DemoProgram(join(projectRoot, 'dist/inpod.js'), args, { cwd: state, env });
  started.unshift(program);
  return program;
}

/** Whatever is waited for then ends with its program. */
function stop(error) {
  failure ??= error;
  for (const program of started) void program.end();
}

function say(command, what) {
  console.log(`\n${command}\n   ${what}`);
}

function saw(text) {
  console.log(`   saw: ${text}`);
}

function check(isSeen, text) {
  if (!isSeen) throw new Error(`this was not seen: ${text}`);
  saw(text);
}
