import { useEffect, useState } from 'preact/hooks';

/** Whether a media query of style sheets holds, such as `(prefers-color-scheme: dark)`. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const onChange = () => setHolds(list.matches);
    list.addEventListener('change', onChange);
    return () => list.removeEventListener('change', onChange);
  }, [query]);
  return holds;
}

/** Whether there is no room for more than two columns; the content of the others then goes below the first one. */
export function useNarrow(): boolean {
  return useMedia('(width < 48rem)');
}
