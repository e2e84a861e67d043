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
