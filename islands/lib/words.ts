// Japanese first, English by switch; both stand side by side where they are used.

export type Lang = 'ja' | 'en';
export interface Words {
  readonly ja: string;
  readonly en: string;
}
/** Picks one of two sentences: `t('予約', 'Booking')`. */
export type Say = (ja: string, en: string) => string;

/** The language of `element`: its own `lang`, or the nearest one above. */
export function langOf(element: Element): Lang {
  const tag = element.closest('[lang]')?.getAttribute('lang') ?? 'ja';
  return tag.toLowerCase().startsWith('en') ? 'en' : 'ja';
}

export function sayIn(lang: Lang): Say {
  return (ja, en) => (lang === 'en' ? en : ja);
}
