/** What administrators apply. */
export { guardianRights } from '../../adapters/kubernetes/guardian-rights.ts';
