/** The object without the named fields. */
export function omit<T extends object, K extends PropertyKey>(value: T, fields: readonly K[]): Omit<T, K> {
  const unwanted: readonly PropertyKey[] = fields;
  return Object.fromEntries(Object.entries(value).filter(([field]) => !unwanted.includes(field))) as Omit<
    T,
    K
  >;
}
