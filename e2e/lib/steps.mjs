// Journeys of several parts.

import { join } from 'node:path';
import { test } from 'node:test';

import { out } from './place.mjs';

/** Letters of a page that are told when a step fails: where only the log is kept, the pictures are gone. */
const TOLD = 1_500;

async function failed({ name, page }) {
  await page.screenshot({ path: join(out, `failed-${name}.png`), fullPage: true }).catch(() => undefined);
  const text = await page.locator('main').innerText({ timeout: 2_000 }).catch((error) => error.message);
  console.log(`${name} at ${page.url()}:\n${text.replace(/\s+/g, ' ').slice(0, TOLD)}`);
}

/**
 * A `step(name, act)` for a journey whose `ward` knows its `people`. Each goes on where the one before ended, so after a
 * failure the others would only fail too.
 */
export function steps(ward) {
  return (name, act) =>
    test(name, async (t) => {
      if (ward.failed) return t.skip(`after: ${ward.failed}`);
      try {
        await act();
      } catch (error) {
        ward.failed = name;
        for (const person of ward.people) await failed(person);
        throw error;
      }
    });
}
