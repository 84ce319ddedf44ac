// A second tab, an expired token, scopes, a server that goes away and comes back.
import { check, same, until, open, context, saved, dialog, go, state } from './world.mjs';

export async function secondTab({ browser, server }) {
  const own = await context(browser);
  let streams = 0;
  own.on('request', request => {
    if (request.url().endsWith('/stream')) streams++;
  });
  const first = await open(own, `${server.base}/#token=${server.token}`);
  await first.getByText('Live', { exact: true }).waitFor();
  const second = await open(own, `${server.base}/#/webhooks`);
  await second.getByText('Live', { exact: true }).waitFor();
  const asked = new Set(); // looks of the second at the list that have no answer
  second.on('request', request => {
    if (request.url().includes('/webhooks?')) asked.add(request);
  });
  second.on('requestfailed', request => asked.delete(request));
  second.on('requestfinished', request => asked.delete(request));
  check('a second tab is signed in by the first', (await second.locator('dialog').count()) === 0);
  same('both share one stream', streams, 1);
  const made = await server.call('POST', '/webhooks', {
    name: 'Seen twice',
    url: 'http://127.0.0.1:9/twice',
    events: ['call.ended'],
  });
  for (const page of [first, second]) await page.getByRole('link', { name: 'Seen twice' }).waitFor();
  // a link that somebody else made signs nobody out, here or in another tab
  for (const fragment of ['token=', 'token=%', 'token=%ff', 'token=nothing', `token=aks_${'x'.repeat(43)}`]) {
    const third = await open(own, `${server.base}/#${fragment}`);
    await third.getByRole('link', { name: 'Seen twice' }).waitFor();
    check(`a tab from #${fragment} is signed in by the first`, (await third.locator('dialog').count()) === 0);
    same('its address holds nothing of it', new URL(third.url()).hash, '');
    await third.close();
    const kept = await first.evaluate(() => sessionStorage.getItem('akolhook-token'));
    same(`the first has its token after #${fragment}`, kept, server.token);
    await second.evaluate(hash => {
      location.hash = hash;
    }, fragment);
    await until('its address is clean', async () => !new URL(second.url()).hash.startsWith('#token'));
    same(
      'and so does a tab that was sent there',
      await second.evaluate(() => sessionStorage.getItem('akolhook-token')),
      server.token,
    );
  }
  // nor does it where the server does not say whether it knows the token
  const busy = route => route.fulfill({ status: 503, json: { success: false, error: 'x', code: 'STORE_FAILED' } });
  await own.route(/event-types/, busy);
  const third = await open(own, `${server.base}/#token=aks_${'y'.repeat(43)}`);
  await third.getByRole('link', { name: 'Seen twice' }).waitFor();
  for (const page of [first, second, third])
    same(
      'all have the right token',
      await page.evaluate(() => sessionStorage.getItem('akolhook-token')),
      server.token,
    );
  await third.close();
  await own.unroute(/event-types/, busy);
  const alone = await context(browser);
  await alone.route(/event-types/, busy);
  const only = await open(alone, `${server.base}/#token=${server.token}`);
  await only.getByRole('link', { name: 'Seen twice' }).waitFor();
  check('without another tab such a link is tried', (await only.locator('dialog').count()) === 0);
  await alone.close();
  await second.getByText('Live', { exact: true }).waitFor();
  const fresh = second.waitForResponse(/\/webhooks\?/);
  await first.close();
  await fresh;
  await until('the second takes the stream over', () => streams >= 2);
  await second.getByText('Live', { exact: true }).waitFor();
  await until('no look is under way', () => asked.size === 0);
  // paused as it hears of a change: the look that was due does not come
  await second.evaluate(() => {
    const [teller, hearer] = [1, 2].map(() => new BroadcastChannel('akolhook-live'));
    hearer.onmessage = () => {
      document.querySelector('[aria-label^="Live updates"]').click();
      hearer.close();
    };
    teller.postMessage({ kind: 'change', webhooks: null });
  });
  await second.getByText('Paused').waitFor();
  await server.call('PATCH', `/webhooks/${made.id}`, { name: 'Seen later' });
  await second.waitForTimeout(1000);
  check('paused, nothing changes', await second.getByRole('link', { name: 'Seen twice' }).isVisible());
  await second.getByRole('button', { name: /^Live updates/ }).click();
  await second.getByRole('link', { name: 'Seen later' }).waitFor();
  await server.call('DELETE', `/webhooks/${made.id}`);
  await second.getByText('No webhooks yet').waitFor();
  await own.close();
}

