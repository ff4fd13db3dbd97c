/** What a service of the shop answers. */
export interface ShopReply {
  /** 200 where it isn't told. */
  readonly status?: number;
  readonly type: 'text/plain' | 'application/json';
  readonly body: string;
}

/** Answers every request alike. @param ask - `fetch`, or a test's */
export type ShopPage = (ask: typeof fetch) => Promise<ShopReply>;

/** One thing that the shop sells. */
export interface Article {
  readonly name: string;
  /** In cents. */
  readonly price: number;
}

/** Numbers of articles in stock, by name. */
export type Stock = Readonly<Record<string, number>>;
