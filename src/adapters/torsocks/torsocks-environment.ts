import { variableOf, type ByteEnvironment, type ByteVariable } from '../../domain/session/byte-environment.ts';
import { decodeUtf8, encodeUtf8 } from '../../domain/protocol/utf8.ts';

/** What torsocks needs to be told. */
export interface TorsocksHook {
  /** Path of libtorsocks.so. */
  readonly library: string;
  readonly configurationFile: string;
}

/** Of torsocks' own variables those that say what it logs are the user's; the others would contradict the configuration. */
const keptNames = /^TORSOCKS_LOG_/;

/** No word of the library's own on the child's stderr: level 1 of 5. */
const quietLevel = '1';

/** The child's environment, so that the dynamic loader loads torsocks before all else, what the user preloads included. */
export function torsocksEnvironment(environment: ByteEnvironment, { library, configurationFile }: TorsocksHook): ByteEnvironment {
  const theirs = environment.filter(({ name }) => {
    const text = decodeUtf8(name) ?? '';
    return text !== 'LD_PRELOAD' && (!text.startsWith('TORSOCKS_') || keptNames.test(text));
  });
  const preloaded = variableOf(environment, 'LD_PRELOAD');
  return [
    ...theirs,
    variable('LD_PRELOAD', preloaded ? `${library}:${preloaded}` : library),
    variable('TORSOCKS_CONF_FILE', configurationFile),
    ...(variableOf(environment, 'TORSOCKS_LOG_LEVEL') === undefined ? [variable('TORSOCKS_LOG_LEVEL', quietLevel)] : []),
  ];
}

function variable(name: string, text: string): ByteVariable {
  return { name: encodeUtf8(name), value: encodeUtf8(text) };
}
