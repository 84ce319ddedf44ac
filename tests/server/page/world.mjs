// What the tests of the page share: counting, a server, a receiver that verifies by itself, a browser that hears every complaint.
import { spawn } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const PATIENCE = Number(process.env.PATIENCE) || 120000; // ms; nothing that is waited for takes as long on any machine
export const { BUILD, ROOT, SHOTS, LONG } = process.env;
export const scratch = mkdtempSync(join(tmpdir(), 'akolhook-page-'));

// ---- counting ----

export const sum = { passed: 0, failed: 0 };
export function check(what, good, detail) {
  if (good) sum.passed++;
  else {
    sum.failed++;
    console.log(
      `FAIL ${what}${detail === undefined ? '' : `: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`}`,
    );
  }
  return Boolean(good);
}
export const same = (what, got, want) => check(what, JSON.stringify(got) === JSON.stringify(want), { got, want });

export async function until(what, ask) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

// ---- the server ----

export class Server {
  constructor(name) {
    this.db = join(scratch, `${name}.db`);
    this.tokenFile = join(scratch, `${name}.token`);
    this.port = 0;
  }
  async start() {
    const args = [
      '--listen',
      `127.0.0.1:${this.port}`,
      '--db',
      this.db,
      '--allow-http',
      '--allow-cidr',
      '127.0.0.1/32',
      '--token-file',
      this.tokenFile,
    ];
    this.log = '';
    this.process = spawn(join(BUILD, 'akolhook-server'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stderr.on('data', data => {
      this.log += data;
    });
    this.ended = new Promise(resolve => this.process.on('exit', resolve));
    let text = '';
    this.process.stdout.on('data', data => {
      text += data;
    });
    await until('the first line of the server', () => {
      if (this.process.exitCode !== null) throw new Error(`the server ended: ${this.log}`);
      return text.includes('\n');
    });
    const line = text.split('\n')[0];
    const found = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(line);
    this.base = `http://127.0.0.1:${found[1]}`;
    this.port = Number(found[1]);
    this.link ||= line.trim();
    this.token = readFileSync(this.tokenFile, 'utf8').trim();
    return this;
  }
  async stop(signal = 'SIGTERM') {
    this.process.kill(signal);
    await this.ended;
  }
  async call(method, path, body, token = this.token) {
    const answer = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json.data;
  }
}

export async function freePort() {
  const server = createServer();
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  return port;
}

// ---- the receiver: verifies both signatures by node's own crypto ----

const equal = (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

export class Receiver {
  async start() {
    this.got = []; // {path, headers, body, genuine, standard}
    this.secrets = new Map(); // path -> secret
    this.answers = new Map(); // path -> (request, response) => ...
    this.server = createServer((request, response) => {
      const parts = [];
      request.on('data', part => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts),
          path = request.url,
          { headers } = request;
        const secret = this.secrets.get(path) || '';
        const akol = createHmac('sha256', secret).update(body).digest('hex');
        const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
        const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
        const standard = `v1,${createHmac('sha256', key).update(signed).update(body).digest('base64')}`;
        const seen = {
          path,
          headers,
          body: body.toString(),
          event: headers['x-webhook-event'],
          genuine: equal(headers['x-webhook-signature'] || '', akol),
          standard: equal(headers['webhook-signature'] || '', standard),
        };
        this.got.push(seen);
        const answer = this.answers.get(path);
        if (answer) answer(response, seen);
        else
          response
            .writeHead(seen.genuine ? 200 : 401, { 'Content-Type': 'application/json' })
            .end(seen.genuine ? '{"received":true}' : '{"error":"bad signature"}');
      });
    });
    await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve));
    this.base = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }
  at(path) {
    return this.got.filter(each => each.path === path);
  }
  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

// ---- the browser ----

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
export const complaints = [];

export async function launch(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...more],
  });
}

