// How a member of the staff of the demonstration comes in.

/** Everybody's. */
export const PASSWORD = 'haruka-demo-2026';

/** The code that the app on the phone of the person at this browser would show. */
export async function secondFactor(person) {
  const clock = await person.context.newPage();
  await clock.goto('/demo/code');
  const code = (await clock.locator('main strong').textContent()).trim();
  await clock.close();
  return code;
}

/** Signs a member of the staff in with both factors. */
export async function signIn(person, login) {
  const { page } = person;
  await page.goto('/sign-in');
  await page.getByLabel('ログイン名').fill(login);
  await page.getByLabel('パスワード').fill(PASSWORD);
  await page.getByRole('button', { name: '次へ' }).click();
  await page.locator('input[name="code"]').first().fill(await secondFactor(person));
  await page.getByRole('button', { name: 'ログイン', exact: true }).first().click();
  // Each person comes in at the first page that is theirs: the day, or for whoever keeps watch the compliance page.
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

/** The same, at a machine of the facility of which the house knows already that images may be shown on it (TR-14). */
export async function signInAtDesk(person, login) {
  await signIn(person, login);
  const { page } = person;
  await page.goto('/terminal');
  await page.locator('input[name="kind"][value="fixed"]').check();
  await page.locator('[name="name"]').fill('診察室1のパソコン');
  await page.getByRole('button', { name: 'この内容で登録する' }).click();
  await page.getByText('この端末で画像を開けます').waitFor();
}
