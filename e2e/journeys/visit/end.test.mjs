// The end of the visit: half a minute of picture and sound each way, the end of the call, the completion, the chart.

import assert from 'node:assert/strict';

import { until } from '../../lib/place.mjs';
import { visit } from '../../lib/visit.mjs';
import { fine, id, paper, proofGetsOld, rows, signed, step, ward } from './ward.mjs';

step('half a minute of picture and sound has really flowed, four times (OV-161)', async () => {
  // Nothing is hurried: the islands report what they decoded, and the panel looks again by itself.
  const measured = id(ward.sato, 'measured');
  await until('four times thirty seconds', async () => ((await measured.innerText()).match(/✓/g) ?? []).length === 4, 90_000);
});

step('the call ends for both, and the visit is completed once (OV-103, OV-160, OV-161)', async () => {
  const { page } = ward.sato;
  await page.getByLabel('診察の話は終わった').check();
  await page.getByRole('button', { name: '通話を終える' }).click();
  await id(ward.tanaka, 'card-title').filter({ hasText: '通話が終わりました' }).waitFor();
  await visit(ward.tanaka.page, 'call-patient-ended');
  const complete = page.getByRole('button', { name: '診察を完了する' });
  await complete.waitFor();
  await page.locator('haruka-call').waitFor({ state: 'detached' });
  await visit(page, 'call-between');
  // Two clicks are one completion.
  const done = () => page.getByText('オンラインで診察しました').first().isVisible();
  await signed(page, () => complete.dblclick(), done);
  await fine(page);
  assert.equal(rows('visit_end'), 1);
  await visit(page, 'call-doctor-over');
  // And so is the same form sent a second time, without any script to stop it.
  const again = await page.evaluate(async (path) => {
    const body = new URLSearchParams({ _token: document.querySelector('input[name="_token"]').value });
    return (await fetch(path, { method: 'POST', body })).status;
  }, `/bookings/${ward.booking}/call/complete`);
  assert.equal(again, 200);
  assert.equal(rows('visit_end'), 1);
  // Back to the page before: the visit is over there too.
  await page.goBack();
  await fine(page);
  await page.goto(`/bookings/${ward.booking}/call`);
});

step('the dentist finishes the chart and signs it (OV-303, OV-304, CS-162)', async () => {
  const { page } = ward.sato;
  await page.getByRole('link', { name: '診療録へ' }).click();
  await page.waitForURL(/\/chart$/);
  assert.match(await page.getByLabel(/^S：/).inputValue(), /冷たいものでしみる/, 'what was typed during the call');
  assert.equal(await page.getByLabel(/^O：/).inputValue(), '右下6番の頬側に着色。');
  await page.getByLabel(/^A：/).fill('46 象牙質う蝕の疑い。知覚過敏との鑑別を要する。');
  await page.getByLabel(/^P：/).fill('二週間後に来院して検査。それまで冷たいものを避ける。');
  await page.getByLabel(/患者さんへの説明/).fill('右下の奥歯に、むし歯の始まりがあるようです。二週間後に検査をしましょう。');
  await page.locator('select[name="teeth.46"]').selectOption('c2');
  await visit(page, 'chart-edit');
  const done = () => page.getByText('確定済み').first().isVisible();
  await signed(page, () => page.getByRole('button', { name: '内容を確定する' }).dblclick(), done);
  await fine(page);
  assert.equal(rows('chart_version'), 1);
  await visit(page, 'chart');
  const text = await paper(ward.sato, `/bookings/${ward.booking}/chart.pdf`);
  for (const said of [/田中/, /象牙質う蝕/, /46/]) assert.match(text, said);
});

step('a later change is a version of its own, with its reason (CS-162)', async () => {
  const { page } = ward.sato;
  await page.getByText('記録を変更する（新しい版）').click();
  await page.getByLabel(/^P：/).fill('三週間後に来院して検査。それまで冷たいものを避ける。');
  await page.getByLabel('変更の理由').fill('患者さんの都合で日を延ばした');
  // The form waits for the password while its draft would like to be kept.
  proofGetsOld();
  const done = () => page.getByText('第2版').first().isVisible();
  await signed(page, () => page.getByRole('button', { name: '内容を確定する' }).click(), done);
  assert.equal(rows('chart_version'), 2);
  await page.getByText('これまでの版と変更点').click();
  await page.getByRole('link', { name: '第2版' }).click();
  assert.match(await page.locator('main').innerText(), /患者さんの都合で日を延ばした/);
  await visit(page, 'chart-version');
});
