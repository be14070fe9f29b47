import * as z from 'zod';
import { parseInput } from './input.js';

const whole = (minimum: number, maximum: number, ifAbsent: number) =>
  z.coerce.number().int().min(minimum).max(maximum).default(ifAbsent);

const pageQuery = z.object({
  page: whole(0, Number.MAX_SAFE_INTEGER, 1).transform((page) => Math.max(page, 1)),
  per_page: whole(1, 200, 20),
});

interface Page<T> {
  items: T[];
  links: { pages: Partial<Record<'first' | 'prev' | 'next' | 'last', string>> };
  meta: { total: number };
}

/**
 * One page of a list: page 0 is page 1, 20 a page by default, 200 at most. The links ask for the same with another page.
 * @param url of the list, without its query
 */
export function pageOf<T>(all: readonly T[], query: unknown, url: string): Page<T> {
  const { page, per_page: size } = parseInput(pageQuery, query);
  const last = Math.max(1, Math.ceil(all.length / size));
  const filters = Object.entries(query as Record<string, string | string[]>).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  const link = (number: number) => {
    const search = new URLSearchParams(filters);
    search.set('page', String(number));
    search.set('per_page', String(size));
    return `${url}?${search}`;
  };
  return {
    items: all.slice((page - 1) * size, page * size),
    links: {
      pages: {
        ...(page > 1 && { first: link(1), prev: link(page - 1) }),
        ...(page < last && { next: link(page + 1), last: link(last) }),
      },
    },
    meta: { total: all.length },
  };
}
