// A laboratory case, and files sent to it as a program sends them.

/** The form of an order for the first patient of the demonstration. `page` is a dentist's. */
export async function newOrder(page) {
  await page.goto('/patients?q=00001');
  await page.locator('main a[href^="/patients/0"]').first().click();
  await page.getByRole('link', { name: '技工を依頼する' }).click();
}

/** Fills the form with a crown, and issues it; the case's address. */
export async function issueCrown(page) {
  await page.locator('select[name="agreement"]').selectOption({ index: 1 });
  await page.locator('select[name="prosthesis"]').selectOption('crown');
  await page.locator('input[name="teeth"][value="46"]').check({ force: true });
  const words = { design: '全部被覆冠', method: 'CAD/CAM', materials: 'ジルコニア', shade: 'A3' };
  for (const [name, said] of Object.entries(words)) await page.locator(`[name="${name}"]`).fill(said);
  await page.locator('[name="due_on"]').fill(new Date(Date.now() + (9 + 240) * 3600_000).toISOString().slice(0, 10));
  await page.getByRole('button', { name: 'この内容で指示書を発行する', exact: true }).click();
  await page.waitForURL(/\/lab\/cases\/[0-9a-z]{26}$/);
  return new URL(page.url()).pathname;
}

/** Both. */
export async function orderCrown(page) {
  await newOrder(page);
  return issueCrown(page);
}

/** What a request of the signed-in person's own page carries; `page` shows any page of theirs. */
export async function carried(page) {
  const cookies = await page.context().cookies();
  const token = await page.locator('input[name="_token"]').first().getAttribute('value');
  return { cookie: cookies.map((it) => `${it.name}=${it.value}`).join('; '), origin: new URL(page.url()).origin, 'x-csrf-token': token, 'tus-resumable': '1.0.0' };
}

/** Begins an upload of `bytes` bytes to the case at `path`; its address. */
export async function begin(base, headers, path, name, bytes) {
  const told = { purpose: 'lab', case: path.split('/').pop(), filename: name };
  const metadata = Object.entries(told).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join();
  const made = await fetch(`${base}/files`, { method: 'POST', headers: { ...headers, 'upload-length': String(bytes), 'upload-metadata': metadata } });
  if (made.status !== 201) throw new Error(`begun: ${made.status} ${await made.text()}`);
  return new URL(made.headers.get('location'), base).href;
}

/** Sends all of `bytes`; what they are called stands on the page of the case's files. */
export async function send(base, headers, path, name, bytes) {
  const address = await begin(base, headers, path, name, bytes.length);
  const sent = await fetch(address, { method: 'PATCH', headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }, body: bytes });
  if (sent.status !== 204) throw new Error(`sent: ${sent.status} ${await sent.text()}`);
}

/** Triangles `{ places, index }` as binary STL. */
export function stl({ places, index }) {
  const bytes = Buffer.alloc(84 + (index.length / 3) * 50);
  bytes.writeUInt32LE(index.length / 3, 80);
  for (let at = 0, to = 84 + 12; at < index.length; at += 3, to += 50) {
    for (let corner = 0; corner < 3; corner += 1) {
      for (let axis = 0; axis < 3; axis += 1) bytes.writeFloatLE(places[index[at + corner] * 3 + axis], to + corner * 12 + axis * 4);
    }
  }
  return bytes;
}
