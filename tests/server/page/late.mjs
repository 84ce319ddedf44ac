// Answers that come late, other windows, clocks that are wrong.
import { check, same, until, open, context, dialog, go } from './world.mjs';

// Holds back what matches until it is released.
async function hold(page, what) {
  let release;
  let held = 0;
  const gate = new Promise(resolve => {
    release = resolve;
  });
  await page.route(what, async route => {
    held++;
    await gate;
    await route.continue().catch(() => {});
  });
  return {
    held: () => held,
    async release() {
      const answers = page.waitForResponse(what);
      release();
      await answers;
      await page.unroute(what);
    },
  };
}

async function emit(server, event, count) {
  for (let n = 0; n < count; n++)
    await until(`${event} ${n}`, () => server.call('POST', '/events', { event, data: { n } }).catch(() => null));
}

const events = page =>
  page.evaluate(() => [...document.querySelectorAll('.log-table .col-event code')].map(node => node.textContent));

// A page with one webhook, which is gone afterwards.
async function begin({ browser, server, receiver }, hash = '') {
  const own = await context(browser);
  receiver.answers.set('/late', response => response.writeHead(200).end());
  const made = await server.call('POST', '/webhooks', {
    name: 'Late',
    url: `${receiver.base}/late`,
    events: ['call.ended', 'call.started'],
  });
  const page = await open(own, `${server.base}/#token=${server.token}`);
  await page.getByRole('link', { name: 'Late', exact: true }).waitFor();
  if (hash) await go(page, hash.replace('ID', made.id));
  const end = async () => {
    await server.call('DELETE', `/webhooks/${made.id}`);
    await own.close();
  };
  return { page, made, end };
}

export async function lateRows(world) {
  const { server } = world;
  const { page, made, end } = await begin(world);
  await emit(server, 'call.ended', 52);
  await emit(server, 'call.started', 51);
  await until('all are there', async () => (await server.call('GET', `/webhooks/${made.id}`)).stats.delivered === 103);

  // older rows that come when the filter is another one already
  const log = `#/webhooks/${made.id}`;
  await go(page, `${log}?event=call.ended`);
  await page.getByRole('button', { name: 'Load older' }).waitFor();
  const older = await hold(page, /cursor=/);
  await page.getByRole('button', { name: 'Load older' }).click();
  await until('they are asked for', older.held);
  await go(page, `${log}?event=call.started`);
  await until('the other rows', async () => (await events(page))[0] === 'call.started');
  await older.release();
  await page.getByRole('button', { name: 'Load older' }).click();
  await until('the last of them', async () => (await events(page)).length > 50);
  same('older rows are of this filter', await events(page), Array(51).fill('call.started'));

  // and new ones
  await go(page, `${log}?event=call.ended`);
  await until('the first rows', async () => (await events(page))[0] === 'call.ended');
  const newer = await hold(page, /event=call\.ended/);
  await emit(server, 'call.ended', 1);
  await until('they are asked for', newer.held);
  await go(page, `${log}?event=call.started`);
  await until('the other rows', async () => (await events(page))[0] === 'call.started');
  await newer.release();
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
  await emit(server, 'call.started', 1);
  await until('a new row', async () => (await events(page)).length > 50);
  same('new rows are of this filter', await events(page), Array(51).fill('call.started'));
  await end();
}

// A list of events that comes late takes nothing away; one that does not come is asked for again.
export async function lateEvents(world) {
  const { server } = world;
  const { page, end } = await begin(world, '#/webhooks/ID');
  await emit(server, 'call.started', 1);
  await page.route(/event-types/, route => route.fulfill({ status: 500, json: { success: false, error: 'x', code: 'X' } }));
  await page.reload();
  await page.locator('.log-table tbody tr').first().waitFor();
  const options = () => page.getByLabel('Event', { exact: true }).locator('option').count();
  same('no events are known', await options(), 1);
  await page.unroute(/event-types/);
  const types = await hold(page, /event-types/);
  await emit(server, 'call.started', 1);
  await until('they are asked for', types.held);
  await page.getByLabel('Message id').fill('msg_half');
  await types.release();
  await until('the events', async () => (await options()) === 19);
  same('what was typed is still there', await page.getByLabel('Message id').inputValue(), 'msg_half');
  check(
    'and has the focus',
    await page.getByLabel('Message id').evaluate(node => node === document.activeElement),
  );
  await end();
}

