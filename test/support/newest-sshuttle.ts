import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../node_modules/.cache/sshuttle-newest/bin', import.meta.url));

/** The folder of PyPI's newest sshuttle, where `npm test` could install it; else tests of it count as skipped. */
export const newestSshuttle: string | undefined = existsSync(`${folder}/sshuttle`) ? folder : undefined;
