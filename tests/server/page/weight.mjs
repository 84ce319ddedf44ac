// What the page weighs, unpacked; and that each of its files comes as it was embedded, packed or not.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { check, same, open, context, BUILD, ROOT } from './world.mjs';

const MOST = 120000;

const fetchRaw = (url, headers) =>
  new Promise((resolve, reject) =>
    get(url, { headers }, answer => {
      const parts = [];
      answer.on('data', part => parts.push(part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }),
      );
    }).on('error', reject),
  );

export async function weight({ browser, server }) {
  const own = await context(browser);
  const loaded = new Set();
  own.on('requestfinished', request => loaded.add(new URL(request.url()).pathname));
  const page = await open(own, `${server.base}/#token=${server.token}`);
  await page.getByText('No webhooks yet').waitFor();
  await own.close();

  const folder = join(ROOT, 'examples/server/page');
  let whole = 0;
  for (const name of readdirSync(folder)) {
    const file = execFileSync(join(BUILD, 'embed'), ['--show', join(folder, name)]);
    const url = `${server.base}/${name === 'index.html' ? '' : name}`;
    const plain = await fetchRaw(url, {});
    check(
      `${name} comes as it is`,
      plain.status === 200 && plain.body.equals(file) && !plain.headers['content-encoding'],
    );
    whole += plain.body.length;
    if (name !== 'favicon.svg')
      check(`a visit loads ${name}`, loaded.has(`/${name === 'index.html' ? '' : name}`), [...loaded].join(' '));
    const none = await fetchRaw(url, { 'Accept-Encoding': 'gzip;q=0, identity' });
    check(`${name} is not packed where that is refused`, none.body.equals(file));
    const packed = await fetchRaw(url, { 'Accept-Encoding': 'gzip, deflate, br' });
    check(
      `${name} comes packed`,
      packed.headers['content-encoding'] === 'gzip' && gunzipSync(packed.body).equals(file),
    );
    for (const tag of [plain.headers.etag, packed.headers.etag]) {
      same(
        `${name} is not sent again`,
        (await fetchRaw(url, { 'Accept-Encoding': 'gzip', 'If-None-Match': tag })).status,
        304,
      );
    }
  }
  check(`the page is under ${MOST} bytes in all, unpacked`, whole > MOST / 2 && whole < MOST, whole);
  console.log(`the page: ${whole} bytes in ${readdirSync(folder).length} files`);
}
