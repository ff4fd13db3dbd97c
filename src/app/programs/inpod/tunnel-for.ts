import { requireCapabilities } from '../../../domain/backend/required-capabilities.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import { chooseTunnel, type ChosenTunnel } from '../../use-cases/choose-tunnel.ts';
import type { createContainer } from '../../wiring/container.ts';
import { tokens } from '../../wiring/tokens.ts';

/** The backend that the settings mean. @throws TunnelError `UNSUPPORTED`; HostError `PROGRAM_NOT_HOOKABLE` */
export async function tunnelFor(
  settings: RunSettings,
  container: Pick<ReturnType<typeof createContainer>, 'get'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ChosenTunnel> {
  const chosen = await chooseTunnel(
    {
      asked: settings,
      platform: process.platform,
      tunnels: {
        tun: container.get(tokens.tunTunnel),
        sshuttle: container.get(tokens.sshuttleTunnel),
        torsocks: container.get(tokens.torsocksTunnel),
      },
      programs: container.get(tokens.programs),
      command: { name: settings.command[0], searchPath: settings.env['PATH'] ?? environment['PATH'], cwd: process.cwd() },
    },
    new AbortController().signal,
  );
  requireCapabilities(chosen.tunnel, settings);
  return chosen;
}
