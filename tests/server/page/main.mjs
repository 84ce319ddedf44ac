// The page of akolhook-server, driven as a person would: main.mjs, started by page.sh. ONLY=life,away runs parts of it.
import { Server, Receiver, launch, sum, check, complaints, clean } from './world.mjs';
import { life } from './life.mjs';
import { keyboard } from './keyboard.mjs';
import { hostile } from './hostile.mjs';
import { secondTab, tokens, away, redeliver, pages } from './trouble.mjs';
import { rare } from './rare.mjs';
import { lateRows, lateEvents, lateSecrets, lateTest, leftScreen, windows, clocks } from './late.mjs';
import { weight } from './weight.mjs';
import { foreign } from './foreign.mjs';
import { shrink } from './shrink.mjs';
import { first } from './first.mjs';

// three rows of parts side by side, each with a server, a receiver and a browser of its own (contexts of one browser share
// its clipboard): they wait more than they work
const rows = [
  [life, lateRows, lateEvents, lateSecrets, lateTest, leftScreen],
  [keyboard, hostile, rare],
  [first, shrink, weight, foreign, secondTab, tokens, away, redeliver, pages, windows, clocks],
];
const only = process.env.ONLY?.split(',');

async function run(parts, name) {
  const server = new Server(name);
  const receiver = await new Receiver().start();
  const browser = await launch();
  try {
    await server.start();
    for (const part of parts) {
      if (only && !only.includes(part.name)) continue;
      const began = Date.now();
      try {
        await part({ browser, server, receiver });
      } catch (error) {
        check(`${part.name} runs to its end`, false, error.stack);
        const pages = browser.contexts().flatMap(context => context.pages());
        if (process.env.SHOTS)
          for (const [at, page] of pages.entries())
            await page.screenshot({ path: `${process.env.SHOTS}/failed-${part.name}-${at}.png` }).catch(() => {});
        for (const webhook of await server.call('GET', '/webhooks').catch(() => []))
          await server.call('DELETE', `/webhooks/${webhook.id}`);
      }
      if (process.env.VERBOSE) console.log(`  ${part.name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
    }
    for (const secret of receiver.secrets.values()) check('no secret in the log', !server.log.includes(secret));
    check('no token in the log', !server.log.includes(server.token));
  } catch (error) {
    check(`the server ${name}`, false, error.stack);
  } finally {
    if (server.process?.exitCode === null) await server.stop('SIGKILL');
    receiver.stop();
    await browser.close();
  }
}

await Promise.all(rows.map((parts, at) => run(parts, `row${at}`)));
for (const complaint of new Set(complaints)) console.log(`the browser complains: ${complaint}`);
check(
  'the browser has nothing to complain of: no CSP violation, no error',
  complaints.length === 0,
  `${complaints.length}`,
);
clean();
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exit(sum.failed || !sum.passed ? 1 : 0);
