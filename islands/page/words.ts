// The few words that only script says. All others come from the server in attributes.

/** The one of the two that fits the page. */
export function t(ja: string, en: string): string {
  return document.documentElement.lang === 'en' ? en : ja;
}
