// Each sentence of the dashboard's text, done on the page; what it does is seen at the receiver.
import { spawn, execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, same, until, open, context, saved, dialog, go, state, freePort, ROOT, scratch } from './world.mjs';

const run = promisify(execFile);
const texts = list => list.map(text => text.trim());

// Each snippet is taken as the page shows it and run: two as receivers, one compiled, one sends.
async function snippets(page, shown, secret, receiver, path) {
  const code = {};
  for (const name of ['Node', 'Python', 'C', 'curl']) {
    await shown.getByRole('tab', { name, exact: true }).click();
    await shown.getByRole('button', { name: `Copy the ${name} code` }).click();
    code[name] = await until(`the ${name} code in the clipboard`, () =>
      page
        .evaluate(() => navigator.clipboard.readText())
        .then(text => text.includes(name === 'C' ? 'akolhook.h' : secret) && text),
    );
    same(`what is copied is what is shown: ${name}`, code[name], await shown.locator('pre').textContent());
    check(`the secret stands in the ${name} code`, code[name].includes(secret));
  }

  writeFileSync(join(scratch, 'snippet.c'), code.C);
  try {
    await run(process.env.CC || 'cc', [
      '-std=c99',
      '-Wall',
      '-Wextra',
      '-Werror',
      `-I${ROOT}`,
      '-c',
      '-o',
      join(scratch, 'snippet.o'),
      join(scratch, 'snippet.c'),
    ]);
    check('the C code compiles', true);
  } catch (error) {
    check('the C code compiles', false, String(error.stderr));
  }

  receiver.secrets.set(path, secret);
  const before = receiver.at(path).length;
  await run('sh', ['-c', code.curl]);
  check(
    'what the curl code sends is genuine',
    receiver
      .at(path)
      .slice(before)
      .every(each => each.genuine) && receiver.at(path).length === before + 1,
  );

  for (const [name, file, command] of [
    ['Node', 'receiver.mjs', 'node'],
    ['Python', 'receiver.py', 'python3'],
  ]) {
    const port = await freePort();
    writeFileSync(join(scratch, file), code[name].replace('8080', String(port)));
    const child = spawn(command, [join(scratch, file)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', data => {
      out += data;
    });
    const send = async text => {
      const line = text
        .replace(/^url=.*$/m, `url='http://127.0.0.1:${port}/'`)
        .replace('curl -i', 'curl -s -o /dev/null -w %{http_code}');
      return (await run('sh', ['-c', line]).catch(error => error)).stdout;
    };
    const answer = await until(`the ${name} receiver answers`, async () => {
      const got = await send(code.curl);
      return got !== '000' && got;
    });
    same(`the ${name} receiver takes what is genuine`, answer, '200');
    same(
      `the ${name} receiver refuses another secret`,
      await send(code.curl.replace(/^secret=.*$/m, "secret='whsec_other'")),
      '401',
    );
    await until(`the ${name} receiver shows the event`, () => out.includes('call.ended'));
    child.kill();
  }
}

async function creating(page, server, receiver) {
  await page.getByText('No webhooks yet').waitFor();
  await state(page, 'no webhooks');
  check('the token has left the address', !page.url().includes('token'));
  check(
    'the token is not in the history',
    await page.evaluate(() => !JSON.stringify(history.state || '').includes('aks_')),
  );

  await page.getByRole('button', { name: 'Create webhook' }).click();
  const form = dialog(page, 'Create webhook');
  await form.waitFor();
  same('each event is offered with when it fires', await form.locator('.pick').count(), 18);
  const types = await server.call('GET', '/event-types');
  for (const type of types) {
    const line = form.locator('.pick', { has: page.locator(`input[value="${type.name}"]`) });
    check(`when it fires: ${type.name}`, (await line.textContent()).includes(type.firesWhen));
  }
  await state(page, 'create');

  // nothing filled in: each is named, the summary has the focus
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  check('three things need a change', (await form.locator('.summary').textContent()).includes('3 things'));
  check('the summary has the focus', await form.locator('.summary').evaluate(node => node === document.activeElement));
  same('fields that are wrong say so', await form.locator('[aria-invalid=true]').count(), 3);
  await form.getByLabel('Name', { exact: true }).fill('CRM Call Logger');
  await form.getByLabel('URL', { exact: true }).fill('ftp://example.com/');
  await form.getByLabel('All call events').check();
  same(
    'a group is chosen at once',
    await form.locator('.pick input:checked').count(),
    types.filter(type => type.group === 'call').length,
  );
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  await form.locator('.field-error:visible').first().waitFor();
  same("the server's word stands at the URL", await form.locator('[aria-invalid=true]').getAttribute('name'), 'url');
  same('the form is kept', await form.getByLabel('Name', { exact: true }).inputValue(), 'CRM Call Logger');
  await state(page, 'create refused');

  const path = '/crm?key=1';
  await form.getByLabel('URL', { exact: true }).fill(receiver.base + path);
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  const shown = dialog(page, 'Webhook created');
  const secret = await shown.getByLabel('Secret', { exact: true }).inputValue();
  check('the secret is whole', /^whsec_[A-Za-z0-9+/]{32}$/.test(secret), secret);
  check(
    'the focus is on Copy',
    await shown.getByRole('button', { name: 'Copy', exact: true }).evaluate(node => node === document.activeElement),
  );
  await state(page, 'secret');
  await page.keyboard.press('Escape');
  check('it does not close before it was copied', await shown.isVisible());
  await shown.getByText('Not copied yet').waitFor();
  await shown.getByRole('button', { name: 'Copy', exact: true }).click();
  await shown.getByText('Copied').first().waitFor();
  same('the secret is in the clipboard', await page.evaluate(() => navigator.clipboard.readText()), secret);
  await state(page, 'secret copied');
  await snippets(page, shown, secret, receiver, path);
  const id = await saved(page, shown);
  await page.getByText('No deliveries yet').waitFor();
  check('the secret is nowhere on the page any more', !(await page.content()).includes(secret));
  await state(page, 'webhook without deliveries');
  return { id, secret, path };
}

