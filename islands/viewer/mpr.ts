// Three planes through a body at right angles, which the reader tilts by the crosshairs (multi-planar reconstruction).
import { cache, Enums, type Types, utilities, volumeLoader } from '@cornerstonejs/core';

import { el } from '../lib/dom';
import type { Say } from '../lib/words';
import { scrollsByHand } from './drag';
import { imageId } from './images';
import { lettersOf, opposite } from './letters';
import { lossyBadge, scaleLength } from './overlay';
import type { Series } from './series';
import type { Study } from './study';
import type { Hands } from './tools';
import { minus, type Vector } from './vector';
import { rangeOf, type Window, windowOf } from './windows';

export type Slab = 'mean' | 'max';

const PLANES = [
  { orientation: Enums.OrientationAxis.AXIAL, ja: '軸位', en: 'Axial', colour: '#ff6b6b' },
  { orientation: Enums.OrientationAxis.SAGITTAL, ja: '矢状', en: 'Sagittal', colour: '#ffd43b' },
  { orientation: Enums.OrientationAxis.CORONAL, ja: '冠状', en: 'Coronal', colour: '#69db7c' },
] as const;

interface Plane {
  id: string;
  box: HTMLElement;
  stage: HTMLElement;
  how: HTMLElement;
  edges: HTMLElement[];
  bar: HTMLElement;
  barText: HTMLElement;
}

/** How the crosshairs are drawn: each line has the colour of the plane that it stands for. */
export function crosshairs(prefix: string): Record<string, unknown> {
  const colour = (id: string) => PLANES.find((_, place) => id === `${prefix}${place}`)?.colour ?? '#ffffff';
  return {
    getReferenceLineColor: colour,
    getReferenceLineControllable: () => true,
    getReferenceLineDraggableRotatable: () => true,
    getReferenceLineSlabThicknessControlsOn: () => false,
    viewportIndicators: false,
    mobile: { enabled: matchMedia('(pointer: coarse)').matches, opacity: 0.8, handleRadius: 12 },
  };
}

export class Mpr {
  readonly element = el('div', { class: 'hv-mpr', 'data-testid': 'mpr' });
  private readonly planes: Plane[] = [];
  private window_: Window | undefined;
  private inverted = false;

  constructor(
    private readonly engine: Types.IRenderingEngine,
    prefix: string,
    private readonly hands: Hands,
    private readonly say: Say,
    readonly study: Study,
    readonly series: Series,
  ) {
    const lossy = study.lossyIn(series);
    PLANES.forEach((plane, place) => {
      const stage = el('div', { class: 'hv-picture', oncontextmenu: (event: Event) => event.preventDefault() });
      const how = el('div', { class: 'hv-corner hv-bl' });
      const edges = ['left', 'right', 'top', 'bottom'].map((it) => el('span', { class: `hv-edge hv-edge-${it}` }));
      const bar = el('span', { class: 'hv-scale-bar' });
      const barText = el('span', {});
      const title = el('div', { class: 'hv-corner hv-tl' }, el('strong', {}, say(plane.ja, plane.en)));
      title.style.color = plane.colour;
      const over = el('div', { class: 'hv-over' }, title, how, el('div', { class: 'hv-corner hv-br' }, lossy && lossyBadge(lossy, say)), ...edges, el('div', { class: 'hv-scale' }, bar, barText));
      const box = el('section', { class: 'hv-pane', 'data-testid': `mpr-${place}`, 'aria-label': say(plane.ja, plane.en) }, stage, over);
      box.style.borderColor = plane.colour;
      this.planes.push({ id: `${prefix}${place}`, box, stage, how, edges, bar, barText });
      this.element.append(box);
    });
  }

  /** To be called when the element stands on the page and every picture of the series is there. */
  async open(window: Window): Promise<void> {
    const ids = this.series.frames.map((it) => imageId(this.study, it));
    const volume = `haruka-body:${this.series.uid}`;
    await volumeLoader.createAndCacheVolumeFromImages(volume, ids);
    this.planes.forEach((it, place) =>
      this.engine.enableElement({
        viewportId: it.id,
        type: Enums.ViewportType.ORTHOGRAPHIC,
        element: it.stage as HTMLDivElement,
        defaultOptions: { orientation: PLANES[place]!.orientation, background: [0, 0, 0] },
      }),
    );
    for (const it of this.planes) {
      await this.viewport(it).setVolumes([{ volumeId: volume }]);
      this.hands.add(it.id, this.engine.id);
      it.stage.addEventListener(Enums.Events.IMAGE_RENDERED, () => this.refresh(it));
      it.stage.addEventListener('wheel', (event) => this.wheeled(event, it), { passive: false });
      scrollsByHand(it.stage, () => this.hands.scrolls, () => ids.length, (by) => this.scroll(it, by));
    }
    this.hands.choose('Crosshairs');
    this.setWindow(window);
    // The first plane is drawn before the body is wholly with the graphics card, all in one grey; drawn again, it is right.
    for (let again = 0; again < 2; again += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      this.engine.renderViewports(this.planes.map((it) => it.id));
    }
  }

