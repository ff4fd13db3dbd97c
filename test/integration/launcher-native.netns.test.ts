import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Doorbell } from '../../src/adapters/tun/doorbell.ts';
import { LauncherProcess, type LauncherOptions } from '../../src/adapters/tun/launcher-process.ts';
import { loadNativeLibrary, type NativeBinding, type NativeLibrary } from '../../src/adapters/tun/native-library.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import { buildLauncher, hasFfi, makePeople, type Built } from '../adapters/tun/launcher-bed.ts';

const canRun = process.platform === 'linux' && hasFfi();
const { openTun, restore } = canRun ? makePeople() : { openTun: () => undefined, restore: () => undefined };

describe.skipIf(!canRun)('the native library', () => {
  afterAll(restore);

  describe.each<NativeBinding>(['addon', 'ffi'])('called as %s', (binding) => {
    let built: Built;
    let library: NativeLibrary;
    let doorbell: Doorbell;

    beforeAll(async () => {
      built = await buildLauncher();
      library = loadNativeLibrary(built.libraryPath, [binding]);
      doorbell = library.openDoorbell((error) => {
        throw error;
      });
    });

    beforeEach(() => {
      openTun();
    });

    afterAll(() => {
      doorbell?.close();
    });

    it("says what to do where it can't be loaded", () => {
      expect(() => loadNativeLibrary('/nowhere/libinpodtun.so', [binding])).toThrow(
        expect.objectContaining({ code: 'BINARY_MISSING', hint: expect.stringContaining('npm run build') as string }),
      );
    });

    it('carries whole messages, and says when there is none and when the other side closed', () => {
      const { ours, theirs } = library.openControlPair();
      expect(library.receive(ours)).toBe('again');
      expect(library.send(theirs, Uint8Array.of(1, 2, 3))).toBe('sent');
      expect(library.send(theirs, Uint8Array.of(4))).toBe('sent');
      expect(library.receive(ours)).toEqual({ bytes: Uint8Array.of(1, 2, 3), fd: undefined });
      expect(library.receive(ours)).toEqual({ bytes: Uint8Array.of(4), fd: undefined });
      library.closeDescriptor(theirs);
      expect(library.receive(ours)).toBe('closed');
      expect(library.send(ours, Uint8Array.of(5))).toBe('closed');
      library.closeDescriptor(ours);
    });

    it('rings once per arming, for reading, writing and closing', async () => {
      const { ours, theirs } = library.openControlPair();
      let rings = 0;
      let rang: () => void = () => undefined;
      const watch = doorbell.watch(ours, () => {
        rings++;
        rang();
      });
      const ring = (interest: 'readable' | 'writable'): Promise<void> => new Promise((resolve) => ((rang = resolve), watch.arm(interest)));
      library.send(theirs, Uint8Array.of(1));
      await ring('readable');
      library.send(theirs, Uint8Array.of(2));
      await ring('writable');
      expect(rings).toBe(2);
      library.closeDescriptor(theirs);
      await ring('readable');
      watch.close();
      library.closeDescriptor(ours);
    });

    it('waits for room without blocking', async () => {
      const { ours, theirs } = library.openControlPair();
      const message = new Uint8Array(32_768);
      let sent = 0;
      while (library.send(ours, message) === 'sent') sent++;
      expect(sent).toBeGreaterThan(2);
      const room = new Promise<void>((resolve) => {
        const watch = doorbell.watch(ours, () => (watch.close(), resolve()));
        watch.arm('writable');
      });
      while (library.receive(theirs) !== 'again') sent--;
      await room;
      expect(sent).toBe(0);
      expect(library.send(ours, message)).toBe('sent');
      library.closeDescriptor(theirs);
      library.closeDescriptor(ours);
    });

    it('arms anew for something else, and rings no more once closed by its own listener', async () => {
      const { ours, theirs } = library.openControlPair();
      const heard: string[] = [];
      await new Promise<void>((resolve) => {
        const watch = doorbell.watch(ours, () => {
          heard.push(String(library.receive(ours)));
          if (heard.length === 1) {
            library.send(theirs, Uint8Array.of(1));
            return watch.arm('readable');
          }
          watch.close();
          resolve();
        });
        watch.arm('both');
      });
      library.send(theirs, Uint8Array.of(2));
      await new Promise(setImmediate);
      expect(heard).toEqual(['again', '[object Object]']);
      library.closeDescriptor(theirs);
      library.closeDescriptor(ours);
    });

    it('a closed doorbell rings no more', () => {
      const { ours, theirs } = library.openControlPair();
      const other = library.openDoorbell(() => undefined);
      const watch = other.watch(ours, () => expect.unreachable());
      watch.arm();
      library.send(theirs, Uint8Array.of(1));
      other.close();
      other.close();
      watch.arm();
      watch.close();
      library.closeDescriptor(ours);
      library.closeDescriptor(theirs);
    });

    describe('LauncherProcess', () => {
      const configuration = {
        hostname: 'pod',
        addresses: [ip('10.42.0.9')],
        gateway: ip('10.42.0.1'),
        mtuBytes: 65520,
        plainTun: false,
        resolvConf: '',
        hosts: '',
      };
      const options = (changes: Partial<LauncherOptions> = {}): LauncherOptions => ({
        launcherPath: built.launcherPath,
        library,
        doorbell,
        inherited: [0, 1, 2],
        configuration,
        ...changes,
      });
      const command = { argv: ['sleep', '100'], environment: [], cwd: '/', umask: 0o022 };

      it("rejects where the launcher isn't there, where it is cancelled, and where the configuration is refused", async () => {
        const never = new AbortController().signal;
        await expect(LauncherProcess.open(options({ launcherPath: '/nowhere/launcher' }), never)).rejects.toMatchObject({
          code: 'BINARY_MISSING',
        });
        await expect(LauncherProcess.open(options(), AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
        const soon = new AbortController();
        const opening = LauncherProcess.open(options(), soon.signal);
        soon.abort();
        await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
        const refused = LauncherProcess.open(options({ configuration: { ...configuration, mtuBytes: 500 } }), never);
        await expect(refused).rejects.toMatchObject({ code: 'NAMESPACES_FORBIDDEN', details: { step: 'configuration: MTU' } });
      });

      it('closes with and without a child, and settles what waits', async () => {
        const idle = await LauncherProcess.open(options(), new AbortController().signal);
        await idle.close();
        await idle.close();
        expect(await idle.lost).toBeUndefined();
        library.closeDescriptor(idle.facts.tunFd);

        const launcher = await LauncherProcess.open(options(), new AbortController().signal);
        const child = await launcher.spawn(command);
        expect(child.pid).toBeGreaterThan(1);
        await launcher.close();
        expect(await child.exited).toEqual({ signal: 9 });
        expect(() => process.kill(child.pid, 0)).toThrow(/ESRCH/);
        await expect(launcher.connect(ip('127.0.0.1'), 1)).rejects.toMatchObject({ code: 'TUNNEL_LOST' });
        library.closeDescriptor(launcher.facts.tunFd);
      });

      it('tells of a launcher that dies', async () => {
        const launcher = await LauncherProcess.open(options(), new AbortController().signal);
        const child = await launcher.spawn(command);
        process.kill(launcher.facts.launcherPid, 'SIGKILL');
        expect(await launcher.lost).toMatchObject({ code: 'TUNNEL_LOST' });
        await expect(child.exited).rejects.toMatchObject({ code: 'TUNNEL_LOST' });
        await launcher.close();
        library.closeDescriptor(launcher.facts.tunFd);
      });

      it('serves sixty-five thousand bytes of files, and many sockets at once', async () => {
        const hosts = '127.0.0.1 localhost\n'.repeat(5000);
        const launcher = await LauncherProcess.open(options({ configuration: { ...configuration, hosts } }), new AbortController().signal);
        const listening = await launcher.listen(ip('127.0.0.1'), 8080);
        const sockets = await Promise.all(Array.from({ length: 200 }, () => launcher.connect(ip('127.0.0.1'), 8080)));
        expect(new Set(sockets).size).toBe(200);
        await expect(launcher.listen(ip('127.0.0.1'), 8080)).rejects.toMatchObject({ errno: 'EADDRINUSE' });
        for (const fd of [listening, ...sockets, launcher.facts.tunFd]) library.closeDescriptor(fd);
        await launcher.close();
      });
    });
  });
});
