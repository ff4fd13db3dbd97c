/** What scripts/build-native.mjs makes. */
export interface NativeOutputs {
  readonly launcher: string;
  readonly tunLibrary: string;
  readonly goldenMessages: string;
}

/** Compiles native/, where it isn't up to date. @throws Error with the compiler's messages, or the package to install */
export async function compileNative(): Promise<NativeOutputs> {
  const path: string = '../../../scripts/build-native.mjs'; // a variable: the script has no types to import
  const script = (await import(path)) as { buildNative: (options: { quiet: boolean }) => NativeOutputs };
  return script.buildNative({ quiet: true });
}
