// The call itself: picture and sound over the relay, the words, the second camera, the papers beside the picture, strangers,
// a second window, a relay that dies.

import assert from 'node:assert/strict';

import { out, until } from '../../lib/place.mjs';
import { pixels, received, seesAndHears } from '../../lib/stats.mjs';
import { visit } from '../../lib/visit.mjs';
import { born, id, rows, step, ward } from './ward.mjs';

const both = (patience_ms = 60_000) => Promise.all([seesAndHears(ward.sato.page, { patience_ms }), seesAndHears(ward.tanaka.page, { patience_ms })]);

/** The panel's own line about what is still missing before the end. */
const panel = () => ward.sato.page.locator('haruka-panel').first();

step('the clinic calls, and both see and hear over the relay (OV-161, OV-203, OV-205)', async () => {
  await ward.tanaka.page.getByRole('button', { name: '応答する' }).click({ timeout: 60_000 });
  const [seen] = await both();
  assert.ok(seen.ways.every((it) => it.kind === 'relay'), JSON.stringify(seen.ways));
});

step('a visit is not completed before it was held, and the reason is said (OV-103, OV-110, OV-140, OV-161)', async () => {
  assert.equal(await ward.sato.page.getByRole('button', { name: '診察を完了する' }).count(), 0, 'there is no button to press');
  for (const said of [/判断が記録されていません/, /映像と音声が双方に30秒以上届いていません/, /有用な情報/, /本人確認がまだです/]) await panel().getByText(said).first().waitFor();
  // A hand-made request gets no further.
  const answer = await ward.sato.page.evaluate(async (path) => {
    const body = new URLSearchParams({ _token: document.querySelector('input[name="_token"]').value });
    const got = await fetch(path, { method: 'POST', body });
    return { status: got.status, text: await got.text() };
  }, `/bookings/${ward.booking}/call/complete`);
  assert.equal(answer.status, 422);
  assert.match(answer.text, /映像と音声が双方に30秒以上届いていません/);
  assert.equal(rows('visit_end'), 0);
});

step('the four words are the same on both sides (OV-244)', async () => {
  const words = async (person) => (await id(person, 'sign').allTextContents()).join(' ');
  const said = await until('four words', async () => (await words(ward.sato)) && (await words(ward.sato)) === (await words(ward.tanaka)) && words(ward.sato));
  assert.equal(said.split(' ').length, 4);
  await visit(ward.sato.page, 'call-doctor');
  await visit(ward.tanaka.page, 'call-patient');
  await ward.sato.page.setViewportSize({ width: 1280, height: 800 });
  await ward.sato.page.screenshot({ path: `${out}/call.png` });
});

step('a link in the chat is only letters (OV-247)', async () => {
  await ward.tanaka.page.getByRole('button', { name: '文字で話す' }).click();
  await id(ward.tanaka, 'chat-box').fill('この写真です https://example.test/?a=1');
  await id(ward.tanaka, 'chat-send').click();
  await id(ward.tanaka, 'chat-line').filter({ hasText: 'https://example.test/' }).waitFor();
  await id(ward.tanaka, 'chat-close').click();
  await ward.sato.page.getByRole('button', { name: '新しい文字' }).click();
  await id(ward.sato, 'chat-line').filter({ hasText: 'https://example.test/' }).waitFor();
  assert.equal(await ward.sato.page.locator('[data-testid=chat-line] a').count(), 0);
  await visit(ward.sato.page, 'call-doctor-chat');
  await id(ward.sato, 'chat-close').click();
});

step('the second camera shows the mouth, beside the face (OV-166)', async () => {
  await ward.tanaka.page.getByRole('button', { name: '口のカメラ', exact: true }).click();
  await id(ward.tanaka, 'second-1').click();
  await id(ward.sato, 'video-second').waitFor();
  const seen = await seesAndHears(ward.sato.page, { pictures: 2, patience_ms: 60_000 });
  assert.ok(seen.video.length >= 2 && seen.video.every((it) => it.frames > 0), JSON.stringify(seen.video));
  assert.ok(new Set(seen.video.map((it) => it.track)).size >= 2, 'two tracks of their own');
  // Both are Chromium's test pictures, green with a clock; the clocks were started at different times.
  await until('two pictures that differ', async () => {
    const [face, mouth] = [await pixels(ward.sato.page, '[data-testid=video-camera]'), await pixels(ward.sato.page, '[data-testid=video-second]')];
    return mouth.some((it) => it > 0) && Math.max(...face.map((part, at) => Math.abs(part - mouth[at]))) > 25;
  });
  await visit(ward.sato.page, 'call-doctor-second');
  await ward.tanaka.page.getByRole('button', { name: '口のカメラを止める' }).click();
  await id(ward.sato, 'tile-second').waitFor({ state: 'detached' });
});

