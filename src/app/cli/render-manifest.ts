import { stringify } from 'yaml';

/** Objects as YAML documents, for `kubectl apply -f -`. */
export function renderManifest(objects: readonly object[]): string {
  return objects.map((object) => `---\n${stringify(object)}`).join('');
}
