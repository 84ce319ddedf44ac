// The whole life of a webhook by keyboard alone: Tab, Enter, Space, Esc, letters. The focus is never lost.
import { check, until, open, context, same } from './world.mjs';

export async function keyboard({ browser, server, receiver }) {
  const own = await context(browser, { reducedMotion: 'reduce' });
  const page = await open(own, `${server.base}/#token=${server.token}`);
  const path = '/keys';
  const focused = () =>
    page.evaluate(() => {
      const node = document.activeElement;
      return {
        tag: node.tagName,
        name: node.getAttribute('aria-label') || node.textContent.trim() || node.name || '',
        field: node.name || '',
        hash: node.hash || '',
        label: node.labels?.[0]?.textContent || '',
      };
    });
  let lost = 0;
  // Presses Tab until the focus is on what is meant.
  async function reach(what, match) {
    for (let n = 0; n < 120; n++) {
      const at = await focused();
      if (match(at)) return true;
      if (at.tag === 'BODY' && n > 0 && (await page.evaluate(() => document.hasFocus())) && n > 1) lost++;
      await page.keyboard.press('Tab');
    }
    return check(`by keyboard: ${what}`, false, await focused());
  }
  const named = name => at => at.name === name;
  const press = key => page.keyboard.press(key);
  const notBody = async what => check(`the focus is not lost: ${what}`, (await focused()).tag !== 'BODY');

  await page.getByRole('button', { name: 'Create webhook' }).first().waitFor();
  await press('Tab');
  check('the first stop is the way past the frame', (await focused()).name === 'Skip to the content');
  await press('Enter');
  await reach('Create webhook', named('Create webhook'));
  await press('Enter');
  await until('the form', async () => (await focused()).label === 'Name');
  await page.keyboard.type('Keys');
  await press('Tab');
  await page.keyboard.type(receiver.base + path);
  await reach('All events', at => at.label === 'All events');
  await press('Space');
  await reach('Create', named('Create'));
  await press('Enter');
  await until('the secret, with the focus on Copy', async () => (await focused()).name === 'Copy');
  await press('Enter');
  receiver.secrets.set(
    path,
    await until('the secret in the clipboard', () =>
      page.evaluate(() => navigator.clipboard.readText()).then(text => /^whsec_/.test(text) && text),
    ),
  );
  await reach('the snippets', at => at.name === 'Node');
  await press('ArrowRight');
  check('arrows change the snippet', (await focused()).name === 'Python');
  await reach('I saved it', named('I saved it'));
  await press('Enter');
  await page.waitForURL(/whk_/);
  await page.getByText('No deliveries yet').waitFor();
  await notBody('after the secret');

  await reach('Test', named('Test'));
  await press('Enter');
  await page
    .locator('dialog')
    .getByText(/^18 of 18 accepted\.$/)
    .waitFor();
  await reach('Close', named('Close'));
  await press('Enter');
  await until('the focus is back on Test', async () => (await focused()).name === 'Test');
  await page.locator('.log-table tbody tr').nth(17).waitFor();

  await page.keyboard.press('j');
  await until('j goes to the first row', async () =>
    page.evaluate(() => document.activeElement === document.querySelector('.row-link')),
  );
  await page.keyboard.press('j');
  await press('Enter');
  await until('the delivery has the focus', async () =>
    page.evaluate(() => Boolean(document.activeElement.closest('.detail'))),
  );
  await press('Escape');
  await until('the delivery is closed', async () => (await page.locator('.detail').count()) === 0);
  await notBody('after the delivery');
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keyboard', exact: true }).waitFor();
  await press('Escape');
  await notBody('after the list of keys');

  await page.keyboard.press('e');
  await until('the form', async () => (await focused()).label === 'Name');
  await page.keyboard.press('End');
  await page.keyboard.type(' now');
  check('letters in a field are no shortcuts', (await page.locator('dialog').count()) === 1);
  await press('Enter');
  await page.getByRole('heading', { name: 'Keys now' }).waitFor();
  await until('the dialog is gone', async () => (await page.locator('dialog').count()) === 0);
  await notBody('after saving');

  await reach('Rotate secret', named('Rotate secret'));
  await press('Enter');
  await until('Cancel has the focus', async () => (await focused()).name === 'Cancel');
  await reach('the verb', named('Rotate secret'));
  await press('Enter');
  await until('the new secret', async () => (await focused()).name === 'Copy');
  await press('Enter');
  await reach('I saved it', named('I saved it'));
  await press('Enter');
  await notBody('after rotating');

  await reach('the switch', at => at.name.includes(': active'));
  await press('Space');
  await page.getByText('This webhook is inactive.').waitFor();
  await notBody('after switching');

  await reach('Settings', at => at.hash.includes('whk_') && at.hash.endsWith('/settings'));
  await press('Enter');
  await page.getByText('Shown when it was made').waitFor();
  await notBody('after a tab');
  await reach('Delete', named('Delete this webhook'));
  await press('Enter');
  await until('Cancel has the focus', async () => (await focused()).name === 'Cancel');
  await reach('the name', at => at.field === 'confirm');
  await page.keyboard.type('Keys now');
  await press('Enter');
  await page.getByText('No webhooks yet').waitFor();
  await until('the focus is on the page', async () => (await focused()).tag === 'H1');
  same('the focus was never on the body', lost, 0);

  // switched off, a letter does nothing
  await page.evaluate(() => localStorage.setItem('akolhook-keys', 'off'));
  await page.keyboard.press('n');
  await page.keyboard.press('?');
  check('shortcuts can be switched off', (await page.locator('dialog').count()) === 0);
  await own.close();
}