async function testing(page, receiver, hook) {
  const before = receiver.at(hook.path).length;
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const shown = dialog(page, 'Test CRM Call Logger');
  await shown.getByText('7 of 7 accepted.').waitFor();
  await until('the samples at the receiver', () => receiver.at(hook.path).length >= before + 7);
  const samples = receiver.at(hook.path).slice(before);
  check(
    'each sample is signed both ways',
    samples.every(each => each.genuine && each.standard),
  );
  check(
    'each sample is marked as a test',
    samples.every(each => each.headers['x-webhook-test'] === '1'),
  );
  same('each subscribed event came', new Set(samples.map(each => JSON.parse(each.body).event)).size, 7);
  await state(page, 'test accepted');
  await shown.getByRole('button', { name: 'Close' }).last().click();
  await page.locator('.log-table tbody tr').nth(6).waitFor();
  check('each is in the log as a test', (await page.locator('tbody .tag').count()) === 7);
}

async function logging(page, server, receiver, hook) {
  // an event comes and appears by itself; a failure with code and answer
  await page.mouse.move(0, 0);
  await server.call('POST', '/events', {
    event: 'call.ended',
    data: { callId: 'call_live', n: 12345678901234567890n.toString() },
  });
  await page
    .locator('tbody tr', { has: page.locator('code:text-is("call.ended")') })
    .filter({ hasNotText: 'Test' })
    .first()
    .waitFor();
  const cells = texts(await page.locator('tbody tr').first().locator('td').allTextContents());
  check(
    'time, event, result, code, attempt, duration, response',
    /^\d\d:\d\d:\d\d$/.test(cells[0]) &&
      cells[1] === 'call.ended' &&
      cells[2] === 'Delivered' &&
      cells[3] === '200' &&
      cells[4] === '1' &&
      /ms$/.test(cells[5]) &&
      cells[6] === '{"received":true}',
    cells,
  );
  await state(page, 'log');

  receiver.answers.set(hook.path, response => response.writeHead(500).end('<b>out of order</b>'));
  await server.call('POST', '/events', { event: 'call.missed', data: { callId: 'call_bad' } });
  const bad = page.locator('tbody tr', { hasText: '500' }).first();
  await bad.waitFor();
  check(
    'a failure shows its code and answer',
    /Waiting/.test(await bad.textContent()) && (await bad.textContent()).includes('<b>out of order</b>'),
  );
  await bad.locator('.row-link').click();
  const detail = page.getByRole('complementary', { name: 'Delivery' });
  await detail.getByText('only 2xx counts').first().waitFor();
  check('what to do is said', (await detail.textContent()).includes('Its own log says why'));
  await detail.getByText('out of order').waitFor();
  check('the body is shown', (await detail.locator('pre').last().textContent()).includes('call_bad'));
  await state(page, 'delivery waiting');

  receiver.answers.delete(hook.path);
  // by hand or by the schedule, whichever is first
  await until('it was delivered', async () => {
    if (await detail.getByRole('button', { name: 'Redeliver' }).isVisible()) return true;
    const press = detail.getByRole('button', { name: 'Send now' });
    await press.click({ timeout: 1000 }).catch(() => {});
    await page.waitForTimeout(500);
    return false;
  });
  await detail.getByRole('heading', { name: 'Attempts', exact: true }).waitFor();
  await detail.getByRole('button', { name: 'Redeliver' }).waitFor();
  const sent = receiver.at(hook.path).filter(each => each.body.includes('call_bad')); // the schedule may have made one more
  check('there were two attempts or more', sent.length >= 2);
  same('each attempt is there', await detail.locator('.attempt').count(), sent.length);
  await state(page, 'delivery with two attempts');

  await detail.getByRole('button', { name: 'Redeliver' }).click();
  const again = await until('the redelivery', () => {
    const now = receiver.at(hook.path).filter(each => each.body.includes('call_bad'));
    return now.length > sent.length && now[now.length - 1];
  });
  same(
    'a redelivery has the same id and bytes',
    [again.headers['webhook-id'], again.body],
    [sent[0].headers['webhook-id'], sent[0].body],
  );
  await page.keyboard.press('Escape');
  await detail.waitFor({ state: 'detached' });

  // filters live in the address and the page shows what they let through
  await page.getByLabel('Status code').selectOption('5xx');
  await page.waitForURL(/code=5xx/);
  await until('the rows of 5xx', async () => (await page.locator('tbody tr').count()) === sent.length - 1);
  await page.reload();
  await until(
    'the rows of 5xx after a reload',
    async () => (await page.locator('tbody tr').count()) === sent.length - 1,
  );
  await page.getByLabel('Event').selectOption('call.started');
  await page.getByText('Nothing matches').waitFor();
  check('the filter is named', (await page.locator('.empty').textContent()).includes('call.started, code 5xx'));
  await state(page, 'nothing matches');
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await page.locator('tbody tr').nth(5).waitFor();
}