export async function tokens({ browser, server, receiver }) {
  const own = await context(browser);
  const page = await open(own, `${server.base}/`);
  await dialog(page, 'Sign in').waitFor();
  await state(page, 'sign in');
  await page.getByLabel('Token', { exact: true }).fill('aks_wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('A token begins with aks_').waitFor();
  await page.getByLabel('Token', { exact: true }).fill(`aks_${'x'.repeat(43)}`);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('does not know this token').waitFor();
  await state(page, 'sign in refused');
  const passing = await server.call('POST', '/tokens', { scope: 'full', name: 'passing' });
  await page.getByLabel('Token', { exact: true }).fill(passing.token);
  await page.keyboard.press('Enter');
  await page.getByText('No webhooks yet').waitFor();

  // it is revoked while a form is filled in: after signing in again the form goes on
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Not lost');
  await page.getByLabel('URL', { exact: true }).fill(`${receiver.base}/not-lost`);
  await page.getByLabel('All events', { exact: true }).check();
  await server.call('DELETE', `/tokens/${passing.id}`);
  const press = () =>
    page
      .getByRole('button', { name: 'Create', exact: true })
      .click({ timeout: 1000 })
      .catch(() => {});
  await until(
    'signing in is asked for',
    async () => (await dialog(page, 'Sign in again').isVisible()) || (await press()),
  );
  same('the form is still there', await page.getByLabel('Name', { exact: true }).inputValue(), 'Not lost');
  await state(page, 'sign in again');
  await page.getByLabel('Token', { exact: true }).fill(server.token);
  await page.keyboard.press('Enter');
  await dialog(page, 'Sign in again').waitFor({ state: 'detached' });
  const shown = dialog(page, 'Webhook created');
  await until('the form goes on', async () => (await shown.isVisible()) || (await press()));
  await shown.getByRole('button', { name: 'Copy', exact: true }).click();
  const id = await saved(page, shown);

  // a token made here may only read; what it may not do is said where it was tried
  await go(page, '#/settings');
  await page.getByRole('button', { name: 'New token' }).click();
  await state(page, 'new token');
  await page.getByLabel('Name', { exact: true }).fill('Grafana');
  await page.getByRole('button', { name: 'Make token' }).click();
  const value = await dialog(page, 'Token made').getByLabel('Token', { exact: true }).inputValue();
  check('the token is whole', /^aks_[\w-]{43}$/.test(value));
  await state(page, 'token made');
  await page.getByRole('button', { name: 'I saved it' }).click();
  await page.getByText('Grafana').waitFor();
  await state(page, 'settings');
  const reader = await context(browser);
  const other = await open(reader, `${server.base}/#token=${value}`);
  await other.getByRole('switch').click();
  await other.locator('.toast-fail').waitFor();
  await go(other, '#/settings');
  await other.getByText('This token may not see this').waitFor();
  await state(other, 'scope');
  await reader.close();
  await page.getByRole('button', { name: 'Revoke Grafana' }).click();
  await state(page, 'revoke');
  await dialog(page, 'Revoke token').getByRole('button', { name: 'Revoke token' }).click();
  await until('it is gone', async () => !(await server.call('GET', '/tokens')).some(token => token.name === 'Grafana'));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Not now' }).click();
  await page.getByText('Not signed in').first().waitFor();
  await state(page, 'signed out');

  // nobody who has signed out is told of changes, nor asked again at each
  await go(page, '#/webhooks');
  await page.getByRole('button', { name: 'Not now' }).click();
  await page.getByText('Not signed in').first().waitFor();
  await server.call('PATCH', `/webhooks/${id}`, { name: 'Changed meanwhile' });
  await page.waitForTimeout(1000);
  same('it does not ask again', await page.locator('dialog').count(), 0);
  await page.getByText('Connecting', { exact: true }).waitFor();
  await server.call('DELETE', `/webhooks/${id}`);
  await own.close();
}

export async function away({ browser, server, receiver }) {
  const own = await context(browser);
  const page = await open(own, `${server.base}/#token=${server.token}`);
  const made = await server.call('POST', '/webhooks', {
    name: 'Stays',
    url: `${receiver.base}/stays`,
    events: ['call.ended'],
  });
  receiver.answers.set('/stays', response => response.writeHead(200).end());
  await page.getByRole('link', { name: 'Stays' }).click();
  await server.call('POST', '/events', { event: 'call.ended', data: { callId: 'call_before' } });
  await page.locator('.log-table tbody tr').first().waitFor();
  await server.stop();
  await page.getByText(/Live paused: the server does not answer. Retrying/).waitFor();
  check('what was there is still there', (await page.locator('.log-table tbody tr').count()) === 1);
  await state(page, 'server away');
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('Stays on');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('The server does not answer.', { exact: true }).waitFor();
  same('the form is kept', await page.getByLabel('Name', { exact: true }).inputValue(), 'Stays on');
  await state(page, 'saving failed');
  await go(page, '#/deliveries');
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
  await state(page, 'error');
  await go(page, '#/settings');
  await page.getByRole('heading', { name: 'The server does not answer' }).first().waitFor();
  await server.start();
  await page.getByRole('button', { name: 'Revoke first token' }).waitFor();
  await go(page, '#/deliveries');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('.log-table tbody tr').first().waitFor();
  await server.call('POST', '/events', { event: 'call.ended', data: { callId: 'call_after' } });
  await until('what comes afterwards is seen', async () => (await page.locator('.log-table tbody tr').count()) === 2);
  await server.call('DELETE', `/webhooks/${made.id}`);
  await own.close();
}

export async function redeliver({ browser, server, receiver }) {
  const own = await context(browser);
  const page = await open(own, `${server.base}/#token=${server.token}`);
  const made = await server.call('POST', '/webhooks', {
    name: 'Broken',
    url: `${receiver.base}/broken`,
    events: ['call.ended'],
  });
  receiver.answers.set('/broken', response => response.writeHead(410).end());
  await server.call('POST', '/events', { event: 'call.ended', data: { callId: 'call_410' } });
  await until('410 sets it inactive', async () => !(await server.call('GET', `/webhooks/${made.id}`)).isActive);
  await go(page, `#/webhooks/${made.id}`);
  await page.getByText('410').first().waitFor();
  receiver.answers.set('/broken', response => response.writeHead(200).end());
  await page.getByRole('switch').click();
  await page.getByRole('button', { name: 'Redeliver failed' }).click();
  const ask = dialog(page, 'Redeliver failed');
  await ask.getByText(/^1 delivery failed since/).waitFor();
  await state(page, 'redeliver failed');
  await ask.getByRole('button', { name: 'Redeliver', exact: true }).click();
  await page.locator('#toasts').getByText('1 delivery on the way').waitFor();
  await page.locator('.log-table tbody tr', { hasText: 'Delivered' }).waitFor();
  await page.keyboard.press('?');
  await state(page, 'keyboard');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Local times/ }).click();
  await page.getByRole('columnheader', { name: 'Time UTC' }).waitFor();
  await server.call('DELETE', `/webhooks/${made.id}`);
  await own.close();
}

