import type { AdditionalDataHolder } from '@microsoft/kiota-abstractions';

type Snake<Name> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : '';

/** The name of a field in JSON: their client renames fields that are TypeScript keywords, such as `default`. */
type InJson<Key> = Key extends `${infer Word}Escaped` ? Snake<Word> : Snake<Key>;

/** A model of their client, keyed by the JSON names of its fields. */
type Fields<Model> = {
  [Key in keyof Model as Key extends keyof AdditionalDataHolder ? never : InJson<Key>]-?: NonNullable<
    Model[Key]
  >;
};

/** One of our types without the index signature that lets unknown fields through. */
type Known<Type> = {
  [Key in keyof Type as string extends Key ? never : Key]-?: NonNullable<Type[Key]>;
};

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The types to compare, each pair under its own name: ours, theirs. */
type Pairs = Record<string, [unknown, unknown]>;

type IsPair<Ours, Theirs, All> = true extends {
  [Name in keyof All]: Equal<All[Name], [Ours, Theirs]>;
}[keyof All]
  ? true
  : false;

type Values<Ours, Theirs, Path extends string> = string extends Theirs
  ? string extends Ours
    ? never
    : `${Path}: any string is theirs`
  : string extends Ours
    ? `${Path}: any string is ours`
    : | `${Path}=${Exclude<Ours, Theirs> & string}: only ours`
      | `${Path}=${Exclude<Theirs, Ours> & string}: only theirs`;

type Within<Ours, Theirs, Path extends string, All> =
  IsPair<Ours, Theirs, All> extends true ? never : Between<Ours, Theirs, Path, All>;

type Between<Ours, Theirs, Path extends string, All> = [Ours, Theirs] extends [(infer Our)[], (infer Their)[]]
  ? Within<Our, Their, `${Path}[]`, All>
  : [Ours, Theirs] extends [string, string | Date]
    ? Values<Ours, Theirs extends Date ? string : Theirs, Path>
    : [Ours, Theirs] extends [object, object]
      ? Each<Known<Ours>, Fields<Theirs>, Path, All>
      : Equal<Ours, Theirs> extends true
        ? never
        : `${Path}: another type`;

type Each<Ours, Theirs, Path extends string, All> =
  | `${Path}.${Exclude<keyof Ours, keyof Theirs> & string}: only ours`
  | `${Path}.${Exclude<keyof Theirs, keyof Ours> & string}: only theirs`
  | {
      [Key in keyof Ours & keyof Theirs & string]: Within<Ours[Key], Theirs[Key], `${Path}.${Key}`, All>;
    }[keyof Ours & keyof Theirs & string];

/**
 * Every place where a type differs from its counterpart, such as `app.domains: only theirs`. Whether a field is
 * optional is not compared: all fields of their client are.
 */
export type Differences<All extends Pairs> = {
  [Name in keyof All & string]: Between<All[Name][0], All[Name][1], Name, All>;
}[keyof All & string];
