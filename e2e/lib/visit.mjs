// What holds for every page: axe finds nothing, nothing sticks out sideways on a phone, no script fails, and a picture
// of it lies in `e2e/out` for a person to look at.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { pictures } from './place.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 800 };

/** Collects what goes wrong in `page` without anybody looking: script errors and refusals by the content policy. */
export function watch(page, troubles) {
  page.on('pageerror', (error) => troubles.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content.Security.Policy|Refused to/i.test(message.text())) troubles.push(`${page.url()}: ${message.text()}`);
  });
}

/** What axe says about the page as it is now, one line for each rule. */
export async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map((it) => `${it.id}: ${it.help} – ${it.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`);
}

/**
 * Looks at the page as a visitor with a phone and one with a desk would, and fails on what would keep somebody out.
 *
 * The page keeps its state: only the width of the window changes, and changes back.
 */
export async function visit(page, name) {
  const before = page.viewportSize() ?? DESK;
  const found = [];
  for (const [width, size] of [[360, PHONE], [1280, DESK]]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: join(pictures(), `${name}-${width}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) found.push(`sticks out by ${wide} px at ${width} px`);
    for (const line of await axe(page)) found.push(`${line} (at ${width} px)`);
  }
  await page.setViewportSize(before);
  if (found.length > 0) throw new Error(`${name} (${page.url()}):\n  ${found.join('\n  ')}`);
}