export async function pages({ browser, server }) {
  const own = await context(browser);
  const made = [];
  for (let n = 1; n <= 21; n++) {
    const url = `http://127.0.0.1:9/page/${n}`;
    made.push(await server.call('POST', '/webhooks', { name: `Hook ${n}`, url, events: ['call.ended'] }));
  }
  const page = await open(own, `${server.base}/#token=${server.token}`);
  await page.getByText('Page 1 of 2, 21 webhooks').waitFor();
  same('a page has twenty', await page.locator('.list-table tbody tr').count(), 20);
  await state(page, 'webhooks page 1');
  await page.getByRole('link', { name: 'Next' }).click();
  await page.getByRole('link', { name: 'Hook 21' }).waitFor();
  same('the last page has the rest', await page.locator('.list-table tbody tr').count(), 1);
  await page.getByLabel('Search').fill('page/7');
  await page.getByRole('link', { name: 'Hook 7' }).waitFor();
  same('a search leaves the page', await page.locator('.list-table tbody tr').count(), 1);
  await page.getByRole('link', { name: 'Hook 7' }).click();
  await page.getByText('No deliveries yet').waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'Hook 7' }).waitFor();
  same('the way back has the search', await page.getByLabel('Search').inputValue(), 'page/7');
  for (const webhook of made) await server.call('DELETE', `/webhooks/${webhook.id}`);
  await own.close();
}
