import type { PlaygroundPort, RunningPlayground } from '../../../domain/playground/playground-port.ts';
import { shopNamespace, shopServices } from '../../../domain/playground/sample-shop.ts';
import { PlaygroundServer, type PlaygroundServerParts } from './playground-server.ts';

/** Playgrounds of this machine, with the sample shop. */
export class LocalPlayground implements PlaygroundPort {
  readonly #parts: PlaygroundServerParts;
  readonly #shopProgram: string;

  /** @param shopProgram - path of the shop's bundled JavaScript file */
  constructor(parts: PlaygroundServerParts, shopProgram: string) {
    this.#parts = parts;
    this.#shopProgram = shopProgram;
  }

  async start(): Promise<RunningPlayground> {
    const server = await PlaygroundServer.start(this.#parts);
    try {
      await server.startShop(this.#shopProgram);
    } catch (error) {
      await server.close();
      throw error;
    }
    return {
      services: shopServices.map((service) => {
        const address = server.objects.get('Service', shopNamespace, service.name).clusterIp.toString();
        return { ...service, address };
      }),
      close: () => server.close(),
    };
  }
}