/** What the server says to a ticket, on the WebSocket itself. */
function knock(page, ticket) {
  return page.evaluate(
    (shown) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/signal`);
        const heard = [];
        socket.onopen = () => socket.send(JSON.stringify({ t: 'hello', ticket: shown }));
        socket.onmessage = (event) => heard.push(event.data);
        socket.onclose = (event) => resolve({ code: event.code, heard: heard.join('\n') });
      }),
    ticket,
  );
}

step('whoever has stolen the link, or an old ticket, gets nothing, and the call goes on (OV-244)', async () => {
  const { page } = ward.stranger;
  await page.goto(ward.link);
  await born(page, 1950, 1, 1);
  assert.ok(!(await page.locator('main').innerText()).includes('田中'), 'no name');
  await page.goto(`/visits/${ward.booking}/call`);
  assert.match(page.url(), /sign-in/);
  assert.equal(await page.locator('haruka-call, video').count(), 0, 'no picture');
  const live = await ward.tanaka.page.locator('haruka-call').getAttribute('ticket');
  for (const [what, ticket] of [['random', 'x'.repeat(80)], ['old', ward.oldTicket], ['bent', `${live.slice(0, -4)}AAAA`]]) {
    const { code, heard } = await knock(page, ticket);
    assert.equal(code, 4401, what);
    assert.match(heard, /"refused"/, what);
    assert.ok(!/田中|佐藤|welcome|ice/.test(heard), `${what}: ${heard}`);
  }
  await both();
  assert.equal(await id(ward.tanaka, 'banner-flash').filter({ hasText: '入り直しました' }).count(), 0, 'nobody was disturbed');
});

step('two windows of the same patient: the second has the seat, and everybody is told (OV-244)', async () => {
  const first = ward.tanaka.page;
  const second = await ward.tanaka.context.newPage();
  await second.goto(`/visits/${ward.booking}/call`);
  await Promise.all([
    first.getByText('別の画面で開かれました').first().waitFor({ timeout: 30_000 }),
    id(ward.sato, 'banner-flash').filter({ hasText: '入り直しました' }).waitFor({ timeout: 30_000 }),
  ]);
  await visit(first, 'call-replaced');
  ward.tanaka.page = second;
  await both();
  const open = (await received(first)).ways.length;
  assert.equal(open, 0, 'the first window has no connection any more');
  await first.close();
});

step('questionnaire, plan and chart lie beside the picture, and what is typed is kept (OV-204)', async () => {
  const { page } = ward.sato;
  const tab = (name) => page.getByRole('tab', { name }).click();
  await tab('問診');
  await page.getByText('冷たいものがしみる').waitFor();
  await visit(page, 'call-doctor-questionnaire');
  await tab('計画');
  await page.getByRole('heading', { name: '診療計画' }).waitFor();
  await tab('記録');
  await page.getByLabel(/^S：/).fill('右下の奥歯が冷たいものでしみる。三日前から。');
  await page.getByText('下書き保存済み').waitFor();
  await visit(page, 'call-doctor-chart');
  // The picture stays on the screen of a desk, wherever the doctor reads.
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByLabel(/^P：/).scrollIntoViewIfNeeded();
  const top = await page.locator('haruka-call').evaluate((it) => it.getBoundingClientRect().top);
  assert.ok(top >= -1, `the picture is ${-top} px out of sight`);
  await page.getByLabel(/^O：/).fill('右下6番の頬側に着色。');
  // Another part comes to the front before the draft went by itself.
  await tab('診察');
  await tab('記録');
  assert.equal(await page.getByLabel(/^O：/).inputValue(), '右下6番の頬側に着色。');
  await until('the draft', async () => (await ward.sato.context.request.get(`/bookings/${ward.booking}/chart/panel`)).text().then((it) => it.includes('頬側に着色')));
  await both();
});

step('how it goes on is told during the call (OV-131)', async () => {
  const { page } = ward.sato;
  const next = new Date(Date.now() + (14 * 24 + 9) * 3600_000).toISOString().slice(0, 10);
  await page.getByLabel('次回もオンライン').check();
  await page.getByRole('button', { name: '患者さんに伝えた内容として記録する' }).click();
  await page.locator('#policy [aria-invalid="true"]').first().waitFor();
  assert.equal(await page.getByLabel(/^O：/).inputValue(), '右下6番の頬側に着色。', 'a form beside it that came back has touched nothing');
  await page.getByLabel('次回もオンライン').check();
  await page.getByLabel('次回の予定日').fill(next);
  await page.getByLabel(/悪くなったとき/).fill('強く痛むときは、夜間でもお電話ください。');
  await page.getByRole('button', { name: '患者さんに伝えた内容として記録する' }).click();
  await page.locator('#policy').getByText('記録済み').waitFor();
  await page.getByRole('tab', { name: '診察' }).click();
});

step('identity is confirmed both ways, with the method and no number (OV-140, OV-141)', async () => {
  const { page } = ward.sato;
  assert.equal(await page.locator('#identity input[type="text"][name*="number"]').count(), 0);
  const part = page.locator('#identity');
  await part.getByLabel('顔写真付きの書類1点').check();
  await part.locator('select[name="document_one"]').selectOption('mynumber_card');
  await part.getByRole('button', { name: '患者さんを確認した' }).click();
  await id(ward.sato, 'identity-checked').waitFor();
  assert.match(await id(ward.sato, 'identity-checked').innerText(), /顔写真付きの書類1点（マイナンバーカード/);
  await part.getByLabel(/画面の身分証/).check();
  await part.getByRole('button', { name: '患者さんに示した' }).click();
  await id(ward.sato, 'identity-shown').waitFor();
});

step('the dentist judges that online is suitable (OV-103, OV-160)', async () => {
  const { page } = ward.sato;
  const part = page.locator('#feasibility');
  await part.getByLabel('オンラインで診察できる').check();
  await part.getByLabel(/有用な情報が得られた/).check();
  await part.getByRole('button', { name: '判断を記録する' }).click();
  await id(ward.sato, 'judged').waitFor();
  await visit(page, 'call-doctor-judged');
});

step('the relay dies and comes back, and so does the call', async () => {
  await both();
  await ward.relay.down();
  await id(ward.tanaka, 'tile-cover').filter({ hasText: '接続が切れました' }).waitFor({ timeout: 30_000 });
  await visit(ward.tanaka.page, 'call-patient-broken');
  await ward.relay.up();
  await both();
});
