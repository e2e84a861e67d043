// A person without a mouse: Tab, Enter, Space and the arrows, and an eye on where the focus is.

import assert from 'node:assert/strict';

/** More Tabs than any page of ours has places. */
const TABS_MAX = 150;

/** Presses Tab until `target` has the focus, which must be there to be seen. */
export async function tabTo(page, target) {
  await target.first().waitFor();
  for (let tab = 0; tab < TABS_MAX; tab += 1) {
    if (await target.first().evaluate((it) => it === document.activeElement)) {
      const seen = await target.first().evaluate((it) => {
        const style = getComputedStyle(it);
        const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
        const box = it.getBoundingClientRect();
        return it.matches(':focus-visible') && (ring || style.boxShadow !== 'none') && box.bottom > 0 && box.top < innerHeight;
      });
      assert.ok(seen, `the focus is not to be seen: ${await target.first().evaluate((it) => it.outerHTML.slice(0, 120))}`);
      return;
    }
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab never came to ${target}`);
}

/** Goes to `target` and presses `key`. */
export async function press(page, target, key = 'Enter') {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Goes to a field and types. */
export async function type(page, target, text) {
  await tabTo(page, target);
  await page.keyboard.type(text);
}

/** Picks an answer of a group: Tab leads to the group, arrows within it, Space takes the first. */
export async function pick(page, group, answer) {
  const all = group.getByRole('radio');
  await tabTo(page, all);
  await page.keyboard.press('Space');
  for (let arrow = 0; arrow < (await all.count()); arrow += 1) {
    if (await group.getByLabel(answer, { exact: true }).isChecked()) return;
    await page.keyboard.press('ArrowDown');
  }
  assert.fail(`no answer ${answer}`);
}
