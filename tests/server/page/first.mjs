// From nothing to the first delivery, by the steps of the server's README: a copy of the tree without anything built, the
// commands as they stand there, then what it says to do on the page. Prints how long that took; nothing depends on it.
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { check, same, until, open, context, create, saved, dialog, freePort, ROOT, scratch } from './world.mjs';

const LEFT_OUT = new Set(['build', '.git', 'node_modules']);

function start(command, cwd) {
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd,
    env: { ...process.env, MAKEFLAGS: '', BUILD: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', data => {
      child.text += data;
    });
  child.ended = new Promise(resolve => child.on('exit', resolve));
  return child;
}

// The commands of the part, and those that stand in a sentence of it.
function steps() {
  const readme = readFileSync(join(ROOT, 'examples/server/README.md'), 'utf8');
  const [, part] = /\n## From nothing to the first delivery\n([^]*?)\n## /.exec(readme);
  const commands = part.match(/^ {4}\S.*$/gm).map(line => line.trim().replace(/ +#.*/, ''));
  const inline = part.match(/`(build\/akolhook-server --[^`]*)`/);
  return { packages: commands[0], make: commands[1], server: commands[2], laboratory: inline?.[1] };
}

export async function first({ browser }) {
  const { packages, make, server, laboratory } = steps();
  check('packages first', /^sudo apt-get install (\S+ )+\S+$/.test(packages), packages);
  same('then it is built', make, 'make server');
  same('and started', server, 'build/akolhook-server');
  check('with a receiver on this machine', laboratory?.startsWith(`${server} --allow-http`), laboratory);

  const tree = join(scratch, 'first');
  mkdirSync(tree);
  cpSync(ROOT, tree, { recursive: true, filter: path => !LEFT_OUT.has(path.slice(path.lastIndexOf('/') + 1)) });
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
  const built = start(make, tree);
  same('it builds', await built.ended, 0);
  const builtIn = seconds();

  // any port, as others may have that of the README
  const running = start(`${laboratory} --listen 127.0.0.1:0`, tree);
  const own = await context(browser);
  let receiver = null;
  try {
    const link = await until('the first line is a link', () => /^http:\S+#token=\S+/.exec(running.text)?.[0]);
    const page = await open(own, link);
    const port = await freePort();
    const { shown } = await create(page, { name: 'First', url: `http://127.0.0.1:${port}/`, events: ['call.ended'] });

    // the snippet beside the secret is the receiver
    await shown.getByRole('tab', { name: 'Node', exact: true }).click();
    const code = await shown.locator('pre').textContent();
    writeFileSync(join(tree, 'receiver.mjs'), code.replace('8080', String(port)));
    receiver = start('node receiver.mjs', tree);
    await until('the receiver listens', () =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST' }).then(
        answer => answer.status === 401,
        () => false,
      ),
    );
    await saved(page, shown);
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await dialog(page, 'Test First').getByText('1 of 1 accepted.').waitFor();
    await dialog(page, 'Test First').getByRole('button', { name: 'Close', exact: true }).first().click();
    await page.locator('.log-table tbody tr', { hasText: 'call.ended' }).getByText('Delivered').waitFor();
    console.log(`from make server to the first delivery in the log: ${seconds()} s, ${builtIn} s of them to build`);
    await until('the receiver has it', () => receiver.text.includes('call.ended'));
  } finally {
    running.kill();
    receiver?.kill();
    await Promise.all([running.ended, receiver?.ended, own.close()]);
  }
}
