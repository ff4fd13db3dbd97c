import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';

const device = '/dev/net/tun';

/**
 * Opens /dev/net/tun to ordinary users until it is put back, as udev does on desktops: a rootless suite that was skipped proves nothing.
 * Without root it prints the one command that is needed, and ends the process.
 * @returns puts everything back; may be called more than once
 */
export function ensureTun({ who, again } = { who: 'The tests need', again: 'npm test' }) {
  if (process.platform !== 'linux') return () => {};
  const mode = existsSync(device) ? statSync(device).mode & 0o777 : undefined;
  if (mode !== undefined && (mode & 0o006) === 0o006) return () => {};
  if (process.getuid?.() !== 0) {
    const command = mode === undefined ? `sudo sh -c 'mkdir -p /dev/net && mknod -m 666 ${device} c 10 200'` : `sudo chmod 0666 ${device}`;
    console.error(`${who} ${device}, readable and writable for you. Run this once, then ${again} again:\n  ${command}`);
    process.exit(1);
  }
  return mode === undefined ? make() : open(mode);
}

function open(mode) {
  console.log(`${device}: 0666 meanwhile, then 0${mode.toString(8)} again`);
  chmodSync(device, 0o666);
  return () => chmodSync(device, mode);
}

function make() {
  console.log(`${device}: made, and removed afterwards`);
  mkdirSync('/dev/net', { recursive: true });
  const mknod = spawnSync('mknod', ['-m', '666', device, 'c', '10', '200'], { encoding: 'utf8' });
  if (mknod.status !== 0) {
    console.error(`${device} is missing and can't be made: ${mknod.stderr}`);
    process.exit(1);
  }
  return () => rmSync(device, { force: true });
}
