// What the mouse and the fingers do on a picture.
import { Enums, ToolGroupManager, type Types } from '@cornerstonejs/tools';

import { TOOLS } from './engine';

const { MouseBindings } = Enums;

export interface Tool {
  /** Cornerstone's name for it. */
  name: string;
  ja: string;
  en: string;
  key: string;
  /** It leaves a mark on the picture. */
  marks: boolean;
}

export const CHOICES: readonly Tool[] = [
  { name: 'WindowLevel', ja: '階調', en: 'Window', key: 'w', marks: false },
  { name: 'Scroll', ja: 'スクロール', en: 'Scroll', key: 's', marks: false },
  { name: 'Pan', ja: '移動', en: 'Pan', key: 'p', marks: false },
  { name: 'Zoom', ja: '拡大', en: 'Zoom', key: 'z', marks: false },
  { name: 'Length', ja: '距離', en: 'Length', key: 'd', marks: true },
  { name: 'Angle', ja: '角度', en: 'Angle', key: 'a', marks: true },
  { name: 'EllipticalROI', ja: '楕円', en: 'Ellipse', key: 'e', marks: true },
  { name: 'PlanarFreehandROI', ja: '面積', en: 'Area', key: 'f', marks: true },
  { name: 'Probe', ja: 'CT値', en: 'Value', key: 'u', marks: true },
  { name: 'ArrowAnnotate', ja: '矢印', en: 'Arrow', key: 't', marks: true },
];

/** Scrolls: no tool of Cornerstone's, because a pane must know what it shows (see `drag.ts`). */
export const SCROLL = 'Scroll';
/** Two fingers at once, whatever one finger does. */
const PINCH = 'Pinch';

/** The tools of some panes; `ask` is how an arrow gets its words. */
export class Hands {
  readonly group: Types.IToolGroup;
  private chosen = 'WindowLevel';

  constructor(
    readonly id: string,
    ask: (say: (text: string) => void) => void,
    crosshairs?: Record<string, unknown>,
  ) {
    const group = ToolGroupManager.createToolGroup(id);
    if (!group) throw new TypeError(`tools ${id} are there already`);
    this.group = group;
    for (const tool of TOOLS) {
      if (tool.toolName === 'Crosshairs' && !crosshairs) continue;
      const settings = tool.toolName === 'Crosshairs' ? crosshairs : tool.toolName === 'Zoom' ? { pinchToZoom: false } : tool.toolName === 'ArrowAnnotate' ? { getTextCallback: ask, changeTextCallback: (_: unknown, __: unknown, say: (text: string) => void) => ask(say) } : {};
      group.addTool(tool.toolName, settings);
    }
    group.addToolInstance(PINCH, 'Zoom', { pinchToZoom: true, pan: true });
    group.setToolActive(PINCH, { bindings: [{ numTouchPoints: 2 }] });
    for (const it of CHOICES) if (it.marks) group.setToolPassive(it.name);
    this.choose(this.chosen);
  }

  add(viewport: string, engine: string): void {
    this.group.addViewport(viewport, engine);
  }

  remove(viewport: string, engine: string): void {
    this.group.removeViewports(engine, viewport);
  }

  /** The first button and one finger do `name`; the middle button moves, the right one enlarges, two fingers do both. */
  choose(name: string): void {
    const { group } = this;
    const before = CHOICES.find((it) => it.name === this.chosen);
    if (before?.marks) group.setToolPassive(before.name);
    else if (this.chosen !== SCROLL) group.setToolDisabled(this.chosen);
    this.chosen = name;
    for (const [tool, button] of [['Pan', MouseBindings.Auxiliary], ['Zoom', MouseBindings.Secondary]] as const) {
      const bindings: Types.IToolBinding[] = [{ mouseButton: button }];
      if (tool === name) bindings.push({ mouseButton: MouseBindings.Primary }, { numTouchPoints: 1 });
      group.setToolActive(tool, { bindings });
    }
    if (name !== 'Pan' && name !== 'Zoom' && name !== SCROLL) group.setToolActive(name, { bindings: [{ mouseButton: MouseBindings.Primary }, { numTouchPoints: 1 }] });
  }

  /** Whether a hand scrolls. */
  get scrolls(): boolean {
    return this.chosen === SCROLL;
  }

  close(): void {
    ToolGroupManager.destroyToolGroup(this.id);
  }
}
