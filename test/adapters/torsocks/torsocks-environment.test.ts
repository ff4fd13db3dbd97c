import { describe, expect, it } from 'vitest';
import { torsocksConfiguration } from '../../../src/adapters/torsocks/torsocks-configuration.ts';
import { torsocksEnvironment } from '../../../src/adapters/torsocks/torsocks-environment.ts';

const hook = { library: '/usr/lib/libtorsocks.so', configurationFile: '/state/torsocks.conf' };

function environmentOf(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const environment = Object.entries(given).map(([name, value]) => ({ name: Buffer.from(name), value: Buffer.from(value) }));
  return Object.fromEntries(
    torsocksEnvironment(environment, hook).map(({ name, value }) => [Buffer.from(name).toString(), Buffer.from(value).toString()]),
  );
}

describe('torsocksEnvironment', () => {
  it('loads torsocks, which says nothing of its own', () => {
    expect(environmentOf({ A: '1' })).toEqual({
      A: '1',
      LD_PRELOAD: '/usr/lib/libtorsocks.so',
      TORSOCKS_CONF_FILE: '/state/torsocks.conf',
      TORSOCKS_LOG_LEVEL: '1',
    });
  });

  it('keeps what the user preloads and lets it log, but not what would lead elsewhere', () => {
    const given = { LD_PRELOAD: '/lib/mine.so', TORSOCKS_LOG_LEVEL: '5', TORSOCKS_TOR_PORT: '9050', TORSOCKS_CONF_FILE: '/etc/x' };
    expect(environmentOf(given)).toEqual({
      LD_PRELOAD: '/usr/lib/libtorsocks.so:/lib/mine.so',
      TORSOCKS_LOG_LEVEL: '5',
      TORSOCKS_CONF_FILE: '/state/torsocks.conf',
    });
  });
});

it('torsocksConfiguration names the port', () => {
  expect(torsocksConfiguration(40_123)).toBe(
    'TorAddress 127.0.0.1\nTorPort 40123\nAllowInbound 1\nAllowOutboundLocalhost 1\nEnableIPv6 0\n',
  );
});
