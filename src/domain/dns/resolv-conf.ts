/** The parts of a resolv.conf that matter here (resolv.conf(5)). */
export interface ResolvConf {
  readonly nameservers: readonly string[];
  /** In lower case, without the last dot; the root is the empty string. */
  readonly search: readonly string[];
  /** As written: `ndots:5`. */
  readonly options: readonly string[];
}

/** Reads what resolvers read: the last `search` or `domain` line wins, comments and unknown lines are passed over. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const options: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword = '', ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0]) nameservers.push(values[0]);
    else if (keyword === 'search' || keyword === 'domain') search = keyword === 'domain' ? values.slice(0, 1) : values;
    else if (keyword === 'options') options.push(...values);
  }
  return { nameservers, search: search.map((domain) => domain.replace(/\.$/, '').toLowerCase()), options };
}

/** The child's file: the pod's search path and options, asked of `nameserver`. */
export function childResolvConf(pod: ResolvConf, nameserver: string): string {
  const lines = [`nameserver ${nameserver}`];
  if (pod.search.length > 0) lines.push(`search ${pod.search.map((domain) => domain || '.').join(' ')}`);
  if (pod.options.length > 0) lines.push(`options ${pod.options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/** The child's hosts file: the pod's, hostAliases included, and the laptop under its fixed name. */
export function childHosts(podHosts: string, host: { readonly name: string; readonly address: string }): string {
  const own = podHosts.endsWith('\n') || podHosts === '' ? podHosts : `${podHosts}\n`;
  return `${own}# Added by inpod: the machine that the process runs on.\n${host.address}\t${host.name}\n`;
}