  close(): void {
    for (const it of this.planes) {
      this.hands.remove(it.id, this.engine.id);
      this.engine.disableElement(it.id);
    }
    cache.removeVolumeLoadObject(`haruka-body:${this.series.uid}`);
    this.element.remove();
  }

  setWindow(window: Window): void {
    this.window_ = window;
    for (const it of this.planes) this.viewport(it).setProperties({ voiRange: rangeOf(window), invert: this.inverted });
    this.engine.renderViewports(this.planes.map((it) => it.id));
  }

  invert(): void {
    this.inverted = !this.inverted;
    if (this.window_) this.setWindow(this.window_);
  }

  /** Every plane becomes a slab: its mean looks like a radiograph, its maximum shows metal and enamel. */
  setSlab(thickness_mm: number, how: Slab): void {
    const blend = how === 'mean' ? Enums.BlendModes.AVERAGE_INTENSITY_BLEND : Enums.BlendModes.MAXIMUM_INTENSITY_BLEND;
    for (const it of this.planes) {
      const viewport = this.viewport(it);
      viewport.setBlendMode(thickness_mm > 0 ? blend : Enums.BlendModes.COMPOSITE);
      if (thickness_mm > 0) viewport.setSlabThickness(thickness_mm);
      else viewport.resetSlabThickness();
      viewport.render();
    }
  }

  /** Upright planes through the middle again. */
  reset(): void {
    for (const it of this.planes) this.viewport(it).resetCamera({ resetPan: true, resetZoom: true, resetToCenter: true, resetRotation: true });
    const tool = this.hands.group.getToolInstance('Crosshairs') as { resetCrosshairs?: () => void } | undefined;
    tool?.resetCrosshairs?.();
    this.engine.renderViewports(this.planes.map((it) => it.id));
  }

  private viewport(plane: Plane): Types.IVolumeViewport {
    return this.engine.getViewport(plane.id) as Types.IVolumeViewport;
  }

  private wheeled(event: WheelEvent, plane: Plane): void {
    event.preventDefault();
    const viewport = this.viewport(plane);
    if (event.ctrlKey) {
      viewport.setZoom(viewport.getZoom() * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
      viewport.render();
    } else {
      this.scroll(plane, Math.sign(event.deltaY));
    }
  }

  private scroll(plane: Plane, delta: number): void {
    const viewport = this.viewport(plane);
    utilities.scroll(viewport as unknown as Parameters<typeof utilities.scroll>[0], { delta, volumeId: viewport.getVolumeId() });
  }

  private refresh(plane: Plane): void {
    const viewport = this.viewport(plane);
    const { clientWidth: width, clientHeight: height } = plane.stage;
    const at = (x: number, y: number) => viewport.canvasToWorld([x, y]) as unknown as Vector;
    const middle = at(width / 2, height / 2);
    const along = minus(at(width / 2 + 1, height / 2), middle);
    const [right, bottom] = [lettersOf(along), lettersOf(minus(at(width / 2, height / 2 + 1), middle))];
    const texts = [opposite(right), right, opposite(bottom), bottom];
    plane.edges.forEach((it, place) => (it.textContent = texts[place] ?? ''));
    const pixels_mm = 1 / Math.hypot(...along);
    const length_mm = scaleLength(width / 3 / pixels_mm);
    plane.bar.style.width = `${length_mm * pixels_mm}px`;
    plane.barText.textContent = `${length_mm} mm`;
    const voi = viewport.getProperties()?.voiRange;
    const slab_mm = viewport.getSlabThickness() ?? 0;
    const shown = voi ? windowOf(voi.lower, voi.upper) : undefined;
    plane.how.textContent = [shown ? `W ${Math.round(shown.width)} L ${Math.round(shown.centre)}` : '', slab_mm > 0.5 ? this.say(`厚さ ${slab_mm.toFixed(1)} mm`, `Slab ${slab_mm.toFixed(1)} mm`) : '', this.say('再構成像', 'Reconstructed')].filter((it) => it !== '').join('  ');
  }
}
