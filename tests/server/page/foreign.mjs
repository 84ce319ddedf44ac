// What a page of another site can do here, and a name that was bent to this address: nothing.
import { createServer } from 'node:http';
import { check, same, context, launch } from './world.mjs';

const METHODS = ['GET', 'POST', 'DELETE'];

export async function foreign({ server }) {
  const made = await server.call('POST', '/webhooks', {
    name: 'Mine',
    url: 'http://127.0.0.1:9/',
    events: ['call.ended'],
  });
  const site = createServer((request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>evil</h1>'),
  );
  await new Promise(resolve => site.listen(0, '127.0.0.1', resolve));
  const browser = await launch(['--host-resolver-rules=MAP *.test 127.0.0.1']);
  const page = await (await context(browser)).newPage();

  // another name for this server's address: refused, whatever is asked
  const answer = await page.goto(`http://evil.test:${server.port}/`);
  same('another name is refused', answer.status(), 421);
  check('and is told nothing', !(await page.content()).includes('Webhooks'));

  // another site, with a token even: no answer of ours can be read, nothing is changed
  await page.goto(`http://evil.test:${site.address().port}/`);
  for (const method of METHODS) {
    const got = await page.evaluate(
      async ([base, id, token, how]) => {
        try {
          const path = how === 'POST' ? '/api/v1/webhooks' : `/api/v1/webhooks/${id}`;
          const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
          const body =
            how === 'POST' ? JSON.stringify({ name: 'x', url: 'https://example.com/', events: ['*'] }) : undefined;
          return (await fetch(base + path, { method: how, headers, body })).status;
        } catch {
          return 'refused';
        }
      },
      [server.base, made.id, server.token, method],
    );
    same(`${method} of another site`, got, 'refused');
  }
  const plain = await page.evaluate(async base => {
    const image = new Image();
    const failed = new Promise(resolve => {
      image.onload = () => resolve('loaded');
      image.onerror = () => resolve('refused');
    });
    image.src = `${base}/favicon.svg`;
    return [
      (
        await fetch(`${base}/api/v1/webhooks`, { method: 'POST', mode: 'no-cors', body: '{}' }).catch(() => ({
          type: 'refused',
        }))
      ).type,
      await failed,
    ];
  }, server.base);
  check('a post without asking tells nothing', ['opaque', 'refused'].includes(plain[0]), plain[0]);
  same('no picture of ours is shown there', plain[1], 'refused');
  const [form] = await Promise.all([
    page.waitForNavigation(),
    page.evaluate(base => {
      const node = document.createElement('form');
      node.method = 'POST';
      node.action = `${base}/api/v1/events`;
      document.body.append(node);
      node.submit();
    }, server.base),
  ]);
  check('a form of another site is refused', form.status() >= 400, form.status());

  // a link on another site opens the page, and so does a reload; in a frame it is refused
  const visit = () => page.goto(`http://evil.test:${site.address().port}/`);
  const element = name =>
    page.evaluate(
      ([tag, url]) => {
        const node = document.createElement(tag);
        node[tag === 'a' ? 'href' : 'src'] = url;
        document.body.append(node);
        if (tag === 'a') node.click();
      },
      [name, `${server.base}/#/webhooks/${made.id}`],
    );
  await visit();
  const [opened] = await Promise.all([page.waitForNavigation(), element('a')]);
  same('a link opens the page', opened.status(), 200);
  same('and a reload', (await page.reload()).status(), 200);
  await page.locator('dialog').getByRole('heading', { name: 'Sign in' }).waitFor();
  await visit();
  const [framed] = await Promise.all([
    page.waitForResponse(answer => answer.url().startsWith(server.base)),
    element('iframe'),
  ]);
  same('a frame does not', framed.status(), 403);
  const hooks = await server.call('GET', '/webhooks');
  same(
    'nothing was changed',
    hooks.map(each => each.name),
    ['Mine'],
  );
  await browser.close();
  site.closeAllConnections();
  site.close();
  await server.call('DELETE', `/webhooks/${made.id}`);
}
