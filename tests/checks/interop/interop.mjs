// node interop.mjs DIR: see run.sh. Prints what is wrong and a closing line.
import { spawn, execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { Webhook as Standard } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import { sign as githubSign, verify as githubVerify } from '@octokit/webhooks-methods';
import Stripe from 'stripe';

const dir = process.argv[2];
const tool = `${dir}/akolhook`;
const events = ['call.started', 'call.ended', 'call.completed', 'call.missed', 'call.failed', 'call.transferred',
    'call.voicemail', 'transcript.ready', 'summary.ready', 'function.called', 'message.received', 'agent.created',
    'agent.updated', 'agent.deleted',
    'phone_number.purchased', 'phone_number.released', 'appointment.scheduled', 'lead.created'];
const newSecret = () => 'whsec_' + randomBytes(24).toString('base64');
const secret = newSecret();

let passed = 0, failed = 0;
function expect(what, got, want) {
    if (got === want) { passed++; return true; }
    failed++;
    console.log(`FAIL ${what}: ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`);
    return false;
}

// ---- programs

function run(program, args, input = '') {
    return new Promise((resolve) => {
        const child = execFile(program, args, { encoding: 'utf8', timeout: 120000 }, (error, stdout, stderr) =>
            resolve({ status: error ? error.code ?? error.signal : 0, stdout, stderr }));
        child.stdin.on('error', () => {});
        child.stdin.end(input);
    });
}
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill(); });

