/** What administrators apply. */
export { guardianRights } from '../../adapters/kubernetes/guardian-rights.ts';
export { standingAgentManifest } from '../../adapters/kubernetes/standing-agent-manifest.ts';
