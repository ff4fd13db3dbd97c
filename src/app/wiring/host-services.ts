/** What programs need of this machine before, or beside, a container: each a function of its adapter. */
export { openCaptureFile } from '../../adapters/host/capture-file.ts';
export { holderName, repairerName } from '../../adapters/host/holder-name.ts';
export { makeFolders } from '../../adapters/host/make-folders.ts';
export { readInheritedDescriptors } from '../../adapters/host/inherited-descriptors.ts';
export { readLocalEnvironment } from '../../adapters/host/local-environment.ts';
export { readOpenFilesLimit } from '../../adapters/host/open-files-limit.ts';
export { userName } from '../../adapters/host/user-name.ts';
