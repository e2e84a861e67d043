// SY-27, D to D: the dentist who asked for a reading and the radiologist who reads talk over the relay by picture and sound, look at
// the same slice of the lent images, see where the other points, show a screen; and who was there stands on both sides' pages.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { instances, SERIES, STUDY } from '../../fixtures/dicom/study.mjs';
import { Person } from '../lib/browsers.mjs';
import { ask, register } from '../lib/case.mjs';
import { command, Haruka } from '../lib/haruka.mjs';
import { folder, pictures, until } from '../lib/place.mjs';
import { Relay } from '../lib/relay.mjs';
import { signInAtDesk } from '../lib/sign-in.mjs';
import { seesAndHears } from '../lib/stats.mjs';
import { steps } from '../lib/steps.mjs';
import { visit } from '../lib/visit.mjs';

const SLICES = 40;
const ward = { people: [] };

const step = steps(ward);

async function comes(login, options) {
  const person = await Person.open(login, { baseURL: ward.haruka.http, draws: true, ...options });
  person.context.setDefaultTimeout(20_000);
  ward.people.push(person);
  await signInAtDesk(person, login);
  return person;
}

const main = (page) => page.locator('main').innerText();
const says = (page, words) => until(`the page says ${words}`, async () => (await main(page)).includes(words));
const id = (person, name) => person.page.locator(`[data-testid="${name}"]`);
const pane = (person) => id(person, 'pane').first();
const shows = (person, series, at) =>
  until(`${person.name} sees ${at} of ${series}`, async () => (await pane(person).getAttribute('data-series')) === series && (await pane(person).getAttribute('data-at')) === String(at), 60_000);

before(async () => {
  ward.relay = await Relay.start();
  ward.haruka = await new Haruka({ relay: ward.relay }).start();
});

after(async () => {
  for (const person of ward.people) await person.close();
  await ward.haruka?.stop();
  await ward.relay?.down();
});

step('a case is lent: the dentist has asked, the radiologist has taken it', async () => {
  const files = folder('images');
  for (const it of instances({ size: 96, slices: SLICES })) if (it.study === STUDY) writeFileSync(join(files, `${it.sop}.dcm`), it.bytes);
  const taken = command('import', files, '--facility', 'aoba', '--config', ward.haruka.file, '--data', ward.haruka.data);
  assert.equal(taken.status, 0, taken.out + taken.err);
  ward.sato = await comes('sato', { rgb: [200, 80, 40], hertz: 440 });
  const { page } = ward.sato;
  await register(page);
  await page.goto(`${page.url()}/reading`);
  ward.reading = await ask(page, '46欠損。インプラント術前。', '46部の骨量と下顎管までの距離。');
  assert.ok(!(await main(page)).includes('カンファレンス'), 'nothing to confer over before somebody reads');
  ward.watanabe = await comes('watanabe', { rgb: [40, 120, 200], hertz: 660 });
  await ward.watanabe.page.goto(ward.reading);
  await ward.watanabe.page.getByRole('button', { name: '引き受けて読む' }).click();
  await says(ward.watanabe.page, '読影中');
});

step('the radiologist proposes a conference, the dentist sees it and starts it', async () => {
  const { page } = ward.watanabe;
  await page.getByRole('link', { name: 'カンファレンスを開く' }).click();
  await visit(page, 'conference-propose');
  const soon = new Date(Date.now() + 9 * 3600_000).toISOString();
  await page.locator('[name="on"]').fill(soon.slice(0, 10));
  await page.locator('[name="at"]').fill(soon.slice(11, 16));
  await page.locator('[name="note"]').fill('46部の下顎管との距離を、一緒に見たい。');
  await page.getByRole('button', { name: '相手の施設に提案する' }).click();
  await says(page, '参加する人');
  const sato = ward.sato.page;
  await sato.goto('/readings');
  await says(sato, 'カンファレンス');
  await sato.goto(ward.reading);
  await sato.getByRole('link', { name: 'カンファレンスの予定を見る' }).click();
  await says(sato, '46部の下顎管との距離を、一緒に見たい。');
  await visit(sato, 'conference-planned');
  await sato.getByRole('button', { name: 'カンファレンスを始める' }).click();
  await id(ward.sato, 'tiles').waitFor({ state: 'attached' });
  await page.goto('/readings');
  await until('the alert', async () => /カンファレンスが開かれています/.test(await page.locator('body').innerText()));
  await says(page, 'カンファレンス中');
  await page.goto(`${ward.reading}/conference`);
});

step('both see and hear each other over the relay', async () => {
  const [seen] = await Promise.all([ward.sato, ward.watanabe].map((it) => seesAndHears(it.page, { patience_ms: 90_000 })));
  assert.ok(seen.ways.every((it) => it.kind === 'relay'), JSON.stringify(seen.ways));
  const words = async (person) => (await id(person, 'sign').allTextContents()).join(' ');
  await until('the same four words', async () => (await words(ward.sato)) && (await words(ward.sato)) === (await words(ward.watanabe)));
  for (const person of [ward.sato, ward.watanabe]) {
    assert.equal(await id(person, 'toggle-chat').count(), 0, 'what is written belongs to the case');
    assert.equal(await id(person, 'toggle-second').count(), 0);
    await shows(person, SERIES.cbct, SLICES / 2 + 1);
    assert.equal(await id(person, 'refused').count(), 0, 'every digest is right, on both sides');
  }
});

