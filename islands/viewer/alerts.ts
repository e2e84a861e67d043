// What is not shown, and why: above the pictures, where nobody overlooks it.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import type { Refused } from './digests';
import { faultHelp, faultWords } from './words';

/** More lines than these are a list that nobody reads. */
const LINES_MAX = 50;

export class Alerts {
  readonly element = el('div', { class: 'hv-alerts', role: 'alert', 'data-testid': 'alerts' });
  private told = '';

  constructor(private readonly say: Say) {}

  /** Nothing is shown at all. */
  stop(words: string): void {
    put(this.element, el('p', { class: 'hv-alert' }, words));
  }

  /** Returns whether these are others than before. */
  show(refused: readonly Refused[]): boolean {
    const key = refused.map((it) => `${it.fault}${it.sop}`).join();
    if (key === this.told) return false;
    this.told = key;
    const { say } = this;
    const grave = refused.some((it) => faultHelp(it.fault, say) !== '');
    put(
      this.element,
      ...(refused.length === 0 ? [] : [
        el('p', { class: 'hv-alert' }, el('strong', {}, say(`表示しない画像が ${refused.length} 件あります。`, `${refused.length} image(s) are not shown.`)), grave ? ` ${faultHelp('changed', say)}` : ''),
        el('details', { open: refused.length <= 3 }, el('summary', {}, say('内容', 'Details')), el('ul', {}, ...refused.slice(0, LINES_MAX).map((it) => el('li', { 'data-testid': 'refused', 'data-fault': it.fault }, faultWords(it.fault, say), ' ', el('code', {}, it.sop))))),
      ]),
    );
    return true;
  }
}
