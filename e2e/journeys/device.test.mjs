// CS-150, DL-12: a browser that shows the certificate of its device is on that device, in Chromium and over TLS, and on none from the
// request on at which the device's use has ended. The certificate is handed to Chromium by Playwright (`clientCertificates`, which
// speaks TLS in Chromium's place): Chromium's own store asks its person which one to show, and only a policy in a system folder
// answers for the person.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

import { Haruka, command, config } from '../lib/haruka.mjs';
import { folder, freePort } from '../lib/place.mjs';
import { signIn } from '../lib/sign-in.mjs';

const ward = {};

function done(...args) {
  const ran = command(...args);
  assert.equal(ran.status, 0, `${args.join(' ')}: ${ran.err}`);
  return ran.out.trim();
}

before(async () => {
  const port = await freePort();
  ward.haruka = new Haruka();
  // The staff's name is another than the address by which patients come.
  writeFileSync(ward.haruka.file, config({ '': { staff_host: 'localhost' }, programs: { listen: `127.0.0.1:${port}` } }));
  await ward.haruka.start();
  ward.staff = ward.haruka.https.replace('127.0.0.1', 'localhost');
  ward.browser = await chromium.launch({ executablePath: process.env.HARUKA_CHROMIUM ?? '/usr/bin/chromium', args: ['--disable-gpu'] });
  const home = folder('device');
  const place = ['--config', ward.haruka.file, '--data', ward.haruka.data, '--facility', 'minato'];
  const named = (name) => done('device', 'add', ...place, '--name', name, '--owner', 'みなと歯科技工所', '--at', '設計室');
  ward.devices = ['設計用パソコン1', '設計用パソコン2'].map((name, at) => {
    const id = named(name);
    const own = join(home, String(at));
    const authority = join(ward.haruka.data, 'tls', 'ca.pem');
    const code = done('device', 'code', ...place, '--id', id);
    done('agent', 'enroll', '--data', own, '--server', `https://127.0.0.1:${port}`, '--authority', authority, '--code', code);
    const pem = join(home, `${at}.pem`);
    done('agent', 'browser', '--data', own, '--out', pem);
    return { id, pem, end: () => done('device', 'end', ...place, '--id', id) };
  });
});

after(async () => {
  await ward.browser?.close();
  await ward.haruka?.stop();
});

/** A browser of the technician that shows this certificate, if any, and comes by this address. Everybody has a copy of one session. */
async function sits(baseURL, pem) {
  const shows = pem ? [{ origin: baseURL, certPath: pem, keyPath: pem }] : undefined;
  const context = await ward.browser.newContext({ baseURL, ignoreHTTPSErrors: true, locale: 'ja-JP', clientCertificates: shows });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  if (ward.cookies) {
    await context.addCookies(ward.cookies.map(({ name, value }) => ({ name, value, url: baseURL })));
  } else {
    await signIn({ page, context }, 'nakamura');
    ward.cookies = await context.cookies();
  }
  return async () => {
    await page.goto('/terminal');
    return page.locator('main').innerText();
  };
}

test('a browser is on the device whose certificate it shows, until the use of that device ends', async () => {
  const [first, second] = ward.devices;
  const one = await sits(ward.staff, first.pem);
  const two = await sits(ward.staff, second.pem);
  const none = await sits(ward.staff);
  const elsewhere = await sits(ward.haruka.https, first.pem);
  const [saysOne, saysTwo, saysNone, saysElsewhere] = [await one(), await two(), await none(), await elsewhere()];
  assert.match(saysOne, /設計用パソコン1/);
  assert.match(saysTwo, /設計用パソコン2/);
  for (const it of [saysNone, saysElsewhere]) {
    assert.doesNotMatch(it, /設計用パソコン/);
    assert.match(it, /登録コード/, 'and what to do stands there');
  }
  first.end();
  const now = await one();
  assert.doesNotMatch(now, /設計用パソコン/);
  assert.match(now, /登録コード/);
  assert.match(await two(), /設計用パソコン2/);
});
