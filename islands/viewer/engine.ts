// Cornerstone, started once for the page: its rendering, its tools, our loader, and the workers that decode.
import * as core from '@cornerstonejs/core';
import * as tools from '@cornerstonejs/tools';

import { Refused } from './digests';
import { register } from './images';

/** More workers than this wait for the network, not for each other. */
const WORKERS_MAX = 4;

let started = false;

/** Starts what is shared by all viewers of a page. Throws when the browser cannot draw at all. */
export function start(): void {
  if (started) return;
  started = true;
  core.init({ rendering: { webGlContextCount: 1 } } as Parameters<typeof core.init>[0]);
  core.imageLoadPoolManager.setMaxSimultaneousRequests(core.Enums.RequestType.Interaction, 4);
  register();
  const cores = Math.floor((navigator.hardwareConcurrency || 2) / 2);
  core.getWebWorkerManager().registerWorker('dicomImageLoader', () => new Worker(new URL('./decode.ts', import.meta.url), { type: 'module' }), {
    maxWorkerInstances: Math.max(1, Math.min(WORKERS_MAX, cores)),
  });
  // Cornerstone's cache throws a refusal a second time, to nobody. It has been told on screen by then.
  window.addEventListener('unhandledrejection', (event) => event.reason instanceof Refused && event.preventDefault());
  tools.init();
  for (const tool of TOOLS) tools.addTool(tool);
  // Lines that can be read on bone and on air.
  tools.annotation.config.style.setDefaultToolStyles({
    ...tools.annotation.config.style.getDefaultToolStyles(),
    global: {
      ...tools.annotation.config.style.getDefaultToolStyles().global,
      color: 'rgb(255, 214, 64)',
      colorHighlighted: 'rgb(120, 255, 160)',
      colorSelected: 'rgb(120, 255, 160)',
      lineWidth: '2',
      textBoxFontFamily: 'sans-serif',
      textBoxFontSize: '15px',
      textBoxColor: 'rgb(255, 224, 120)',
      textBoxColorHighlighted: 'rgb(160, 255, 190)',
      textBoxColorSelected: 'rgb(160, 255, 190)',
    },
  });
}

export const TOOLS = [
  tools.WindowLevelTool,
  tools.PanTool,
  tools.ZoomTool,
  tools.LengthTool,
  tools.AngleTool,
  tools.EllipticalROITool,
  tools.RectangleROITool,
  tools.PlanarFreehandROITool,
  tools.ProbeTool,
  tools.ArrowAnnotateTool,
  tools.CrosshairsTool,
] as const;
