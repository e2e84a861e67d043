// What every page gains from script, and works without: forms that are sent once and not lost by mistake, faults that are
// found at once, parts that stay fresh, texts that are copied by a button. Nothing is kept in the browser.

import { Copy } from './copy';
import { watchForms } from './forms';
import { Keep } from './keep';
import { Live } from './live';

watchForms();
customElements.define('haruka-live', Live);
customElements.define('haruka-copy', Copy);
customElements.define('haruka-keep', Keep);

// What is folded on the screen is unfolded on paper.
let folded: HTMLDetailsElement[] = [];
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
  for (const it of folded) it.open = true;
});
addEventListener('afterprint', () => {
  for (const it of folded) it.open = false;
});
