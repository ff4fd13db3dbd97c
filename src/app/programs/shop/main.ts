/** One service of the playground's sample shop: `shop.cjs web|catalog|stock`, on the port PORT. As plain as a service can be: HTTP and short names. */
import { createServer } from 'node:http';
import { catalog } from './catalog.ts';
import { stock } from './stock.ts';
import type { ShopPage } from './shop-page.ts';
import { web } from './web.ts';

const pages: Readonly<Record<string, ShopPage>> = { web, catalog, stock };

const name = process.argv[2] ?? '';
const page = pages[name];
if (!page) {
  process.stderr.write(`shop: no service ${name}\n`);
  process.exit(2);
}

// Ctrl-C in the playground's terminal reaches its pods, too; the playground itself ends them.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit(0));

const server = createServer((request, response) => {
  process.stdout.write(`${request.method ?? ''} ${request.url ?? ''}\n`);
  void page(fetch)
    .catch((error: unknown) => ({ status: 502, type: 'text/plain', body: `${name}: ${String(error)}\n` }))
    .then(({ status = 200, type, body }) => response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body));
});
server.listen(Number(process.env['PORT'] ?? 8080));
