/** `--context playground`: what selects the playground, and its name where a context's or a cluster's is shown. */
export const playgroundContext = 'playground';
