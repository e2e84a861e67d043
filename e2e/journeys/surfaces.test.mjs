// DL-23: the viewer of scans and designs against a server that can lie (islands/mesh/tests/look.mjs): shapes whose measures are
// known are shown, measured, cut, compared and written on; with mouse, keyboard and fingers; on a desk, a tablet and a phone.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Look } from '../../islands/mesh/tests/look.mjs';
import { Person } from '../lib/browsers.mjs';
import { freePort, pictures, until } from '../lib/place.mjs';
import { axe } from '../lib/visit.mjs';

const PATIENCE_MS = 90_000;
let look;
let base;
let maker;
let fingers;
before(async () => {
  look = new Look();
  base = await look.start(await freePort());
  maker = await Person.open('maker', { baseURL: base, draws: true });
  await maker.page.setViewportSize({ width: 1280, height: 800 });
});
after(async () => {
  await maker?.close();
  await fingers?.close();
  look?.stop();
});

const open = async (page, address = '/') => {
  look.asked = [];
  await page.goto(address);
  await page.locator('haruka-mesh[data-whole]').waitFor({ timeout: PATIENCE_MS });
};
const id = (page, name) => page.locator(`[data-testid="${name}"]`);
const part = (page, file, name) => page.locator(`[data-file="${file}"] [data-testid="${name}"]`);
const says = (page, words) => until(`it says ${words}`, async () => words.test(await id(page, 'live').innerText()), PATIENCE_MS);
const picture = (page, name) => page.screenshot({ path: join(pictures(), `surfaces-${name}.png`), timeout: PATIENCE_MS });
/** A place of the picture, as shares of its width and height. */
const at = async (page, x, y) => {
  const box = await id(page, 'stage').boundingBox();
  return [box.x + box.width * x, box.y + box.height * y];
};

test('a small form of everything comes first, the whole after it, and nothing but forms made for looking', async () => {
  const { page } = maker;
  await open(page);
  const levels = look.asked.filter((it) => it.startsWith('/levels/'));
  const shown = ['upper', 'lower2', 'crown2'];
  assert.deepEqual(levels.slice(0, 3).map((it) => it.split('/')[2]).sort(), [...shown].sort(), 'first what is shown');
  assert.ok(levels.slice(0, 3).every((it) => it.endsWith('/0')), `small ones first: ${levels}`);
  for (const file of shown) assert.equal(await part(page, file, 'level').getAttribute('data-triangles'), String(look.parts.find((it) => it.file === file).levels.at(-1).triangles));
  for (const file of ['lower', 'crown1']) assert.ok(!levels.includes(`/levels/${file}/1`), 'what is hidden waits');
  const known = ['/', '/list', '/look.css', '/mesh.css', '/mesh.js', '/favicon.ico'];
  assert.deepEqual(look.asked.filter((it) => !known.includes(it) && !it.startsWith('/levels/') && !it.startsWith('/decode-')), []);
  assert.match(await part(page, 'lower', 'level').innerText(), /三角形 [\d,]+・\d+ KB・誤差 約 0\.\d{3} mm/);
  assert.match(await id(page, 'original').innerText(), /加工には、届いたままの元のデータだけを使います/);
  await picture(page, 'desk');
  assert.deepEqual(await axe(page), []);
  // An earlier version comes when somebody wants to see it, and goes when not.
  await part(page, 'lower', 'show').check();
  await until('the whole of the earlier scan', async () => Number(await part(page, 'lower', 'level').getAttribute('data-triangles')) > 100_000, PATIENCE_MS);
  await part(page, 'lower', 'show').uncheck();
  await part(page, 'upper', 'opacity').fill('40');
  await part(page, 'upper', 'paint').selectOption('scanned');
  await picture(page, 'clear');
});

test('a wall is as thick as it was made, and a distance is told with the error of its form', async () => {
  const { page } = maker;
  await part(page, 'crown2', 'only').click();
  await id(page, 'view').selectOption('above');
  await id(page, 'whole').click();
  await id(page, 'tool-thickness').click();
  await page.mouse.click(...(await at(page, 0.5, 0.5)));
  await says(page, /厚さ 1\.1\d mm\(形の誤差 約 0 mm\)/);
  await id(page, 'tool-distance').click();
  await page.mouse.click(...(await at(page, 0.46, 0.5)));
  await says(page, /1点目を置きました/);
  await page.mouse.click(...(await at(page, 0.54, 0.5)));
  await says(page, /^距離 \d+\.\d\d mm/);
  assert.equal(await id(page, 'marks').locator('li').count(), 2);
  await picture(page, 'measured');
  // Beside the crown there is nothing, and that is said.
  await page.mouse.click(...(await at(page, 0.02, 0.02)));
  await says(page, /面がありません/);
  await id(page, 'marks-clear').click();
  assert.equal(await id(page, 'marks').isHidden(), true);
});

