// The DICOMweb face as other people's programs see it: dicomweb-client and pydicom against the running server, with a token
// that the command line made.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Haruka, command } from '../lib/haruka.mjs';
import { root, told } from '../lib/place.mjs';

let haruka;
before(async () => {
  haruka = await new Haruka().start();
});
after(() => haruka?.stop());

const operate = (...args) => command(...args, '--config', haruka.file, '--data', haruka.data);

/** A token of somebody. */
function token(user, ...scopes) {
  const made = operate('token', '--user', user, '--json', '--label', 'python', ...scopes.flatMap((it) => ['--scope', it]));
  assert.equal(made.status, 0, made.err);
  return JSON.parse(made.out);
}

const ask = (path, secret, init = {}) => fetch(`${haruka.http}/dicom-web${path}`, { ...init, headers: { authorization: `Bearer ${secret}` } });

test('dicomweb-client and pydicom store, search and fetch every instance that pydicom ships', () => {
  // TR-21, TR-25
  const { token: secret } = token('sato', 'dicomweb.read', 'dicomweb.write');
  const script = join(root, 'e2e/dicom/dicomweb.py');
  const ran = spawnSync(told('HARUKA_TEST_PYTHON'), [script, `${haruka.http}/dicom-web`, secret], { encoding: 'utf8', timeout: 1_200_000 });
  process.stdout.write(ran.stdout);
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
});

test('a token opens what its person may do, until somebody ends it', async () => {
  // CS-120, CS-126
  const reads = token('sato', 'dicomweb.read');
  assert.equal((await ask('/studies?limit=1', reads.token)).status, 200);
  assert.equal((await ask('/studies', reads.token, { method: 'POST' })).status, 403, 'it may not write');
  const clerk = token('suzuki', 'dicomweb.read');
  assert.equal((await ask('/studies?limit=1', clerk.token)).status, 403, 'a clerk sees no images');
  const listed = operate('token', 'list', '--user', 'sato', '--json').out.trim().split('\n').map((it) => JSON.parse(it));
  assert.ok(listed.some((it) => it.id === reads.id && it.used_at) && !JSON.stringify(listed).includes(reads.token));
  assert.equal(operate('token', 'revoke', '--id', reads.id).status, 0);
  assert.equal((await ask('/studies?limit=1', reads.token)).status, 401);
  assert.equal(operate('token', 'revoke', '--id', reads.id).status, 1, 'it has ended already');
  assert.equal(operate('token', '--user', 'nobody', '--scope', 'dicomweb.read').status, 1);
  assert.equal(operate('token', '--user', 'sato', '--scope', 'everything').status, 2);
});
