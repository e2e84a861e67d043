// After the visit: what the patient reads, and the log that proves itself.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { command } from '../../lib/haruka.mjs';
import { visit } from '../../lib/visit.mjs';
import { paper, step, ward } from './ward.mjs';

/** Changes one byte of the clinic's seventh entry, as somebody with the disk in hand could. */
const CHANGE = `
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1])
clinic = rows.execute("SELECT id FROM facility WHERE slug = 'aoba'").fetchone()[0]
found = rows.execute("SELECT detail FROM audit_entry WHERE facility_id = ? AND idx = 7", (clinic,)).fetchone()[0]
rows.execute("UPDATE audit_entry SET detail = ? WHERE facility_id = ? AND idx = 7", (bytes([found[0] ^ 1]) + found[1:], clinic))
rows.commit()
`;

step('the patient reads what was said, on the page and on paper (OV-131, OV-134)', async () => {
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}/call`);
  await page.getByText('診察は終わりました').waitFor();
  await visit(page, 'call-patient-over');
  await page.goto('/home');
  await visit(page, 'home-over');
  await page.goto(`/visits/${ward.booking}/summary`);
  const said = await page.locator('main').innerText();
  for (const words of [/むし歯の始まり/, /強く痛むときは/, /オンライン/]) assert.match(said, words);
  assert.ok(!/鑑別/.test(said), "the doctor's own notes stay in the chart");
  await visit(page, 'summary');
  const papers = { 'summary.pdf': /むし歯の始まり/, 'consent.pdf': /同意/, 'plan.pdf': /診療計画/ };
  for (const [name, words] of Object.entries(papers)) {
    const text = await paper(ward.tanaka, `/visits/${ward.booking}/${name}`);
    assert.match(text, words, name);
    assert.match(text, /田中/, name);
  }
  const chart = await ward.tanaka.context.request.get(`/bookings/${ward.booking}/chart`);
  assert.equal(chart.status(), 404);
});

step('no script failed, and nothing was refused by the content policy', () => {
  for (const person of ward.people) assert.deepEqual(person.troubles, [], person.name);
});

step('the log proves itself, and names the entry when one byte is changed (CS-122)', async () => {
  const { haruka } = ward;
  await haruka.stop();
  const good = command('log', 'verify', '--data', haruka.data);
  assert.equal(good.status, 0, good.out + good.err);
  const bundle = `${haruka.data}-bundle`;
  assert.equal(command('log', 'export', '--data', haruka.data, '--facility', 'aoba', '--out', bundle).status, 0);
  assert.equal(command('log', 'verify', '--bundle', bundle).status, 0);
  const changed = spawnSync('python3', ['-c', CHANGE, `${haruka.data}/haruka.db`], { encoding: 'utf8' });
  assert.equal(changed.status, 0, changed.stderr);
  const bad = command('log', 'verify', '--data', haruka.data);
  assert.equal(bad.status, 1);
  assert.match(bad.out, /BAD at entry 7 /);
});
