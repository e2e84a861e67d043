// The OHIF viewer, as its npm package has it, opens a study from our DICOMweb.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { instances, STUDY } from '../../fixtures/dicom/study.mjs';
import { Person } from '../lib/browsers.mjs';
import { Haruka, command } from '../lib/haruka.mjs';
import { Ohif } from '../lib/ohif.mjs';
import { pictures, until } from '../lib/place.mjs';

const SLICES = 24;
let haruka;
let ohif;
let reader;
before(async () => {
  haruka = await new Haruka().start();
  const scopes = ['--scope', 'dicomweb.read', '--scope', 'dicomweb.write'];
  const made = command('token', '--user', 'sato', '--json', '--label', 'ohif', ...scopes, '--config', haruka.file, '--data', haruka.data);
  assert.equal(made.status, 0, made.err);
  const { token } = JSON.parse(made.out);
  for (const it of instances({ size: 96, slices: SLICES })) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/dicom' };
    const sent = await fetch(`${haruka.http}/dicom-web/studies`, { method: 'POST', headers, body: it.bytes });
    assert.equal(sent.status, 200, await sent.text());
  }
  ohif = await new Ohif(haruka.http, token).start();
  reader = await Person.open('ohif', { baseURL: ohif.base, lang: 'en-US', draws: true });
  await reader.page.setViewportSize({ width: 1280, height: 900 });
});
after(async () => {
  await reader?.close();
  await ohif?.stop();
  await haruka?.stop();
});

/** How many different greys the picture on the screen has. */
const greys = () =>
  reader.page
    .locator('canvas.cornerstone-canvas')
    .first()
    .evaluate((canvas) => {
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const context = copy.getContext('2d');
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      const seen = new Set();
      for (let at = 0; at < data.length; at += 4) seen.add(data[at]);
      return seen.size;
    });
const asked = (pattern) => ohif.asked.filter((it) => pattern.test(it));

test('the list of studies is ours, with the name that was sent', async () => {
  await reader.page.goto('/?datasources=dicomweb');
  await until('the patient', async () => /TANAKA/i.test(await reader.page.locator('body').innerText()), 60_000);
  await reader.page.screenshot({ path: join(pictures(), 'ohif-list.png') });
  assert.ok(asked(/^20\d GET \/dicom-web\/studies\?/).length > 0, ohif.asked.join('\n'));
});

test('a study opens: its series are listed, its frames are drawn', async () => {
  // TR-21
  await reader.page.goto(`/viewer?StudyInstanceUIDs=${STUDY}`);
  await until('a picture', async () => (await greys()) > 20, 120_000);
  await until('thumbnails', async () => asked(/^200 GET .*\/thumbnail/).length > 0, 30_000);
  await reader.page.screenshot({ path: join(pictures(), 'ohif-study.png') });
  assert.ok(asked(/^200 GET .*\/metadata/).length > 0 && asked(/^200 GET .*\/frames\/1$/).length > 0, ohif.asked.join('\n'));
  const refused = ohif.asked.filter((it) => !/^(200|204|206|304) /.test(it));
  assert.deepEqual(refused, [], 'it asks for nothing that we do not have');
});