// akolhook listen on a free port: { url, ended }; ended(): stops it and gives what it printed.
function listen(...args) {
    return new Promise((resolve, reject) => {
        const child = spawn(tool, ['listen', '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '', url;
        running.add(child);
        const done = new Promise((end) => child.on('close', (status) => { running.delete(child); end({ status, text }); }));
        done.then(() => reject(new Error('akolhook listen ended: ' + text)));
        child.stdout.setEncoding('utf8').on('data', (piece) => {
            text += piece;
            url ??= /^listening on (\S+)$/m.exec(text)?.[1];
            if (url) resolve({ url, ended: () => { child.kill('SIGINT'); return done; } });
        });
    });
}

// ---- 1. akolhook trigger to a receiver on node:https

const throws = (f) => { try { f(); return false; } catch { return true; } };

function judge(request, body) {
    const h = request.headers, text = body.toString(), host = `localhost:${request.socket.localPort}`;
    const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) => h[`webhook-${name}`]);
    const svix = { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': signature };
    if (request.method !== 'POST' || request.url !== '/hooks?from=akolhook') return 'request line';
    if (h['content-type'] !== 'application/json' || h['accept-encoding'] !== 'identity') return 'header';
    if (!/^akolhook\/\d+\.\d+\.\d+$/.test(h['user-agent'] ?? '') || h.host !== host) return 'header';
    if (h['x-webhook-signature'] !== createHmac('sha256', secret).update(body).digest('hex')) return 'X-Webhook-Signature';
    new Standard(secret).verify(text, h);
    new Svix(secret).verify(text, h);
    new Svix(secret).verify(text, svix);
    if (!throws(() => new Standard(secret).verify(text + ' ', h))) return 'standardwebhooks takes all';
    if (!throws(() => new Svix(newSecret()).verify(text, svix))) return 'svix takes all';
    const envelope = JSON.parse(text);
    if (Object.keys(envelope).join() !== 'event,timestamp,businessId,webhookId,data') return 'members';
    if (envelope.event !== h['x-webhook-event'] || typeof envelope.data !== 'object') return 'event';
    if (new Date(envelope.timestamp).toISOString() !== envelope.timestamp) return 'timestamp';
    return 'accepted';
}
function receiver(name, seen) {
    const tls = { key: readFileSync(`${name}.key`), cert: readFileSync(`${name}.pem`) };
    const server = https.createServer(tls, (request, response) => {
        const pieces = [];
        request.on('data', (piece) => pieces.push(piece)).on('end', () => {
            let verdict;
            try { verdict = judge(request, Buffer.concat(pieces)); } catch (error) { verdict = error.message; }
            const { 'x-webhook-event': event, 'webhook-id': id, 'x-webhook-test': test } = request.headers;
            seen.push({ event, id, test, verdict });
            response.writeHead(verdict === 'accepted' ? 204 : 400).end();
        });
    });
    server.on('tlsClientError', () => {});
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function sending() {
    const seen = [], elsewhere = [];
    const server = await receiver('local', seen), other = await receiver('other', elsewhere);
    const url = (s) => `https://localhost:${s.address().port}/hooks?from=akolhook`;
    const trusting = ['--ca', 'ca.pem', '--allow-private'];
    const all = await run(tool, ['trigger', 'all', url(server), '--secret', secret, ...trusting]);
    expect('trigger all: exit status', all.status, 0);
    if (all.status !== 0) console.log(all.stdout + all.stderr);
    for (const event of events) {
        const got = seen.filter((r) => r.event === event);
        expect(`trigger all: requests of ${event}`, got.length, 1);
        expect(`trigger all: ${event}`, got[0]?.verdict, 'accepted');
    }
    expect('trigger all: requests', seen.length, events.length);
    expect('trigger all: message ids', new Set(seen.map((r) => r.id)).size, events.length);
    expect('trigger all: marked as tests', seen.filter((r) => r.test).length, 0);
    const test = await run(tool, ['trigger', 'call.ended', url(server), '--secret', secret, ...trusting, '--test']);
    expect('trigger --test', `${test.status} ${seen.at(-1)?.verdict} ${seen.at(-1)?.test}`, '0 accepted 1');

    const before = seen.length;
    const refused = async (what, status, key, target, ...args) => {
        const r = await run(tool, ['trigger', 'call.ended', target, '--secret', key, ...args]);
        expect(`${what}: exit status`, r.status, 1);
        expect(`${what}: says ${status}`, r.stdout.includes(status), true);
    };
    await refused('unknown CA', 'TLS_UNTRUSTED', secret, url(server), '--allow-private');
    await refused('certificate of another', 'TLS_WRONG_HOST', secret, url(other), ...trusting);
    await refused('local name', 'BLOCKED_NAME', secret, url(server), '--ca', 'ca.pem');
    await refused('private address', 'BLOCKED_ADDRESS', secret, url(server).replace('localhost', '127.0.0.1'), '--ca', 'ca.pem');
    expect('requests that arrived where none may', elsewhere.length + seen.length - before, 0);
    await refused('other secret', 'HTTP_STATUS', newSecret(), url(server), ...trusting);
    expect('other secret: the receiver says', seen.at(-1)?.verdict, 'X-Webhook-Signature');
    server.close(); other.close();
    server.closeAllConnections(); other.closeAllConnections();
}

// ---- 2. requests signed by the packages, to akolhook listen --standard

const now = () => Math.floor(Date.now() / 1000);
let count = 0;
function envelope(event, data = {}) {
    return JSON.stringify({ event, timestamp: new Date().toISOString(), businessId: 'biz_1', webhookId: 'whk_1', data });
}
function signed(Package, prefix, body, { key = secret, id = `msg_interop${++count}`, at = now() } = {}) {
    return {
        'content-type': 'application/json', [`${prefix}-id`]: id, [`${prefix}-timestamp`]: String(at),
        [`${prefix}-signature`]: new Package(key).sign(id, new Date(at * 1000), body),
    };
}
async function post(url, headers, body) {
    const r = await fetch(url, { method: 'POST', headers, body, ...(typeof body === 'string' ? {} : { duplex: 'half' }) });
    await r.arrayBuffer();
    return r.status;
}

async function receiving() {
    const second = newSecret(), { url, ended } = await listen('--standard', '--secret', second, '--secret', secret);
    const summary = 'grüße \u{1F600} \u2028 "\\/\n';
    const odd = envelope('call.ended', { summary, duration: 9007199254740991, list: [[], {}, null, -0.5e-3] });
    let good = 0;
    const packages = [['standardwebhooks', Standard, 'webhook'], ['svix', Svix, 'webhook'],
        ['svix, its own names', Svix, 'svix']];
    for (const [name, Package, prefix] of packages) {
        const says = async (what, want, headers, body) => {
            if (expect(`${name}: ${what}`, await post(url, headers, body), want) && want === 200) good++;
        };
        const body = envelope('call.ended'), late = envelope('call.started');
        for (const event of events) {
            const sample = (await run(tool, ['sample', event])).stdout;
            await says(event, 200, signed(Package, prefix, sample), sample);
        }
        await says('Unicode', 200, signed(Package, prefix, odd), odd);
        await says('second secret', 200, signed(Package, prefix, body, { key: second }), body);
        await says('chunked', 200, signed(Package, prefix, body), new Blob([body.slice(0, 10), body.slice(10)]).stream());
        await says('290 s old', 200, signed(Package, prefix, late, { at: now() - 290 }), late);
        const h = signed(Package, prefix, body), key = `${prefix}-signature`;
        await says('two signatures', 200, { ...h, [key]: `v1,${Buffer.alloc(32).toString('base64')} ${h[key]}` }, body);
        await says('the same again', 200, h, body);
        const unused = signed(Package, prefix, body);
        await says('changed body', 401, unused, body.replace('biz_1', 'biz_2'));
        await says('changed id', 401, { ...unused, [`${prefix}-id`]: 'msg_other' }, body);
        await says('changed time', 401, { ...unused, [`${prefix}-timestamp`]: String(now() - 2) }, body);
        await says('other secret', 401, signed(Package, prefix, body, { key: newSecret() }), body);
        await says('310 s old', 401, signed(Package, prefix, body, { at: now() - 310 }), body);
        await says('310 s ahead', 401, signed(Package, prefix, body, { at: now() + 310 }), body);
        await says('no signature', 401, { ...unused, [key]: '' }, body);
        const akol = createHmac('sha256', secret).update(body).digest('hex');
        await says('Akol\'s header instead', 401, { 'x-webhook-signature': akol }, body);
    }
    const { status, text } = await ended();
    expect('listen --standard: exit status', status, 0);
    expect('listen --standard: sums up', text.trimEnd().split('\n').at(-1),
        `${good + 24} requests: ${good - 3} accepted, 3 duplicates, 24 refused`);
}

// ---- 3. the two examples, and the tool's own signature read by GitHub's package

async function examples() {
    const stripe = new Stripe('sk_test_unused');
    const bodies = ['{"zen":"Keep it logically awesome."}', '{}', '{"text":"grüße \u{1F600}"}\n',
        JSON.stringify({ pad: 'x'.repeat(70000) })];
    for (const [i, body] of bodies.entries()) {
        const key = `key ${i} of GitHub`, header = await githubSign(key, body);
        const github = async (...args) => (await run(`${dir}/verify_github`, args.slice(0, 2), args[2])).status;
        expect(`github ${i}`, await github(key, header, body), 0);
        expect(`github ${i}: changed body`, await github(key, header, body + ' '), 1);
        expect(`github ${i}: other secret`, await github('other', header, body), 1);

        const whsec = `whsec_${i}abcdef`;
        const sign = (at) => stripe.webhooks.generateTestHeaderString({ payload: body, secret: whsec, timestamp: at });
        const verify = async (...args) => (await run(`${dir}/verify_stripe`, args.slice(0, 2), args[2])).status;
        expect(`stripe ${i}`, await verify(whsec, sign(now()), body), 0);
        expect(`stripe ${i}: changed body`, await verify(whsec, sign(now()), body + ' '), 1);
        expect(`stripe ${i}: other secret`, await verify('whsec_other', sign(now()), body), 1);
        expect(`stripe ${i}: an hour old`, await verify(whsec, sign(now() - 3600), body), 1);

        const own = (await run(tool, ['sign', '--secret', secret], body)).stdout.trim();
        expect(`sign ${i}, read by @octokit/webhooks-methods`, await githubVerify(secret, body, `sha256=${own}`), true);
        const lines = (await run(tool, ['sign', '--standard', '--headers', '--secret', secret], body)).stdout.trim().split('\n');
        const headers = Object.fromEntries(lines.map((line) => line.split(': ')));
        for (const Package of [Standard, Svix])
            expect(`sign --standard ${i}, read by a package`, throws(() => new Package(secret).verify(body, headers)), false);
    }
}

// ---- 4. curl to akolhook listen

async function curling() {
    const sign = (body, key = secret) => ['-H', `X-Webhook-Signature: ${createHmac('sha256', key).update(body).digest('hex')}`];
    const plain = await listen('--secret', secret, '--max-body', '5000');
    const secure = await listen('--secret', secret, '--tls', 'local.pem', 'local.key');
    const quiet = ['-q', '-s', '--noproxy', '*', '-m', '10', '-o', '/dev/null', '-w', '%{http_code}'];
    const curl = async (what, want, url, body, ...args) => {
        const data = body === null ? [] : ['--data-binary', '@-'];
        const r = await run('curl', [...quiet, ...data, ...args, url], body ?? '');
        expect(`curl: ${what}`, r.stdout, want);
    };
    const fresh = () => envelope('call.ended', { callId: `call_${++count}` });
    let body = fresh();
    await curl('signed', '200', plain.url, body, ...sign(body));
    await curl('the same again', '200', plain.url, body, ...sign(body));
    body = fresh();
    await curl('unsigned', '401', plain.url, body);
    await curl('other secret', '401', plain.url, body, ...sign(body, newSecret()));
    await curl('changed body', '401', plain.url, body + ' ', ...sign(body));
    await curl('malformed signature', '401', plain.url, body, '-H', 'X-Webhook-Signature: sha256=xyz');
    await curl('chunked', '200', plain.url, body, ...sign(body), '-H', 'Transfer-Encoding: chunked');
    body = fresh();
    const capitals = createHmac('sha256', secret).update(body).digest('hex').toUpperCase();
    await curl('sha256= and capitals', '200', plain.url, body, '-H', `x-webhook-SIGNATURE: sha256=${capitals}`);
    body = fresh();
    await curl('after 100-continue', '200', plain.url, body, ...sign(body), '-H', 'Expect: 100-continue');
    const large = envelope('call.ended', { summary: 'x'.repeat(5000) });
    await curl('over the cap', '413', plain.url, large, ...sign(large));
    await curl('over the cap, chunked', '413', plain.url, large, ...sign(large), '-H', 'Transfer-Encoding: chunked');
    await curl('two lengths', '400', plain.url, body, ...sign(body), '-H', `Content-Length: ${body.length}, ${body.length + 1}`);
    await curl('length that is none', '400', plain.url, body, ...sign(body), '-H', 'Content-Length: -5');
    await curl('signed, but no JSON', '400', plain.url, 'hello', ...sign('hello'));
    await curl('signed, but no envelope', '400', plain.url, '{"event":"call.ended"}', ...sign('{"event":"call.ended"}'));
    for (const method of ['GET', 'PUT', 'DELETE']) await curl(method, '405', plain.url, null, '-X', method);
    await curl('HEAD', '405', plain.url, null, '-I');
    body = fresh();
    await curl('over TLS', '200', secure.url, body, ...sign(body), '--cacert', 'ca.pem');
    body = fresh();
    await curl('over TLS 1.2', '200', secure.url, body, ...sign(body), '--cacert', 'ca.pem', '--tls-max', '1.2');
    expect('listen: exit status', (await plain.ended()).status, 0);
    expect('listen --tls: exit status', (await secure.ended()).status, 0);
}

for (const part of [sending, receiving, examples, curling]) {
    try { await part(); } catch (error) { failed++; console.log(`FAIL ${part.name}: ${error.stack}`); }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