async function changing(page, server, receiver, hook) {
  // the URL is shown without its query; a form that does not touch it does not change it
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const form = dialog(page, 'Edit webhook');
  check(
    'the query of the URL is hidden',
    (await form.getByLabel('URL', { exact: true }).inputValue()).endsWith('/crm?***'),
  );
  await form.getByLabel('Name', { exact: true }).fill('CRM logger');
  await form.getByLabel('All content events').check();
  await state(page, 'edit');
  await form.getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('heading', { name: 'CRM logger' }).waitFor();
  await server.call('POST', '/events', { event: 'summary.ready', data: { callId: 'call_after_edit' } });
  await until('the URL was not changed', () =>
    receiver.at(hook.path).some(each => each.body.includes('call_after_edit')),
  );

  await page.getByRole('button', { name: 'Rotate secret' }).click();
  const ask = dialog(page, 'Rotate secret');
  check('it says that the old one stops at once', (await ask.textContent()).includes('stops working at once'));
  check(
    'the focus is on Cancel',
    await ask.getByRole('button', { name: 'Cancel' }).evaluate(node => node === document.activeElement),
  );
  await state(page, 'rotate');
  await ask.getByRole('button', { name: 'Rotate secret' }).click();
  const shown = dialog(page, 'New secret');
  const secret = await shown.getByLabel('Secret', { exact: true }).inputValue();
  check('it is another one', secret !== hook.secret && /^whsec_/.test(secret));
  await state(page, 'rotated');
  await shown.getByRole('button', { name: 'Copy', exact: true }).click();
  await shown.getByRole('button', { name: 'I saved it' }).click();

  // the receiver has the old one still: the test shows the refusal and what to do
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const test = dialog(page, 'Test CRM logger');
  await test.getByText(/^0 of \d+ accepted\.$/).waitFor();
  check(
    'a refused test says why',
    (await test.locator('.test-why').textContent()).includes('Was the secret rotated?') &&
      (await test.textContent()).includes('bad signature'),
  );
  await state(page, 'test refused');
  receiver.secrets.set(hook.path, secret);
  await test.getByRole('button', { name: 'Test again' }).click();
  await test.getByText(/^(\d+) of \1 accepted\.$/).waitFor();
  await page.keyboard.press('Escape');
  await test.waitFor({ state: 'detached' });
}