step('where one scrolls the other goes, and sees where one points', async () => {
  await ward.sato.page.setViewportSize({ width: 1280, height: 900 });
  await ward.watanabe.page.setViewportSize({ width: 1280, height: 900 });
  await pane(ward.sato).scrollIntoViewIfNeeded();
  const box = await pane(ward.sato).boundingBox();
  const { mouse, keyboard } = ward.sato.page;
  await mouse.move(box.x + box.width * 0.55, box.y + box.height * 0.45);
  await mouse.wheel(0, 120);
  await until('the wheel', async () => (await pane(ward.sato).getAttribute('data-at')) !== String(SLICES / 2 + 1));
  await shows(ward.watanabe, SERIES.cbct, await pane(ward.sato).getAttribute('data-at'));
  await mouse.click(box.x + box.width * 0.5, box.y + box.height * 0.5);
  await keyboard.press('Home');
  await shows(ward.watanabe, SERIES.cbct, 1);
  await mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.4, { steps: 5 });
  const finger = id(ward.watanabe, 'finger').first();
  await finger.waitFor();
  assert.match(await finger.innerText(), /佐藤.*先生/);
  // Both windows are alike, so the ring stands where the mouse does.
  const there = await pane(ward.watanabe).boundingBox();
  await until('the ring under the place', async () => {
    const ring = await finger.boundingBox();
    const [x, y] = [(ring.x + ring.width / 2 - there.x) / there.width, (ring.y + ring.height / 2 - there.y) / there.height];
    return Math.abs(x - 0.6) < 0.03 && Math.abs(y - 0.4) < 0.03;
  });
  await until('the line', async () => /佐藤.*と同じ画像です/.test(await id(ward.watanabe, 'conference-line').innerText()));
  await ward.watanabe.page.screenshot({ path: join(pictures(), 'conference-pointer.png') });
});

step('the other one leads too, to another series, and following can be switched off', async () => {
  await ward.watanabe.page.locator(`[data-series="${SERIES.panoramic}"][data-testid="series"]`).click();
  await shows(ward.sato, SERIES.panoramic, 1);
  await id(ward.watanabe, 'follow').click();
  assert.equal(await id(ward.watanabe, 'follow').getAttribute('aria-pressed'), 'false');
  await ward.sato.page.locator(`[data-series="${SERIES.cbct}"][data-testid="series"]`).click();
  await shows(ward.sato, SERIES.cbct, SLICES / 2 + 1);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await shows(ward.watanabe, SERIES.panoramic, 1);
  await id(ward.watanabe, 'follow').click();
  await shows(ward.watanabe, SERIES.cbct, SLICES / 2 + 1);
});

step('a screen is shown, beside the face', async () => {
  await id(ward.watanabe, 'toggle-screen').click();
  await id(ward.sato, 'video-screen').waitFor({ timeout: 30_000 });
  await seesAndHears(ward.sato.page, { pictures: 2, patience_ms: 60_000 });
  const wide = await id(ward.sato, 'tile-screen').evaluate((it) => it.getBoundingClientRect().width);
  assert.ok(wide > 1_000, `the screen is ${wide} px wide`);
  await visit(ward.sato.page, 'conference-running');
  await id(ward.watanabe, 'toggle-screen').click();
  await id(ward.sato, 'tile-screen').waitFor({ state: 'detached' });
  await visit(ward.watanabe.page, 'conference-reader');
});

step('a page that was reloaded comes back to the same seat and is led to the same slice', async () => {
  await ward.sato.page.locator(`[data-series="${SERIES.intraoral}"][data-testid="series"]`).click();
  await shows(ward.watanabe, SERIES.intraoral, 1);
  await ward.watanabe.page.reload();
  await shows(ward.watanabe, SERIES.intraoral, 1);
  await Promise.all([ward.sato, ward.watanabe].map((it) => seesAndHears(it.page, { patience_ms: 90_000 })));
});

step('the end is for both, and who was there is on both pages', async () => {
  const { page } = ward.sato;
  await page.getByText('カンファレンスを終える', { exact: true }).click();
  await page.getByRole('button', { name: '全員の通話を終える' }).click();
  await id(ward.watanabe, 'card-title').filter({ hasText: '通話が終わりました' }).waitFor();
  for (const person of [ward.sato, ward.watanabe]) {
    await person.page.goto(`${ward.reading}/conference`);
    await says(person.page, 'これまでのカンファレンス');
    const text = await main(person.page);
    assert.ok(/佐藤/.test(text) && /渡辺|渡邊/.test(text), text);
    await visit(person.page, `conference-over-${person.name}`);
    assert.deepEqual(person.troubles, []);
  }
});