// A window with a memory of its own; the clipboard is allowed unless said otherwise.
export async function context(browser, { clipboard = true, ...more } = {}) {
  const made = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', ...more });
  if (clipboard) await made.grantPermissions(['clipboard-read', 'clipboard-write']);
  made.setDefaultTimeout(PATIENCE);
  await made.exposeBinding('complain', (source, text) => {
    complaints.push(text);
  });
  await made.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event =>
      window.complain(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    );
    addEventListener('unhandledrejection', event => window.complain(`unhandled: ${event.reason}`));
  });
  return made;
}

export async function open(from, url) {
  const page = await from.newPage();
  page.on('pageerror', error => complaints.push(`error: ${error.stack}`));
  page.on('dialog', dialog => {
    complaints.push(`a script ran: ${dialog.message()}`);
    dialog.dismiss();
  });
  // what the browser says by itself of an answer 4xx, 5xx or none is no fault of the page's
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource'))
      complaints.push(`console: ${message.text()}`);
  });
  await page.goto(url);
  await page.waitForSelector('h1, dialog');
  return page;
}

export async function audit(page, what) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe);
  const found = await page.evaluate(rules => window.axe.run(document, rules), RULES);
  return check(
    `axe: ${what}`,
    found.violations.length === 0,
    found.violations
      .map(
        each =>
          `${each.id}: ${each.nodes
            .map(node => `${node.target} ${node.failureSummary}`)
            .slice(0, 3)
            .join(' | ')}`,
      )
      .join('; '),
  );
}

// the short form takes each width and each theme once
const LOOKS = [
  [1280, 'light'],
  [360, 'dark'],
  ...(LONG || SHOTS
    ? [
        [1280, 'dark'],
        [360, 'light'],
      ]
    : []),
];

// A state in each of its looks: axe finds nothing, nothing hangs over the side, and a picture where SHOTS says so.
export async function state(page, name) {
  for (const [width, colorScheme] of LOOKS) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const what = `${name} ${width} ${colorScheme}`;
    await audit(page, what);
    const over = await page.evaluate(() => {
      const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      return (
        wide > 0 &&
        [...document.querySelectorAll('body *')]
          .filter(node => node.getBoundingClientRect().right > innerWidth + 1)
          .slice(0, 3)
          .map(node => `${node.tagName}.${node.className}`)
          .join(', ')
      );
    });
    check(`nothing hangs over: ${what}`, !over, over);
    if (SHOTS) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`) });
    }
  }
  // 1280 at 400 %, and between the layouts: what hangs over the side, of the page or of a box that cuts it off
  for (const width of [320, 700, 900, 1100]) {
    await page.setViewportSize({ width, height: 640 });
    const over = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('.card, .log-box, .detail-box, .dialog-body')]
        .filter(node => node.scrollWidth > node.clientWidth)
        .map(node => `${node.tagName}.${node.className} ${node.scrollWidth} > ${node.clientWidth}`),
    );
    same(`nothing hangs over: ${name} ${width}`, over, []);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

export function clean() {
  rmSync(scratch, { recursive: true, force: true });
}

// ---- what several tests do on the page ----

export const dialog = (page, title) => page.locator('dialog', { has: page.getByRole('heading', { name: title }) });
export const go = async (page, hash) => {
  await page.evaluate(to => {
    location.hash = to;
  }, hash);
};

export async function create(page, { name, url, events = [] }) {
  await go(page, '#/webhooks');
  await page.getByRole('button', { name: 'Create webhook' }).first().click();
  const form = dialog(page, 'Create webhook');
  await form.getByLabel('Name', { exact: true }).fill(name);
  await form.getByLabel('URL', { exact: true }).fill(url);
  for (const event of events) await form.locator(`input[value="${event}"]`).check();
  if (!events.length) await form.getByLabel('All events', { exact: true }).check();
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  const shown = dialog(page, 'Webhook created');
  const secret = await shown.getByLabel('Secret', { exact: true }).inputValue();
  return { secret, shown };
}

export async function saved(page, shown) {
  await shown.getByRole('button', { name: 'I saved it' }).click();
  await page.waitForURL(/#\/webhooks\/whk_/);
  return /whk_[0-9A-Za-z]{24}/.exec(page.url())[0];
}