test('two versions are compared: colours, a scale in mm, and what it comes to', async () => {
  const { page } = maker;
  await id(page, 'heat').click();
  assert.equal(await id(page, 'heat-of').inputValue(), 'crown2');
  assert.equal(await id(page, 'heat-to').inputValue(), 'crown1');
  await id(page, 'heat-go').click();
  await says(page, /面積の95%は 0\.1\d\d mm以内の差です/);
  assert.equal(await id(page, 'heat-scale').inputValue(), '0.2');
  assert.match(await id(page, 'legend').innerText(), /差\(mm\)[\s\S]*\+0\.20[\s\S]*−0\.20[\s\S]*外側/);
  assert.match(await id(page, 'heating').innerText(), /外側の最大\s+\+0\.1[6-9]\d mm/);
  // What was compared is the finest form of both, also of the one that is not shown.
  assert.equal(await part(page, 'crown1', 'level').getAttribute('data-triangles'), String(look.parts.find((it) => it.file === 'crown1').levels.at(-1).triangles));
  await id(page, 'tool-probe').click();
  await page.mouse.click(...(await at(page, 0.46, 0.54)));
  await says(page, /^差 [+−±]0\.0\d\d mm/);
  await picture(page, 'compared');
  assert.deepEqual(await axe(page), []);
  await id(page, 'heat-scale').selectOption('0.05');
  await until('the other scale', async () => /\+0\.050/.test(await id(page, 'legend').innerText()));
  await id(page, 'heat-clear').click();
  assert.equal(await id(page, 'legend').isHidden(), true);
  await id(page, 'heat').click();
});

test('a plane cuts, moves and turns, and what is cut away is not measured', async () => {
  const { page } = maker;
  await id(page, 'cut').click();
  await id(page, 'cut-z').click();
  await id(page, 'view').selectOption('above');
  await id(page, 'tool-thickness').click();
  await page.mouse.click(...(await at(page, 0.5, 0.5)));
  // The top is gone: the eye meets nothing through the hollow of the crown.
  await says(page, /面がありません/);
  await id(page, 'cut-tilt').fill('35');
  await id(page, 'cut-offset').fill('1.5');
  assert.match(await id(page, 'cutting').innerText(), /位置 1\.50 mm・傾き 35°\/0°/);
  await id(page, 'cut-face').click();
  await picture(page, 'cut');
  await id(page, 'cut').click();
  await id(page, 'view').selectOption('above');
  await page.mouse.click(...(await at(page, 0.5, 0.5)));
  await says(page, /厚さ 1\.1/);
});

test('words are pinned to a place; when they cannot be kept, nothing typed is lost', async () => {
  const { page } = maker;
  await id(page, 'tool-note').click();
  await page.mouse.click(...(await at(page, 0.45, 0.55)));
  await id(page, 'note-text').fill('咬合面を0.1 mm下げてください');
  look.lies.set('/notes', { status: 503 });
  await id(page, 'note-send').click();
  await page.getByText('保存できませんでした').waitFor();
  assert.equal(await id(page, 'note-text').inputValue(), '咬合面を0.1 mm下げてください');
  look.lies.set('/notes', { bytes: JSON.stringify({ outcome: 'refused', ja: 'メモは1000文字以内で入力してください。', en: 'At most 1000 characters, please.' }) });
  await id(page, 'note-send').click();
  await page.getByText('メモは1000文字以内で入力してください。').waitFor();
  assert.equal(await id(page, 'note-text').inputValue(), '咬合面を0.1 mm下げてください');
  look.lies.clear();
  await id(page, 'note-send').click();
  await id(page, 'pin').waitFor();
  assert.equal(look.notes.length, 1);
  assert.equal(look.notes[0].file, 'crown2');
  assert.match(await id(page, 'notes').innerText(), /咬合面を0\.1 mm下げてください\s+佐藤 花子 – 2026\/11\/22 12:00/);
  // Looked at from below, the pin steps back.
  await id(page, 'view').selectOption('below');
  await until('the pin is behind', async () => /hm-behind/.test(await id(page, 'pin').getAttribute('class')));
  await id(page, 'pin').click();
  await says(page, /^メモ：咬合面/);
  // It is seen as its writer saw it: from above again, and in front.
  await until('the pin is in front', async () => !/hm-behind/.test(await id(page, 'pin').getAttribute('class')));
});