// A secret and a token that were made though their dialog was closed meanwhile.
export async function lateSecrets(world) {
  const { server } = world;
  const { page, end } = await begin(world, '#/webhooks/ID');
  const rotation = await hold(page, /rotate-secret/);
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  await dialog(page, 'Rotate secret').getByRole('button', { name: 'Rotate secret' }).click();
  await until('it is asked for', rotation.held);
  await page.keyboard.press('Escape');
  await dialog(page, 'Rotate secret').waitFor({ state: 'detached' });
  await rotation.release();
  const secret = await dialog(page, 'New secret').getByLabel('Secret', { exact: true }).inputValue();
  check('the new secret is shown', /^whsec_/.test(secret), secret);
  const leaves = () => page.evaluate(() => dispatchEvent(new Event('beforeunload', { cancelable: true })));
  same('a reload asks before it is lost', await leaves(), false);
  await page.getByRole('button', { name: 'I saved it' }).click();
  await dialog(page, 'New secret').waitFor({ state: 'detached' });
  same('and not afterwards', await leaves(), true);
  await go(page, '#/settings');
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Late token');
  const making = await hold(page, /\/tokens$/);
  await page.getByRole('button', { name: 'Make token' }).click();
  await until('it is asked for', making.held);
  await page.keyboard.press('Escape');
  await making.release();
  const token = await dialog(page, 'Token made').getByLabel('Token', { exact: true }).inputValue();
  check('the new token is shown', /^aks_/.test(token));
  await page.getByRole('button', { name: 'I saved it' }).click();
  await page.getByText('Late token').waitFor();
  for (const each of await server.call('GET', '/tokens'))
    if (each.name === 'Late token') await server.call('DELETE', `/tokens/${each.id}`);
  await end();
}

// A test that is asked for again while the one before still runs: it is refused, and that one goes on.
export async function lateTest(world) {
  const { receiver } = world;
  const { page, end } = await begin(world, '#/webhooks/ID');
  const waiting = [];
  receiver.answers.set('/late', response => waiting.push(response));
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const box = dialog(page, 'Test Late');
  await box.getByText('0 of 2 answered').waitFor();
  const looking = await hold(page, /test=true/);
  await until('it looks', looking.held);
  await box.getByRole('button', { name: 'Test again' }).click();
  await box.getByText(/still runs/).waitFor();
  await looking.release();
  await until('both came', () => waiting.length === 2);
  for (const response of waiting) response.writeHead(200).end();
  await box.getByText('2 of 2 accepted.').waitFor();
  receiver.answers.set('/late', response => response.writeHead(200).end());
  await box.getByRole('button', { name: 'Test again' }).click();
  await box.getByText(/still runs/).waitFor({ state: 'hidden' });
  await box.getByText('2 of 2 accepted.').waitFor();
  same('one line for each', await box.locator('.test-line').count(), 2);
  await end();
}

// A screen that was left asks for nothing any more, though a dialog of it was open.
export async function leftScreen(world) {
  const { server } = world;
  const { page, made, end } = await begin(world, '#/webhooks/ID');
  await page.getByText('No deliveries yet').waitFor();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await dialog(page, 'Edit webhook').waitFor();
  await page.goBack();
  await page.locator('.list-table tbody tr').first().waitFor();
  const asked = [];
  page.on('request', request => asked.push(new URL(request.url()).pathname));
  await page.keyboard.press('Escape');
  await dialog(page, 'Edit webhook').waitFor({ state: 'detached' });
  for (let n = 0; n < 2; n++) {
    const listed = page.waitForResponse(/\/webhooks\?/);
    await emit(server, 'call.started', 1);
    await listed;
  }
  same('nothing is asked of it', asked.filter(path => path.includes(made.id)), []);
  await end();
}

export async function windows({ browser, server, receiver }) {
  const own = await context(browser);
  const first = await open(own, `${server.base}/#token=${server.token}`);
  receiver.answers.set('/windows', response => response.writeHead(200).end());
  const made = await server.call('POST', '/webhooks', {
    name: 'Two windows',
    url: `${receiver.base}/windows`,
    events: ['call.ended'],
  });
  const second = await open(own, `${server.base}/#/webhooks/${made.id}`);
  await second.getByText('No deliveries yet').waitFor();

  // both edit: what one did not touch stays as the other set it; what both touch is said first
  await second.getByRole('button', { name: 'Edit', exact: true }).click();
  const form = dialog(second, 'Edit webhook');
  await form.waitFor();
  await server.call('PATCH', `/webhooks/${made.id}`, { name: 'Other name', events: ['call.ended', 'lead.created'] });
  await form.locator('input[value="agent.created"]').check();
  const save = form.getByRole('button', { name: 'Save changes' });
  await save.click();
  await form.getByText('Another window set it to call.ended, lead.created. Save again to replace that.').first().waitFor();
  same('nothing was changed', (await server.call('GET', `/webhooks/${made.id}`)).events, ['call.ended', 'lead.created']);
  await save.click();
  await form.waitFor({ state: 'detached' });
  const saved = await server.call('GET', `/webhooks/${made.id}`);
  same('then it was', saved.events, ['call.ended', 'agent.created']);
  same('and the name is the other one', saved.name, 'Other name');

  // a tab that nobody looks at asks for nothing, and for all when it is seen again
  await go(first, `#/webhooks/${made.id}`);
  await first.getByText('No deliveries yet').waitFor();
  const turn = hidden =>
    second.evaluate(on => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => on });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await second.getByText('No deliveries yet').waitFor();
  await turn(true);
  const asked = [];
  second.on('request', request => asked.push(request.url()));
  for (let n = 1; n <= 3; n++) {
    await first.mouse.move(0, 0);
    await server.call('POST', '/events', { event: 'call.ended', data: { n } });
    await until('it is seen', async () => (await first.locator('.log-table tbody tr').count()) === n);
  }
  same('the hidden one asked for nothing', asked.filter(url => !url.endsWith('/stream')), []);
  await turn(false);
  await until('seen again it has all', async () => (await second.locator('.log-table tbody tr').count()) === 3);

  // the chart has the last event, too, though nothing comes after it
  await until('the sums', async () => (await server.call('GET', `/webhooks/${made.id}/stats?range=24h`)).totals.delivered === 3);
  await go(first, `#/webhooks/${made.id}/overview`);
  await first.getByText('100 % of 3 delivered').waitFor();
  await server.call('POST', '/events', { event: 'call.ended', data: { n: 4 } });
  await first.getByText('100 % of 4 delivered').waitFor();
  await server.call('DELETE', `/webhooks/${made.id}`);
  await own.close();
}

