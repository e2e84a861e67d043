// Names of persons and the letters they are written with. Japanese devices write three groups: Latin, kanji, kana.

export interface Name {
  latin: string;
  kanji: string;
  kana: string;
}

/** `TANAKA^HANAKO=田中^花子=たなか^はなこ` in its three groups. */
export function nameFrom(text: string): Name {
  const [latin = '', kanji = '', kana = ''] = text.split('=').map((group) => group.replaceAll('^', ' ').replace(/\s+/g, ' ').trim());
  return { latin, kanji, kana };
}

/** The three groups in the order in which a Japanese reader looks for them. */
export function nameLines(name: Name): string[] {
  return [name.kanji, name.kana, name.latin].filter((it) => it !== '');
}

/**
 * The browser's decoder for Specific Character Set (0008,0005).
 *
 * ISO 2022 IR 87 and IR 13 are what `iso-2022-jp` reads: it follows the escape sequences, and begins in ASCII as DICOM does.
 */
export function decoderFor(sets: readonly string[]): TextDecoder {
  const all = sets.map((it) => it.trim().toUpperCase());
  const has = (name: string) => all.some((it) => it.replace('ISO 2022 ', 'ISO_').replace('ISO_IR ', 'ISO_IR') === name || it === name);
  if (has('ISO_IR192')) return new TextDecoder('utf-8');
  if (all.includes('GB18030') || all.includes('GBK')) return new TextDecoder('gb18030');
  if (has('ISO_IR87') || all.length > 1) return new TextDecoder('iso-2022-jp');
  if (has('ISO_IR13')) return new TextDecoder('shift_jis');
  // Devices that say nothing and write kanji all the same do it in one of these two ways; ASCII is the same in both.
  return new TextDecoder(all.length === 0 || all[0] === '' ? 'iso-2022-jp' : 'windows-1252');
}
