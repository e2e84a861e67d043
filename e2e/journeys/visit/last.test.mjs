// At the very end: a link that is over, scripts that never failed, and the log that proves itself.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { command } from '../../lib/haruka.mjs';
import { visit } from '../../lib/visit.mjs';
import { open, step, ward } from './ward.mjs';

/** Changes one byte of the clinic's seventh entry, as somebody with the disk in hand could. */
const CHANGE = `
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1])
clinic = rows.execute("SELECT id FROM facility WHERE slug = 'aoba'").fetchone()[0]
found = rows.execute("SELECT detail FROM audit_entry WHERE facility_id = ? AND idx = 7", (clinic,)).fetchone()[0]
rows.execute("UPDATE audit_entry SET detail = ? WHERE facility_id = ? AND idx = 7", (bytes([found[0] ^ 1]) + found[1:], clinic))
rows.commit()
`;

step('a link that is over says what to do', async () => {
  const { page } = ward.sato;
  await page.goto('/patients?q=たなか');
  await page.getByRole('row', { name: /幸子/ }).getByRole('link').first().click();
  const patient = page.url().split('/').pop();
  await page.goto(`/patients/${patient}/entry`);
  await visit(page, 'entry');
  for (let left = await page.getByRole('button', { name: 'リンクを終了する' }).count(); left > 0; left -= 1) await page.getByRole('button', { name: 'リンクを終了する' }).first().click();
  await page.getByRole('button', { name: 'リンクを終了する' }).waitFor({ state: 'detached' });
  const guest = await open('late');
  assert.equal((await guest.page.goto(ward.link)).status(), 410);
  const said = await guest.page.locator('main').innerText();
  for (const words of [/いちばん新しいメール/, /03-5550-0101/]) assert.match(said, words);
  assert.ok(!/田中/.test(said));
  await visit(guest.page, 'link-over');
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
