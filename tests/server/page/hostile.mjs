// A script in every field, payload and answer: all of it is text.
import { check, same, until, open, context, create, saved, dialog, go, state } from './world.mjs';

const SCRIPT = '<img src=x onerror=alert(1)><script>alert(2)</script>';
const ODD = '\u202egnp.exe\u202c \u001b[31m';

export async function hostile({ browser, server, receiver }) {
  const own = await context(browser);
  const page = await open(own, `${server.base}/#token=${server.token}`);
  await page.evaluate(() => {
    window.alert = () => window.complain('a script ran');
  });
  const path = '/x/%3Cscript%3Ealert(3)%3C/script%3E?q=javascript:alert(4)';
  receiver.answers.set(path, response =>
    response.writeHead(400, { 'Content-Type': 'text/html' }).end(`<html>${SCRIPT}<svg onload=alert(5)>\u202e`),
  );
  const name = `${SCRIPT.slice(0, 60)}  \u202eabc`;
  const { secret, shown } = await create(page, { name, url: receiver.base + path, events: ['call.ended'] });
  check('the snippets hold the secret as text', (await shown.locator('pre').textContent()).includes(secret));
  const id = await saved(page, shown);
  receiver.secrets.set(path, secret);
  const data = { summary: SCRIPT + ODD, [SCRIPT]: [`</script>${SCRIPT}`, { url: 'javascript:alert(6)' }], number: 1 };
  await server.call('POST', '/events', { event: 'call.ended', data });
  const row = page.locator('tbody tr', { hasText: '400' }).first();
  await row.waitFor();
  await row.locator('.row-link').click();
  const detail = page.getByRole('complementary', { name: 'Delivery' });
  await detail.getByText('The receiver answered 400').first().waitFor();
  const body = await detail.locator('pre').last().textContent();
  check('the payload stands there as it is', body.includes(SCRIPT.replaceAll('"', '\\"')), body.slice(0, 300));
  check(
    'what turns the direction is made visible',
    !/[\u202a-\u202e\u001b]/.test(await page.locator('body').innerText()),
  );
  check('the answer stands there as it is', (await detail.textContent()).includes(SCRIPT));
  await state(page, 'hostile delivery');
  for (const hash of [`#/webhooks/${id}/overview`, `#/webhooks/${id}/settings`, '#/webhooks', '#/deliveries']) {
    await go(page, hash);
    await page.getByText('<img src=x').first().waitFor();
  }
  await state(page, 'hostile names');
  await go(
    page,
    `#/webhooks/${id}/deliveries/%3Cimg%20src=x%20onerror=alert(7)%3E?message=${encodeURIComponent(SCRIPT)}`,
  );
  await page.locator('.empty').first().waitFor();
  // filters that nothing on the page would make, in either zone: the rest of the page stands
  for (const zone of ['Local', 'UTC']) {
    await page.getByRole('button', { name: zone === 'UTC' ? /^Local times/ : /times/ }).waitFor();
    if (zone === 'UTC') await page.getByRole('button', { name: /^Local times/ }).click();
    for (const filter of ['since=x', 'until=x', 'since=99999-01-01', 'span=1e99', 'span=x', 'result=constructor', 'code=__proto__']) {
      await go(page, `#/deliveries?${filter}`);
      await page.getByRole('heading', { name: 'Deliveries', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Clear', exact: true }).waitFor();
    }
  }
  await page.getByRole('button', { name: /^UTC times/ }).click();
  // a leap second, which the service takes and a browser does not
  await go(page, '#/deliveries?since=2026-12-31T23:59:60Z');
  await page.getByText(/The filter is: .*from 2026-12-31T23:59:60Z|That did not work/).waitFor();
  await go(page, `#/${SCRIPT}`);
  await page.getByRole('heading', { name: 'Webhooks', exact: true }).waitFor();
  same(
    'nothing became an element',
    await page.evaluate(
      () => document.querySelectorAll('main img, main script, main iframe, [onerror], [onload]').length,
    ),
    0,
  );
  same(
    'links lead here alone',
    await page.evaluate(
      () => [...document.querySelectorAll('a')].filter(a => new URL(a.href).origin !== location.origin).length,
    ),
    0,
  );
  check('no style stands in an attribute', await page.evaluate(() => !document.querySelector('[style]')));
  await until('the token is nowhere', async () => !(await page.content()).includes(server.token));

  // dialogs and what is said for a moment; and the name that one shows is the one that it takes
  const straight = async what =>
    check(`nothing turns the direction: ${what}`, !/[\u202a-\u202e]/.test(await page.locator('body').innerText()));
  await go(page, `#/webhooks/${id}/settings`);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByRole('dialog').getByText('0 of 1 accepted.').waitFor();
  await straight('test');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Rotate secret' }).first().click();
  await straight('rotate');
  await page.keyboard.press('Escape');
  await page.getByRole('switch').click();
  const pause = dialog(page, 'Set inactive').getByRole('button', { name: 'Set inactive' });
  await pause.or(page.getByText('This webhook is inactive.')).first().waitFor();
  if (await pause.isVisible()) await pause.click();
  await page.locator('#toasts').getByText('is inactive').waitFor();
  await straight('inactive');
  await page.getByRole('button', { name: 'Delete this webhook' }).click();
  const ask = dialog(page, 'Delete webhook');
  await straight('delete');
  await ask.getByRole('textbox').fill(await ask.locator('b').first().innerText());
  await ask.getByRole('button', { name: 'Delete webhook' }).click();
  await page.getByText('No webhooks yet').waitFor();
  await straight('deleted');
  await own.close();
}
