// The list of series, of this study and of earlier ones.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import { imageId, picture } from './images';
import { day } from './overlay';
import type { Series } from './series';
import type { Study } from './study';
import { drawThumbnail } from './thumbnail';

export class SeriesList {
  readonly element: HTMLElement;
  private readonly buttons = new Map<string, HTMLButtonElement>();

  constructor(
    private readonly say: Say,
    private readonly open: (study: Study, series: Series) => void,
  ) {
    this.element = el('nav', { class: 'hv-list', 'aria-label': say('シリーズ', 'Series') });
  }

  /** Adds a study; `label` says which it is. */
  add(study: Study, label: string): void {
    const { say } = this;
    const list = el('ul', {});
    for (const series of study.series) {
      const count = series.frames.length;
      const canvas = el('canvas', { width: 88, height: 88, 'aria-hidden': 'true' });
      const words = [`${series.number}. ${series.modality}`, series.words, count > 0 ? say(`${count} 枚`, `${count} images`) : say('画像以外', 'No images')];
      if (study.lossyIn(series)) words.push(say('非可逆圧縮', 'Lossy'));
      const button = el('button', { type: 'button', class: 'hv-series', 'data-testid': 'series', 'data-series': series.uid, disabled: count === 0, onclick: () => this.open(study, series) }, canvas, el('span', {}, ...words.filter((it) => it !== '').map((it) => el('span', {}, it))));
      this.buttons.set(series.uid, button);
      list.append(el('li', {}, button));
    }
    const about = study.about;
    this.element.append(el('h2', {}, label, el('small', {}, [about ? day(about.studyDate, say) : '', about?.studyWords ?? ''].join(' '))), list);
  }

  /** Small pictures, one after the other, after everything that is waited for. */
  async thumbnails(study: Study): Promise<void> {
    for (const series of study.series) {
      const frame = series.frames[Math.floor(series.frames.length / 2)];
      const canvas = this.buttons.get(series.uid)?.querySelector('canvas');
      if (!frame || !canvas) continue;
      const image = await picture(imageId(study, frame)).catch(() => undefined);
      if (image) drawThumbnail(canvas, image, frame);
      else canvas.classList.add('hv-no-picture');
    }
  }

  /** Marks what is open on the stage, and what is wrong. */
  mark(open: readonly string[], wrong: (series: string) => boolean): void {
    for (const [uid, button] of this.buttons) {
      button.setAttribute('aria-current', String(open.includes(uid)));
      button.classList.toggle('hv-series-wrong', wrong(uid));
    }
  }

  clear(): void {
    this.buttons.clear();
    put(this.element);
  }
}
