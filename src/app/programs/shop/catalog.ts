import type { Article, ShopPage } from './shop-page.ts';

const articles: readonly Article[] = [
  { name: 'kettle', price: 2490 },
  { name: 'mug', price: 750 },
  { name: 'tea', price: 420 },
];

/** What there is, and what it costs. */
export const catalog: ShopPage = () => Promise.resolve({ type: 'application/json', body: `${JSON.stringify(articles)}\n` });
