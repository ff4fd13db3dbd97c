/** One service of the sample shop: a Service, and one pod behind it. */
export interface ShopService {
  /** Also the word that its program is started with. */
  readonly name: 'web' | 'catalog' | 'stock';
  /** For people. */
  readonly about: string;
}

/** The shop's namespace. */
export const shopNamespace = 'shop';

/** Port of each of its Services, and the pods' port that it leads to. */
export const shopPorts = { service: 80, pod: 8080 } as const;

/** In the order in which they need each other. */
export const shopServices: readonly ShopService[] = [
  { name: 'stock', about: 'how many of each there are' },
  { name: 'catalog', about: 'what there is, and what it costs' },
  { name: 'web', about: 'the shop: asks the other two by their short names' },
];

/** Namespaces that a playground has. */
export const playgroundNamespaces: readonly string[] = ['default', shopNamespace];
