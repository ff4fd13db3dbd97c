import { expect, it } from 'vitest';
import { catalog } from '../../../../src/app/programs/shop/catalog.ts';
import type { ShopPage } from '../../../../src/app/programs/shop/shop-page.ts';
import { stock } from '../../../../src/app/programs/shop/stock.ts';
import { web } from '../../../../src/app/programs/shop/web.ts';

const services: Readonly<Record<string, ShopPage>> = { 'http://catalog': catalog, 'http://stock': stock };

it('asks the other two by their short names', async () => {
  const ask = async (url: string): Promise<Response> => new Response((await services[url]?.(fetch))?.body);
  await expect(web(ask as typeof fetch)).resolves.toEqual({
    type: 'text/plain',
    body: 'the shop\nkettle   24.90  3 in stock\nmug       7.50  12 in stock\ntea       4.20  sold out\n',
  });
});