test('everything can be done by keyboard', async () => {
  const { page } = maker;
  await open(page, '/en');
  await part(page, 'crown2', 'only').press('Enter');
  await id(page, 'stage').focus();
  for (const key of ['4', '0', 't', 'Enter']) await page.keyboard.press(key);
  await says(page, /^Thickness 1\.1/);
  await page.keyboard.press('d');
  await page.keyboard.press('Enter');
  await says(page, /first point/);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await says(page, /^Distance \d/);
  await page.keyboard.press('?');
  await id(page, 'keys').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  assert.equal(await id(page, 'keys').count(), 0);
});

test('a level that is broken, or another than announced, is named; the others stay', async () => {
  const { page } = maker;
  look.lies.set('/levels/lower2/0', { bytes: Buffer.alloc(300) });
  const { bytes } = look.parts.find((it) => it.file === 'upper').levels[0];
  look.lies.set('/levels/upper/0', { bytes: Buffer.alloc(bytes) });
  look.lies.set('/levels/upper/1', { status: 404 });
  await open(page);
  look.lies.clear();
  const told = await id(page, 'alerts').innerText();
  assert.match(told, /下顎 第2版 下顎_再スキャン_2026-11-21\.ply — 第0段階：一覧に書かれたものと中身が違うため、表示しません/);
  assert.match(told, /上顎 第1版 上顎_2026-11-20\.ply — 第0段階：表示用の形のデータとして読めません/);
  assert.match(told, /上顎 第1版 上顎_2026-11-20\.ply — 第1段階：サーバーから受け取れませんでした/);
  assert.ok(Number(await part(page, 'crown2', 'level').getAttribute('data-triangles')) > 0);
  assert.ok(Number(await part(page, 'lower2', 'level').getAttribute('data-triangles')) > 20_000, 'a finer one came instead');
  assert.deepEqual(await axe(page), []);
  look.lies.set('/list', { bytes: '{"parts": 5}' });
  await page.goto('/');
  await page.getByText('データの一覧が正しくないため、表示しません').waitFor();
  look.lies.clear();
});

test('nothing stays in the browser when the viewer leaves the page', async () => {
  const { page } = maker;
  await open(page);
  assert.equal(page.workers().length, 1);
  await page.evaluate(() => document.querySelector('haruka-mesh').remove());
  await until('the worker is gone', () => page.workers().length === 0);
  const left = await page.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length, document.cookie.length, document.querySelectorAll('canvas').length]);
  assert.deepEqual(left, [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(maker.troubles, []);
});

test('a tablet and a phone: fingers turn, tap and reach every control', async () => {
  fingers = await Person.open('fingers', { baseURL: base, draws: true, touch: true });
  const { page } = fingers;
  for (const [name, size] of [['tablet', { width: 820, height: 1180 }], ['phone', { width: 360, height: 740 }]]) {
    await page.setViewportSize(size);
    await open(page);
    await id(page, 'cut').tap();
    await id(page, 'heat').tap();
    const small = await page.locator('haruka-mesh :is(button, select, input[type="range"], .hm-check)').evaluateAll((all) => all.filter((it) => it.offsetParent && !it.disabled).map((it) => ({ it: it.dataset.testid ?? it.className, box: it.getBoundingClientRect() })).filter(({ box }) => box.height < 43.5 || box.width < 43.5).map(({ it, box }) => `${it} ${box.width}×${box.height}`));
    assert.deepEqual(small, [], `${name}: a finger is 44 px`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${name}: sticks out by ${wide} px`);
    const roll = await page.locator('.hm-side').evaluate((it) => it.scrollWidth - it.clientWidth);
    assert.ok(roll <= 0, `${name}: the panels stick out by ${roll} px`);
    assert.deepEqual(await axe(page), []);
    await picture(page, `${name}-panels`);
    await id(page, 'cut').tap();
    await id(page, 'heat').tap();
    await part(page, 'crown2', 'only').tap();
    await id(page, 'view').selectOption('above');
    await id(page, 'whole').tap();
    await id(page, 'tool-thickness').tap();
    await page.touchscreen.tap(...(await at(page, 0.5, 0.5)));
    await says(page, /厚さ 1\.1/);
    await picture(page, name);
  }
  assert.deepEqual(fingers.troubles, []);
});
