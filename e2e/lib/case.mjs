// A patient whose images are to be read, and the request for it.

/** Registers the patient whom the synthetic jaw shows; the page is hers then. */
export async function register(page) {
  await page.goto('/patients/new');
  for (const [name, value] of Object.entries({ family: '田中', given: '花子', family_kana: 'たなか', given_kana: 'はなこ', birth_date: '1958-03-04', phone: '090-0000-0000', mail: 'hanako@example.jp', number: 'AOBA-000123' })) await page.locator(`[name="${name}"]`).fill(value);
  await page.locator('input[name="sex"][value="female"]').check();
  await page.locator('main form button').last().click();
  await page.waitForURL(/\/patients\/[0-9a-z]{26}$/);
}

/** Fills the form of a request that stands on the page, and sends it; the address of the reading. */
export async function ask(page, reason, question) {
  await page.locator('select[name="agreement"]').selectOption({ index: 1 });
  await page.locator('select[name="examination"]').selectOption('cbct_implant');
  await page.locator('input[name="urgent"][value="no"]').check();
  await page.locator('[name="reason"]').fill(reason);
  await page.locator('[name="question"]').fill(question);
  await page.locator('input[name="consent_by"][value="patient"]').check();
  await page.locator('input[name="consent_how"][value="paper"]').check();
  await page.locator('[name="consent_on"]').fill(new Date(Date.now() + 9 * 3600_000).toISOString().slice(0, 10));
  await page.locator('input[name="study"]').first().check();
  await page.getByRole('button', { name: 'この内容で依頼する' }).click();
  await page.waitForURL(/\/readings\/[0-9a-z]{26}$/);
  return new URL(page.url()).pathname;
}
