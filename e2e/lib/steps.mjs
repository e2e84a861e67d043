// Journeys of several parts.

import { join } from 'node:path';
import { test } from 'node:test';

import { out } from './place.mjs';

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
        for (const { name: who, page } of ward.people) await page.screenshot({ path: join(out, `failed-${who}.png`), fullPage: true }).catch(() => undefined);
        throw error;
      }
    });
}