export async function clocks({ browser, server, receiver }) {
  receiver.answers.set('/clocks', response => response.writeHead(410).end());
  for (const hours of [-5, 5]) {
    const what = `a clock that is ${hours} h wrong`;
    const own = await context(browser);
    await own.addInitScript(ms => {
      const Right = Date;
      globalThis.Date = class extends Right {
        constructor(...given) {
          if (given.length) super(...given);
          else super(Right.now() + ms);
        }
        static now() {
          return Right.now() + ms;
        }
      };
    }, hours * 3600e3);
    const made = await server.call('POST', '/webhooks', {
      name: 'Clocks',
      url: `${receiver.base}/clocks`,
      events: ['call.ended'],
    });
    const page = await open(own, `${server.base}/#token=${server.token}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await server.call('POST', '/events', { event: 'call.ended', data: { hours } });
    await until('410 sets it inactive', async () => !(await server.call('GET', `/webhooks/${made.id}`)).isActive);
    const sums = () => server.call('GET', `/webhooks/${made.id}/stats?range=24h`);
    await until('it is in the sums', async () => (await sums()).totals.failed === 1);
    const last = await page.locator('.col-last time').first().textContent();
    check(`${what}: the last delivery`, /^(just now|\d+ s ago|\d min ago)$/.test(last), last);
    await go(page, `#/webhooks/${made.id}?span=3600`);
    await page.locator('.log-table tbody tr').first().waitFor();
    await go(page, `#/webhooks/${made.id}/overview`);
    await page.locator('a.bar').first().waitFor();
    await page.getByRole('switch').click();
    await page.getByRole('button', { name: 'Redeliver failed' }).click();
    const ask = dialog(page, 'Redeliver failed');
    await ask.getByLabel('Failed in').selectOption('3600');
    await ask.getByText(/^1 delivery failed since/).waitFor();
    await ask.getByRole('button', { name: 'Redeliver', exact: true }).click();
    await page.locator('#toasts').getByText('1 delivery on the way').waitFor();
    await server.call('DELETE', `/webhooks/${made.id}`);
    await own.close();
  }

  // days of UTC begin in the evening of the day before, in New York
  const own = await context(browser, { timezoneId: 'America/New_York' });
  const made = await server.call('POST', '/webhooks', {
    name: 'Zones',
    url: `${receiver.base}/zones`,
    events: ['call.ended'],
  });
  const page = await open(own, `${server.base}/#token=${server.token}`);
  await page.route(/\/stats\?range=30d/, async route => {
    const start = `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`;
    const sums = { delivered: 3, failed: 0, p50Ms: 5, p95Ms: 9 };
    const data = { totals: sums, buckets: [{ start, ...sums }], bucketS: 86400 };
    await route.fulfill({ json: { success: true, data } });
  });
  await go(page, `#/webhooks/${made.id}/overview`);
  await page.getByRole('button', { name: '30 days' }).click();
  await page.getByText('100 % of 3 delivered').waitFor();
  await page.getByText('Show as table').click();
  const row = await page.locator('.small-table tbody th').first().textContent();
  check('where a day of UTC begins there', /^\d+ \w+ (19|20):00$/.test(row), row);
  await page.getByRole('button', { name: /^Local times/ }).click();
  await page.getByRole('button', { name: '24 hours' }).click();
  await page.getByRole('button', { name: '30 days' }).click();
  await until('in UTC it is a day', async () =>
    /^\d+ \w+$/.test(await page.locator('.small-table tbody th').first().textContent()),
  );
  await server.call('DELETE', `/webhooks/${made.id}`);
  await own.close();
}
