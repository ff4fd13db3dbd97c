import type { ShopPage, Stock } from './shop-page.ts';

const counts: Stock = { kettle: 3, mug: 12, tea: 0 };

/** How many of each there are. */
export const stock: ShopPage = () => Promise.resolve({ type: 'application/json', body: `${JSON.stringify(counts)}\n` });
