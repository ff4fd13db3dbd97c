import type { Article, ShopPage, Stock } from './shop-page.ts';

/** The shop itself: asks the other two by their short names, as services of one namespace do. */
export const web: ShopPage = async (ask) => {
  const [articles, counts] = await Promise.all([get<readonly Article[]>(ask, 'http://catalog'), get<Stock>(ask, 'http://stock')]);
  const lines = articles.map(
    ({ name, price }) => `${name.padEnd(8)}${(price / 100).toFixed(2).padStart(6)}  ${availability(counts[name])}`,
  );
  return { type: 'text/plain', body: `the shop\n${lines.join('\n')}\n` };
};

async function get<T>(ask: typeof fetch, url: string): Promise<T> {
  const response = await ask(url);
  return (await response.json()) as T;
}

function availability(count = 0): string {
  return count === 0 ? 'sold out' : `${count} in stock`;
}
