// What the page weighs on the wire, and that each of its files comes as it is, packed or not.
import { readFileSync, readdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { check, same, open, context, ROOT } from './world.mjs';

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
  const sizes = [];
  own.on('requestfinished', request => {
    if (!request.url().includes('/api/'))
      sizes.push(request.sizes().then(each => each.responseBodySize + each.responseHeadersSize));
  });
  const page = await open(own, `${server.base}/#token=${server.token}`);
  await page.getByText('No webhooks yet').waitFor();
  const sum = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
  check(`the page is at most ${MOST} bytes on the wire, heads included`, sum > 10000 && sum <= MOST, sum);
  await own.close();

  const folder = join(ROOT, 'examples/server/page');
  for (const name of readdirSync(folder)) {
    const file = readFileSync(join(folder, name));
    const url = `${server.base}/${name === 'index.html' ? '' : name}`;
    const plain = await fetchRaw(url, {});
    check(
      `${name} comes as it is`,
      plain.status === 200 && plain.body.equals(file) && !plain.headers['content-encoding'],
    );
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
}
