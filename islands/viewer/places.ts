// Where a place that somebody else names lies among the pictures of this viewer.
import type { Pointing } from '../lib/wire';
import type { Frame } from './frame';
import type { Series } from './series';

interface Pictures {
  uid: string;
  series: readonly Series[];
}

/** Whether `place` lies in this picture. */
export const lies = (place: Pointing, frame: Frame): boolean => frame.sop === place.instance && frame.frame === place.frame;

/** The study, the series and the position in it; none when this viewer does not have the picture. */
export function found<T extends Pictures>(studies: readonly T[], place: Pointing): { study: T; series: Series; at: number } | undefined {
  const study = studies.find((it) => it.uid === place.study);
  const series = study?.series.find((it) => it.uid === place.series);
  const at = series?.frames.findIndex((it) => lies(place, it)) ?? -1;
  return study && series && at >= 0 ? { study, series, at } : undefined;
}
