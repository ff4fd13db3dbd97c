/** The only places where the agent reaches into ssh2 1.17: what it needs and the package doesn't offer. */
import type { Socket } from 'node:net';
import type { Connection, RejectConnection, ServerChannel } from 'ssh2';
import type { SshChannel } from '../../../domain/protocol/channel-stream.ts';

interface ConnectionInternals {
  readonly _sock: Socket;
  readonly _protocol: { channelOpenFail: (recipient: number, reason: number, description?: string) => void };
}

/** The socket that carries the connection. */
export function transportOf(connection: Connection): Socket {
  return (connection as unknown as ConnectionInternals)._sock;
}

/**
 * Refuses a channel with a description (RFC 4254 §5.1). ssh2's `reject` frees the channel's number and then always sends an empty one,
 * so the sending method is covered while `reject` runs, which is synchronous.
 */
export function refuseChannel(connection: Connection, reject: RejectConnection, description: string): void {
  const protocol = (connection as unknown as ConnectionInternals)._protocol;
  const send = protocol.channelOpenFail;
  protocol.channelOpenFail = (recipient, reason) => send.call(protocol, recipient, reason, description);
  try {
    reject();
  } finally {
    protocol.channelOpenFail = send;
  }
}

/** ssh2's types leave the channel's states out. */
export function asSshChannel(channel: ServerChannel): SshChannel {
  return channel as unknown as SshChannel;
}
