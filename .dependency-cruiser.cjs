// Who may import whom: the boundaries that keep the parts replaceable. A rule's name says the rule.

/** Packages that only some folders may know. */
const vendorFolders = {
  '@kubernetes/client-node': ['src/adapters/kubernetes/'],
  ssh2: ['src/adapters/ssh/', 'src/app/programs/agent/'],
  'dns-packet': ['src/adapters/dns/', 'src/app/programs/agent/'],
  'ffi-napi': ['src/adapters/tun/'],
  inversify: ['src/app/wiring/'],
  'reflect-metadata': ['src/app/wiring/'],
  commander: ['src/app/cli/'],
  pino: ['src/app/cli/'],
  zod: ['src/app/config/'],
  ws: ['src/adapters/kubernetes/'],
  yaml: ['src/app/config/', 'src/adapters/kubernetes/', 'src/app/cli/render-manifest.ts'],
};

/** One rule a package; tests of those folders mirror them and may know the same package. */
const vendorRules = Object.entries(vendorFolders).map(([name, folders]) => ({
  name: `vendor-packages-stay-in-their-folders: ${name}`,
  severity: 'error',
  from: { path: '^src/', pathNot: folders.map((folder) => `^${folder}`) },
  to: { path: `(^|node_modules/)(@types/)?${name}(/|$)` },
}));

module.exports = {
  forbidden: [
    {
      name: 'netstack-imports-only-itself',
      severity: 'error',
      from: { path: '^src/domain/netstack/' },
      to: { pathNot: '^src/domain/netstack/' },
    },
    {
      name: 'domain-imports-no-io',
      comment: 'No adapter, no app, no package, no Node module: what the domain needs comes in as arguments.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'adapters-never-import-siblings',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/(adapters|app)/', pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'use-cases-know-no-adapter',
      comment: 'Use cases import the domain only.',
      severity: 'error',
      from: { path: '^src/app/use-cases/' },
      to: { pathNot: '^src/(domain|app/use-cases)/' },
    },
    {
      name: 'only-wiring-knows-adapters',
      severity: 'error',
      from: { path: '^src/app/', pathNot: '^src/app/wiring/' },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'only-wiring-knows-inversify',
      severity: 'error',
      from: { path: '^(src|test|bench)/', pathNot: '^(src/app|test/app)/wiring/' },
      to: { path: '(^|node_modules/)(inversify|@inversifyjs|reflect-metadata)(/|$)' },
    },
    {
      name: 'agent-imports-domain-and-its-two-packages',
      comment: 'The agent runs in a pod: never an adapter, nor the rest of the app.',
      severity: 'error',
      from: { path: '^src/app/programs/agent/' },
      to: { path: '^src/', pathNot: '^src/(domain|app/programs/agent)/' },
    },
    {
      name: 'programs-never-import-each-other',
      severity: 'error',
      from: { path: '^src/app/programs/([^/]+)/' },
      to: { path: '^src/app/programs/', pathNot: '^src/app/programs/$1/' },
    },
    ...vendorRules,
    { name: 'src-never-imports-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|scripts)/' } },
    {
      name: 'src-never-imports-development-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '/@types/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.test\\.ts$', '^bench/', '^test/vectors/', '^test/e2e/support/(clients|pod)/'] },
      to: {},
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|native/build)/' },
    enhancedResolveOptions: { conditionNames: ['import', 'require', 'node', 'default', 'types'], exportsFields: ['exports'] },
  },
};
