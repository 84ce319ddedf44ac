// node rejected.mjs PROGRAM: the same inputs to this header (PROGRAM is rejected.c) and to standardwebhooks, svix, stripe and curl,
// each of them run here; prints the table of where they differ, and on stderr rows in which they do not.
import { execFile, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import net from 'node:net';
import { Webhook as Standard } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import Stripe from 'stripe';

const program = process.argv[2];
const ours = (...args) => execFileSync(program, args, { encoding: 'utf8' }).trim();
const word = (status) => status === 'OK' ? 'takes it' : `\`${status}\``;
const rows = [];
let same = 0;
function row(input, here, there) {
    if (Object.values(there).every((says) => (says === 'takes it') === (here === 'OK'))) {
        console.error(`no difference: ${input}`);
        same++;
        return;
    }
    rows.push(`| ${input} | ${word(here)} | ${Object.entries(there).map(([who, says]) => `${who}: ${says}`).join('; ')} |`);
}

// ---- requests under Standard Webhooks, rightly signed over what the sender says

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', key = Buffer.from(secret.slice(6), 'base64');
const now = Math.floor(Date.now() / 1000);
const verdict = (f) => { try { f(); return 'takes it'; } catch (error) { return error instanceof TypeError ? 'breaks' : 'refuses it'; } };
const mac = (id, timestamp, body, by = key) => 'v1,' + createHmac('sha256', by).update(`${id}.${timestamp}.`).update(body).digest('base64');

function request(input, { id = 'msg_1', timestamp = `${now}`, signed = timestamp, body = '{}', sign = (text) => text, as = secret, by = key }) {
    const bytes = Buffer.from(body), signature = sign(mac(id, signed, bytes, by));
    const headers = (prefix) => ({ [`${prefix}-id`]: id, [`${prefix}-timestamp`]: timestamp, [`${prefix}-signature`]: signature });
    row(input, ours('standard', as, id, timestamp, signature, bytes.toString('hex'), `${now}`), {
        standardwebhooks: verdict(() => new Standard(as).verify(bytes, headers('webhook'))),
        svix: verdict(() => new Svix(as).verify(bytes, headers('svix'))),
    });
}
request('`webhook-timestamp: 1767225600.9`, signed as `1767225600`', { timestamp: `${now}.9`, signed: `${now}` });
request('`webhook-timestamp: 1767225600abc`, signed without the letters', { timestamp: `${now}abc`, signed: `${now}` });
request('`webhook-timestamp: +1767225600`, signed without the sign', { timestamp: `+${now}`, signed: `${now}` });
request('`webhook-timestamp: 0001767225600`, signed without the zeros', { timestamp: `000${now}`, signed: `${now}` });
request('a `webhook-id` with a dot in it, which moves the border of what is signed', { id: 'msg.1' });
request('a second signature behind the right one', { sign: (text) => `${text} v1,AAAA` });
request('a body that is no JSON, as any signed bytes', { body: 'a=1&b=2' });
request('an empty body', { body: '' });
request('a body that is no UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) });
request('a secret that ends in a line end', { as: `${secret}\n` });
request('a secret of no bytes, `whsec_`', { as: 'whsec_', by: Buffer.alloc(0) });
request('a secret without its `whsec_`', { as: secret.slice(6) });
request('a secret of base64 with unused bits set, `whsec_Zh==`', { as: 'whsec_Zh==', by: Buffer.from('Zh==', 'base64') });

// ---- Stripe's scheme: what its package takes, beside the form of its own that this header asks for

const stripeSign = (text) => createHmac('sha256', 'whsec_x').update(text).digest('hex');
const stripe = (header, tolerance) => verdict(() => Stripe.webhooks.constructEvent('{}', header, 'whsec_x', tolerance));
row('a time that is no number, under a tolerance of 300 s', ours('standard', secret, 'a', 'NaN', mac('a', 'NaN', '{}'), '7b7d', `${now}`),
    { 'stripe, its own scheme': stripe(`t=NaN,v1=${stripeSign('NaN.{}')}`, 300) });
row('a time of next year', ours('standard', secret, 'a', `${now + 31536000}`, mac('a', `${now + 31536000}`, '{}'), '7b7d', `${now}`),
    { 'stripe, its own scheme': stripe(`t=${now + 31536000},v1=${stripeSign(`${now + 31536000}.{}`)}`, 300) });
row('a time of 1970, where the tolerance is left at 0', ours('standard', secret, 'a', '1', mac('a', '1', '{}'), '7b7d', `${now}`),
    { 'stripe, its own scheme': stripe(`t=1,v1=${stripeSign('1.{}')}`, 0) });

// ---- URLs; curl is pointed at a proxy that is not there: 3 is a URL that it refuses

function curl(...args) {
    return new Promise((resolve) => execFile('curl', ['-sS', '-q', '--max-time', '10', '-o', '/dev/null', ...args],
        (error) => resolve(error ? error.code : 0)));
}
for (const [input, url] of [
    ['`https://127.1/`', 'https://127.1/'], ['`https://2130706433/`', 'https://2130706433/'], ['`https://0x7f.1/`', 'https://0x7f.1/'],
    ['`https://0177.0.0.1/`', 'https://0177.0.0.1/'], ['`https://good.com@169.254.169.254/`', 'https://good.com@169.254.169.254/'],
    ['`https://localhost/`', 'https://localhost/'], ['`https://10.0.0.1/`', 'https://10.0.0.1/'],
    ['`https:/example.com/`', 'https:/example.com/'], ['`https:///example.com/`', 'https:///example.com/'],
    ['`https://example.com:0443/`', 'https://example.com:0443/'], ['`https://example.com/#x`', 'https://example.com/#x'],
    ['`https://example.com./`', 'https://example.com./'], ['a host with a backslash, `good.com\\@127.0.0.1`', 'https://good.com\\@127.0.0.1/'],
    ['`https://[fe80::1%25eth0]/`', 'https://[fe80::1%25eth0]/'], ['a host that is not ASCII', 'https://m\u00fcnchen.de/'],
]) {
    const code = await curl('--proxy', 'http://127.0.0.1:9', url);
    row(input, ours('url', url), { curl: code === 3 ? 'refuses it' : 'takes it' });
}

// ---- responses, as they come from a socket

async function response(input, text) {
    const bytes = Buffer.from(text, 'latin1');
    const server = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end(bytes));
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    const code = await curl('--noproxy', '*', '-d', '{}', `http://127.0.0.1:${server.address().port}/`);
    server.close();
    row(input, ours('response', bytes.toString('hex')), { curl: code === 0 ? 'takes it' : 'refuses it' });
}
await response('lines that end in a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok');
await response('`Content-Length` and `Transfer-Encoding` together', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n');
await response('`Content-Length` twice, 2 and 3', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok');
await response('`Content-Length: +2`', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok');
await response('`Content-Length: 2, 2`', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok');
await response('a blank before the colon of a field', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok');
await response('a field without a colon', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nnonsense\r\n\r\nok');
await response('a NUL in a field', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok');
await response('a chunk of `0x2`', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n');
await response('a chunk longer than its size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n');
await response('a folded field (obs-fold)', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok');
await response('`HTTP/1.1 2000 OK`', 'HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok');

console.log('| input | here | there |\n|---|---|---|');
console.log(rows.join('\n'));
console.log(`\nOf ${rows.length + same} inputs that were run; ${same} are judged alike.`);
process.exit(0);
