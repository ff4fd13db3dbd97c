/** A change of this machine as a whole that a backend makes: enough to undo it by, nothing secret. What another backend changes is another kind. */
export type MachineChange = {
  /** What redirects connections and questions to the ports on which an sshuttle listens. */
  readonly kind: 'sshuttle-rules';
  readonly method: 'nft' | 'nat';
  /** On which it listens, by TCP: the rules are named after it. */
  readonly port: number;
  /** Whether it has rules for IPv6 too. */
  readonly ipv6: boolean;
};

/** What tells one change from every other. */
export function machineChangeKey({ kind, method, port }: MachineChange): string {
  return `${kind}/${method}/${port}`;
}

/** Who keeps in mind what is changed, for the case that this process can't undo it. */
export interface MachineChanges {
  /** Before the change: durable when it resolves. @throws HostError `STATE_UNWRITABLE` */
  intend(change: MachineChange): Promise<void>;
  /** It is undone, or was never made. @throws HostError `STATE_UNWRITABLE` */
  undone(change: MachineChange): Promise<void>;
}
