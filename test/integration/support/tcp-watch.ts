import { TcpLayer } from '../../../src/domain/netstack/tcp/tcp-layer.ts';

/** What the TCP of this process's one stack holds. A packet path keeps its stack to itself, so it is seen each time that it emits. */
export class TcpWatch {
  /** Connections and pending opens that there were at once, at most. */
  mostFlows = 0;
  #layer: TcpLayer | undefined;

  constructor() {
    const { emit } = TcpLayer.prototype;
    const seen = (layer: TcpLayer): void => {
      this.#layer = layer;
      this.mostFlows = Math.max(this.mostFlows, layer.flowCount);
    };
    TcpLayer.prototype.emit = function (this: TcpLayer, now): void {
      seen(this);
      emit.call(this, now);
    };
  }

  get flows(): number {
    return this.#layer?.flowCount ?? 0;
  }

  /** Opens that were given up for others. */
  get opensEvicted(): number {
    return this.#layer?.counters.tcpOpensEvicted ?? 0;
  }
}