async function switching(page, server, receiver, hook) {
  receiver.answers.set(hook.path, response => response.writeHead(503).end());
  await server.call('POST', '/events', { event: 'call.ended', data: { callId: 'call_waits' } });
  await until('it waits', async () => (await server.call('GET', `/webhooks/${hook.id}`)).stats.waiting > 0);
  const lever = page.getByRole('switch', { name: 'CRM logger: active' });
  await lever.click();
  const ask = dialog(page, 'Set inactive');
  await ask.waitFor();
  check('it says what is cancelled', /1 delivery waits/.test(await ask.textContent()));
  await state(page, 'set inactive');
  await ask.getByRole('button', { name: 'Set inactive' }).click();
  await page.getByText('This webhook is inactive.').waitFor();
  same('the switch is off', await lever.getAttribute('aria-checked'), 'false');
  const before = receiver.at(hook.path).length;
  await server.call('POST', '/events', { event: 'call.ended', data: { callId: 'call_skipped' } });
  await page.reload(); // nothing was delivered, so nothing is told
  await page.getByText('1 event came while it was inactive').waitFor();
  await page.getByLabel('Result').selectOption('cancelled');
  await page.locator('.log-table tbody tr', { hasText: 'Cancelled' }).waitFor();
  await state(page, 'webhook inactive');
  await page.locator('tbody .row-link').first().click();
  await page
    .getByText('It was cancelled: no attempt follows.')
    .or(page.getByText('The receiver answered 503'))
    .first()
    .waitFor();
  await state(page, 'delivery cancelled');
  receiver.answers.delete(hook.path);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await lever.click();
  await until('the switch is on', async () => (await lever.getAttribute('aria-checked')) === 'true');
  await server.call('POST', '/events', { event: 'call.ended', data: { callId: 'call_active_again' } });
  await until('it delivers again', () =>
    receiver
      .at(hook.path)
      .slice(before)
      .some(each => each.body.includes('call_active_again')),
  );
  check(
    'what came while inactive was never sent',
    !receiver.at(hook.path).some(each => each.body.includes('call_skipped')),
  );
}

async function looking(page) {
  await page.getByRole('link', { name: 'Overview' }).click();
  await until('the chart has a bar', async () => {
    await page.getByRole('button', { name: '7 days' }).click();
    await page.getByRole('button', { name: '24 hours' }).click();
    await page.waitForTimeout(500);
    return (await page.locator('a.bar').count()) > 0;
  });
  await state(page, 'overview');
  await page.getByText('Show as table').click();
  check('the chart can be read as a table', (await page.locator('.small-table tbody tr').count()) > 0);
  await state(page, 'overview as table');
  const bar = page.locator('a.bar').last();
  check('a bar says what it is', /delivered, \d+ failed/.test(await bar.getAttribute('aria-label')));
  await bar.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/since=.*until=/);
  await page.locator('.log-table tbody tr').first().waitFor();
  await page.getByRole('navigation', { name: 'Parts of this webhook' }).getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Shown when it was made').waitFor();
  await state(page, 'webhook settings');
  await go(page, '#/deliveries');
  await page.locator('.log-table tbody tr', { hasText: 'CRM logger' }).first().waitFor();
  await state(page, 'all deliveries');
  await go(page, '#/webhooks');
  await page.locator('.spark svg').first().waitFor();
  await state(page, 'webhooks');
  await page.getByLabel('Search').fill('no such thing');
  await page.getByText('Nothing matches').waitFor();
  await page.waitForURL(/q=no/);
  await state(page, 'webhooks nothing matches');
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await page.locator('.list-table tbody tr').first().waitFor();
}

async function deleting(page, server, hook) {
  await go(page, `#/webhooks/${hook.id}/settings`);
  await page.getByRole('button', { name: 'Delete this webhook' }).click();
  const ask = dialog(page, 'Delete webhook');
  check('it says that the logs go', (await ask.textContent()).includes('all its delivery logs'));
  await ask.getByRole('textbox').fill('CRM');
  await ask.getByRole('button', { name: 'Delete webhook' }).click();
  await ask.getByText('That is not its name.').waitFor();
  same('another name deletes nothing', (await server.call('GET', `/webhooks/${hook.id}`)).id, hook.id);
  await state(page, 'delete');
  await ask.getByRole('textbox').fill('CRM logger');
  await ask.getByRole('button', { name: 'Delete webhook' }).click();
  await page.getByText('No webhooks yet').waitFor();
  same('it is gone', (await server.call('GET', '/webhooks')).length, 0);
  same('and its log', (await server.call('GET', '/deliveries')).length, 0);
}

export async function life({ browser, server, receiver }) {
  const own = await context(browser);
  const page = await open(own, server.link);
  const hook = await creating(page, server, receiver);
  await testing(page, receiver, hook);
  await logging(page, server, receiver, hook);
  await changing(page, server, receiver, hook);
  await switching(page, server, receiver, hook);
  await looking(page);
  await deleting(page, server, hook);
  await own.close();
}
