// Names and sentences that several parts of the viewer say.
import type { Say } from '../lib/words';
import { Malformed, type Kind, type Part } from './document';
import type { Fault } from './fault';
import { Unanswered } from './line';

export function kindWords(kind: Kind, say: Say): string {
  switch (kind) {
    case 'upper':
      return say('上顎', 'Upper');
    case 'lower':
      return say('下顎', 'Lower');
    case 'bite':
      return say('咬合', 'Bite');
    case 'gum':
      return say('歯肉', 'Gum');
    case 'design':
      return say('設計', 'Design');
    case 'other':
      return say('その他', 'Other');
  }
}

/** A part as it is called in lists: kind, version, name. */
export const partWords = (part: Part, say: Say): string => `${kindWords(part.kind, say)} ${say(`第${part.version}版`, `v${part.version}`)} ${part.name}`;

export function faultWords(fault: Fault, say: Say): string {
  switch (fault) {
    case 'unreached':
      return say('サーバーから受け取れませんでした。', 'It could not be fetched.');
    case 'foreign':
      return say('表示用の形のデータとして読めません。', 'It is no level that can be read here.');
    case 'damaged':
      return say('データが壊れているため、表示しません。', 'It is damaged, and is not shown.');
    case 'announced':
      return say('一覧に書かれたものと中身が違うため、表示しません。', 'It is not what the list says, and is not shown.');
  }
}

/** Why nothing is shown at all. */
export function whyNot(error: unknown, say: Say): string {
  if (error instanceof Unanswered && (error.status === 401 || error.status === 403)) return say('サインインの期限が切れたか、このデータを見る権限がありません。ページを開き直してください。', 'Your session has ended, or you may not see these data. Open the page again.');
  if (error instanceof Unanswered && error.status === 404) return say('この技工のデータは見つかりません。', 'There are no such data.');
  if (error instanceof Malformed || error instanceof SyntaxError) return say('データの一覧が正しくないため、表示しません。技工所か医院の管理者に知らせてください。', 'The list of the data is not as it must be, so nothing is shown. Tell whoever is in charge.');
  return say('データの一覧を受け取れませんでした。通信を確かめて、ページを開き直してください。', 'The list could not be fetched. Check the network and open the page again.');
}

/** A length for the eye: hundredths of a millimetre are what a scanner can mean. */
export const mm = (length_mm: number): string => `${length_mm.toFixed(2)} mm`;
/** A deviation, with its side. */
export function signedMm(length_mm: number): string {
  const shown = Math.abs(length_mm).toFixed(3);
  return `${Number(shown) === 0 ? '±' : length_mm > 0 ? '+' : '−'}${shown} mm`;
}
/** The error of a level; none at all is worth saying. */
export const errorMm = (error_mm: number): string => (error_mm < 0.0005 ? '0 mm' : `${error_mm.toFixed(3)} mm`);

export function bytesWords(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
export const countWords = (count: number): string => count.toLocaleString('ja-JP');

/** When something was written, at the clinic's wall clock. */
export function whenWords(when: string, say: Say): string {
  const at = new Date(when);
  if (Number.isNaN(at.getTime())) return when;
  return at.toLocaleString(say('ja-JP', 'en-GB'), { timeZone: 'Asia/Tokyo', dateStyle: 'medium', timeStyle: 'short' });
}
