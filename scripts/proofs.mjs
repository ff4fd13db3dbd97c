// What a whole run must have proved: of each kind at least one test passed. A suite that was skipped proves nothing.

/** By the test's file, and where that doesn't say it, by its full name. */
export const kinds = [
  { kind: 'unit', file: /(?<!\.(netns|e2e|machine))\.test\.ts$/ },
  { kind: 'integration', file: /\.netns\.test\.ts$/ },
  { kind: 'end-to-end', file: /\.e2e\.test\.ts$/ },
  { kind: 'rootless integration', file: /\.netns\.test\.ts$/, name: /\b(ordinary user|rootless)\b/i },
  { kind: 'rootless end-to-end', file: /\.e2e\.test\.ts$/, name: /\b(ordinary user|rootless)\b/i },
  {
    kind: 'conformance of tun as an ordinary user',
    file: /\.netns\.test\.ts$/,
    name: /ordinary user.* TunTunnel as a TunnelPort .*usable/,
  },
  { kind: 'conformance of torsocks', file: /\.netns\.test\.ts$/, name: /TorsocksTunnel as a TunnelPort .*usable/ },
  { kind: 'end-to-end of torsocks', file: /\/torsocks\.e2e\.test\.ts$/ },
  { kind: 'whole machine', file: /\.machine\.test\.ts$/ },
  { kind: 'conformance of sshuttle', file: /\.machine\.test\.ts$/, name: /SshuttleTunnel as a TunnelPort .*usable/ },
  { kind: 'end-to-end of sshuttle', file: /\/sshuttle\.e2e\.test\.ts$/, name: /as root, on a machine of its own/ },
  { kind: 'comparison of names', file: /\/names-comparison\.e2e\.test\.ts$/, name: /^(?!.*sshuttle)/ },
  { kind: "comparison of sshuttle's names", file: /\/names-comparison\.e2e\.test\.ts$/, name: /\bsshuttle\b/ },
];

/**
 * @param testResults - of vitest's JSON report, one a file
 * @returns of each kind how many tests passed
 */
export function countProofs(testResults) {
  const passed = testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => ({ file, fullName })),
  );
  return kinds.map(({ kind, file, name = /^/ }) => ({
    kind,
    count: passed.filter((test) => file.test(test.file) && name.test(test.fullName)).length,
  }));
}
