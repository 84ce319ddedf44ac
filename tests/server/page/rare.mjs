// Answers that are rarely seen, many rows, rows that come while one reads.
import { check, same, until, open, context, create, saved, go, state } from './world.mjs';

// States that a healthy server hardly gives: its true answers, with one thing changed on the way.
export async function rare({ browser, server, receiver }) {
  const own = await context(browser, { clipboard: false });
  const page = await open(own, `${server.base}/#token=${server.token}`);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('no'));
  });
  const { secret, shown } = await create(page, { name: 'Rare', url: `${receiver.base}/rare` });
  await shown.getByRole('button', { name: 'Copy', exact: true }).click();
  await shown.getByText('did not allow copying').waitFor();
  same(
    'a refused copy selects the secret',
    await page.evaluate(() => getSelection().toString() || document.activeElement.value),
    secret,
  );
  await state(page, 'copy refused');
  const id = await saved(page, shown);
  receiver.answers.set('/rare', response => response.writeHead(200).end('fine'));
  await server.call('POST', '/events', { event: 'call.ended', data: { callId: 'call_rare' } });
  await page.locator('.log-table tbody tr').first().waitFor();

  const change = async (pattern, edit) => {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    if (pattern)
      await page.route(pattern, async route => {
        const answer = await route.fetch();
        const json = await answer.json();
        edit(json);
        await route.fulfill({ response: answer, json });
      });
  };
  const refuse = async (pattern, status, body, headers = {}) => {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.route(pattern, route =>
      route.fulfill({
        status,
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ success: false, ...body }),
      }),
    );
  };
  const one = /\/api\/v1\/deliveries\/dlv_[^/]*$/;
  const hook = /\/api\/v1\/webhooks\/whk_[^/]*$/;
  const log = /\/deliveries\?/;
  const look = async name => {
    await go(page, `#/webhooks/${id}`);
    await page.locator('tbody .row-link').first().click();
    await page.locator('.detail .attempt').first().waitFor();
    await state(page, name);
    await page.keyboard.press('Escape');
  };
  await change(one, ({ data }) => {
    data.request.body = null;
    data.request.bodyAvailable = false;
  });
  await look('body purged');
  await change(one, ({ data }) => {
    Object.assign(data.attempts[0], { response: 'x'.repeat(4096), responseTruncated: true });
  });
  await look('response cut');
  await change(one, ({ data }) => {
    data.request.body = JSON.stringify({ long: 'y'.repeat(90000) });
  });
  await look('long body');
  await change(one, ({ data }) => {
    data.state = 'failed';
    Object.assign(data.attempts[0], {
      state: 'failed',
      success: false,
      statusCode: null,
      response: null,
      durationMs: 30000,
      error: { code: 'DEADLINE', message: 'the deadline passed: delivery.phase says where', phase: 'head' },
    });
  });
  await look('no response');
  await change(one, ({ data }) => {
    data.state = 'dropped';
    Object.assign(data.attempts[0], {
      state: 'dropped',
      attempt: 0,
      success: false,
      statusCode: null,
      response: null,
      peer: null,
      durationMs: null,
    });
  });
  await look('delivery dropped');

  const ill = health =>
    change(hook, ({ data }) => {
      if (!data.id) return;
      Object.assign(data, health);
    });
  const hours = n => new Date(Date.now() - n * 3600e3).toISOString();
  await ill({
    health: {
      class: 'failing',
      reason: 'the receiver answered, but not with a 2xx code',
      failures: 14,
      failingSince: hours(2),
      inactiveAt: null,
      inactiveBy: null,
    },
  });
  await go(page, `#/webhooks/${id}/overview`);
  await page.reload();
  await page.getByText('14 failures in a row').waitFor();
  await state(page, 'webhook failing');
  await ill({
    isActive: false,
    health: {
      class: 'inactive',
      reason: 'no address of the host accepted the connection',
      failures: 20,
      failingSince: hours(30),
      inactiveAt: hours(1),
      inactiveBy: 'failures',
    },
  });
  await page.reload();
  await page.getByText('Its last 20 attempts failed').waitFor();
  await state(page, 'webhook set inactive');

  for (const [status, code, title] of [
    [429, 'RATE_LIMITED', 'Too many requests'],
    [503, 'STORE_FAILED', 'The server is busy'],
    [500, 'INTERNAL', 'That did not work'],
    [403, 'FORBIDDEN', 'This token may not see this'],
  ]) {
    await refuse(
      log,
      status,
      { error: 'one sentence about it', code, requestId: 'req_0123456789ab' },
      { 'Retry-After': '1' },
    );
    await go(page, `#/deliveries?code=${{ 429: '2xx', 503: '3xx', 500: '4xx', 403: '5xx' }[status]}`);
    await page.getByRole('heading', { name: title }).waitFor();
    await state(page, `answer ${status}`);
  }
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.log-box').getByText('Nothing matches').waitFor();

  // the webhooks by how they stand
  const shownIn = async (what, count) => {
    await go(page, '#/webhooks');
    await page.getByLabel('Show', { exact: true }).selectOption(what);
    await (count ? page.locator('.list-table tbody tr').first() : page.getByRole('heading', { name: 'Nothing matches' })).waitFor();
    same(`webhooks that are ${what}`, await page.locator('.list-box tbody tr').count(), count);
  };
  await shownIn('Active', 1);
  await shownIn('Inactive', 0);
  await shownIn('Failing', 0);
  same('the filter is named', await page.locator('.empty b').textContent(), 'failing');
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await page.locator('.list-table tbody tr').first().waitFor();
  await page.unrouteAll({ behavior: 'ignoreErrors' });

  // pages in which nothing matched, though more follow: the page looks on; after twenty it asks
  let empty = 3;
  await page.route(log, async route => {
    const url = new URL(route.request().url());
    const turn = Number(url.searchParams.get('cursor') || 0);
    if (turn < empty) {
      const pagination = { limit: 50, nextCursor: String(turn + 1), hasNext: true };
      await route.fulfill({ json: { success: true, data: [], pagination } });
      return;
    }
    url.searchParams.delete('cursor');
    await route.fulfill({ response: await route.fetch({ url: url.href }) });
  });
  await go(page, '#/deliveries?code=2xx');
  await page.locator('.log-table tbody tr').first().waitFor();
  empty = 25;
  await go(page, '#/deliveries?code=2xx&test=false');
  await page.locator('.log-box').getByText('Nothing matches').waitFor();
  await state(page, 'nothing matches so far');
  await page.getByRole('button', { name: 'Look further back' }).click();
  await page.locator('.log-table tbody tr').first().waitFor();
  same('then nothing more is offered', await page.getByRole('button', { name: 'Look further back' }).count(), 0);
  await page.unrouteAll({ behavior: 'ignoreErrors' });

  // a late answer: nothing for a moment, then lines that stand for what comes
  let release;
  const held = new Promise(resolve => {
    release = resolve;
  });
  await page.route(log, async route => {
    await held;
    await route.continue().catch(() => {});
  });
  await go(page, '#/webhooks');
  await go(page, '#/deliveries');
  await page.locator('.skeleton').waitFor();
  same('it says that it is busy', await page.locator('[aria-busy=true] .skeleton').count(), 1);
  await state(page, 'loading');
  release();
  await page.locator('.log-table tbody tr').first().waitFor();
  await page.unrouteAll({ behavior: 'ignoreErrors' });

  // a conflict says until when
  await go(page, `#/webhooks/${id}`);
  await page.locator('tbody .row-link').first().click();
  await refuse(/\/redeliver$/, 409, {
    error: 'the delivery has not ended',
    code: 'DELIVERY_WAITS',
    nextAttemptAt: new Date(Date.now() + 240e3).toISOString(),
  });
  await page.locator('.detail').getByRole('button', { name: 'Redeliver' }).click();
  await page.getByText('It still waits: next try in 4 min').waitFor();
  await state(page, 'answer 409');
  await page.unrouteAll({ behavior: 'ignoreErrors' });

  // what is open in a delivery, and the line of a webhook, stay while other deliveries come
  await page.keyboard.press('Escape');
  await page.locator('tbody .row-link').first().click();
  await page.locator('.detail summary', { hasText: 'header' }).click();
  const stay = () => page.evaluate(() => document.querySelector('.detail .headers').checkVisibility());
  const listed = page.waitForResponse(/\/api\/v1\/deliveries\/dlv_/);
  await server.call('POST', '/events', { event: 'call.ended', data: { callId: 'call_beside' } });
  await listed;
  await until(
    'it is in the log',
    async () => (await page.locator('.log-table tbody tr').count()) === 2 || (await page.locator('.new-bar button').count()) === 1,
  );
  check('what was opened stays open', await stay());
  await go(page, '#/webhooks');
  await page.locator('.list-table tbody tr').first().waitFor();
  await page.evaluate(() => {
    document.querySelector('.list-table tbody tr').dataset.mark = 'same';
  });
  const again = page.waitForResponse(/\/webhooks\?/);
  await server.call('PATCH', `/webhooks/${id}`, { name: 'Rare one' });
  await again;
  await page.getByRole('link', { name: 'Rare one' }).waitFor();
  same('the line is the same one', await page.locator('.list-table tbody tr').first().getAttribute('data-mark'), 'same');
  await go(page, `#/webhooks/${id}`);
  await page.locator('tbody .row-link').first().waitFor();

  // many rows: the newest page, older ones on demand; what comes while one reads waits for a click
  await page.keyboard.press('Escape');
  await Promise.all(
    Array.from({ length: 60 }, (_, n) => server.call('POST', '/events', { event: 'call.started', data: { n } })),
  );
  await until('sixty more', async () => (await server.call('GET', `/webhooks/${id}`)).stats.delivered >= 62);
  await page.reload();
  await page.locator('.log-table tbody tr').nth(49).waitFor();
  await page.getByRole('button', { name: 'Load older' }).click();
  await until('the older ones', async () => (await page.locator('tbody tr').count()) === 62);
  same(
    'no row stands there twice',
    await page.evaluate(() => new Set([...document.querySelectorAll('tbody tr')].map(row => row.dataset.cursor)).size),
    62,
  );
  await page.locator('tbody tr').nth(30).hover();
  await server.call('POST', '/events', { event: 'call.started', data: { n: 'late' } });
  await page.getByRole('button', { name: 'Show 1 new' }).waitFor();
  same('rows under the pointer do not move', await page.locator('tbody tr').count(), 62);
  await state(page, 'new rows wait');
  await page.getByRole('button', { name: 'Show 1 new' }).click();
  await until('the new one is there', async () => (await page.locator('tbody tr').count()) === 63);

  // more than a page came meanwhile: what is shown then has no hole
  await page.getByRole('button', { name: /^Live updates/ }).click();
  await Promise.all(
    Array.from({ length: 60 }, (_, n) => server.call('POST', '/events', { event: 'call.missed', data: { n } })),
  );
  await until('sixty more', async () => (await server.call('GET', `/webhooks/${id}`)).stats.delivered >= 123);
  await page.locator('tbody tr').nth(30).hover();
  await page.getByRole('button', { name: /^Live updates/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Show 50 new' }).click();
  const newest = (await server.call('GET', `/webhooks/${id}/deliveries?limit=50`)).map(row => row.cursor);
  const seen = () => page.evaluate(() => [...document.querySelectorAll('tbody tr')].map(row => row.dataset.cursor));
  await until('the newest page without a hole', async () => JSON.stringify(await seen()) === JSON.stringify(newest));

  // more rows of one moment than the page holds: it goes on behind the last one
  const [sample] = await server.call('GET', `/webhooks/${id}/deliveries?limit=1`);
  await page.route(log, async route => {
    const query = new URL(route.request().url()).searchParams;
    const end = query.get('until');
    const from = Number(query.get('cursor')) || 571;
    const left = end && end <= sample.timestamp ? 0 : from - 1;
    const n = Math.min(left, 50);
    const data = Array.from({ length: n }, (_, at) => ({ ...sample, id: `${sample.id}${at}`, cursor: String(from - 1 - at) }));
    const pagination = { limit: 50, nextCursor: left > n ? String(from - n) : null, hasNext: left > n };
    await route.fulfill({ json: { success: true, data, pagination } });
  });
  await go(page, `#/webhooks/${id}?code=2xx`);
  const lines = () => page.locator('tbody tr').count();
  await until('the first of them', async () => (await seen())[0] === '570');
  for (let n = 50; n < 500; n += 50) {
    await until(`${n} rows`, async () => (await lines()) === n);
    await page.getByRole('button', { name: 'Load older' }).click();
  }
  await page.getByRole('link', { name: /^Go on from/ }).click();
  await until('the rows behind them', async () => (await seen())[0] === '70');
  await page.getByRole('button', { name: 'Load older' }).click();
  await until('to the last', async () => (await seen()).length === 70);
  await page.getByLabel('Status code').selectOption('');
  await until('another filter begins with the newest', async () => (await seen())[0] === '570');
  await page.unrouteAll({ behavior: 'ignoreErrors' });

  // gone while one looks at it
  await server.call('DELETE', `/webhooks/${id}`);
  await page.getByText('This webhook is gone').waitFor();
  await state(page, 'webhook gone');
  await own.close();
}
