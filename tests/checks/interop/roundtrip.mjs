// node roundtrip.mjs PROGRAM COUNT: JSON documents both ways between PROGRAM (roundtrip.c) and node's JSON; a closing line.
import { execFileSync } from 'node:child_process';

const [program, count] = [process.argv[2], Number(process.argv[3])];
const run = (args, input) =>
    execFileSync(program, args, { input, maxBuffer: 1 << 30 }).toString('utf8').split('\0').slice(0, -1);
let passed = 0, failed = 0;

function same(what, texts, wanted) {
    const wrong = texts.findIndex((text, i) => text !== wanted[i]);
    if (texts.length === wanted.length && texts.length >= count && wrong < 0) {
        passed++;
        console.log(`${what}: ${texts.length} documents`);
        return;
    }
    failed++;
    console.log(`FAIL ${what}: ${texts.length} documents of ${wanted.length}; first difference:`);
    console.log(`${texts[wrong]}\n${wanted[wrong]}`);
}

// ---- what PROGRAM writes is what node reads

const theirs = run(['generate', String(count), '20260418']);
const again = theirs.map((text) => { try { return JSON.stringify(JSON.parse(text)); } catch (error) { return String(error); } });
same('JSON, akolhook to node', again, theirs);

// ---- and back: what node writes, plainly, with blanks, and with everything escaped that can be

let state = 20260418;                       // xorshift32
function draw(below) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 8) % below;
}
const ends = [0x20, 0x80, 0x80, 0x80, 0x800, 0x10000, 0x110000];
function text() {
    let all = '';
    for (let n = draw(4) ? draw(12) : draw(41); n > 0; n--) {
        const c = draw(ends[draw(ends.length)]);
        if (c < 0xd800 || c >= 0xe000) all += draw(8) ? String.fromCodePoint(c) : '"\\/<>\x7f\u2028'[draw(7)];
    }
    return all;
}
function value(depth) {
    const kind = draw(depth ? 10 : 2);
    if (kind === 0 && depth < 8) return Array.from({ length: draw(7) }, () => value(depth + 1));
    if (kind === 1 && depth < 8)
        return Object.fromEntries(Array.from({ length: draw(7) }, (_, i) => [`k${i}${text()}`, value(depth + 1)]));
    if (kind === 2) return null;
    if (kind === 3) return draw(2) === 1;
    if (kind === 4) return draw(2000) - 1000;
    if (kind === 5) return (draw(1 << 23) * 2 ** 30 + draw(1 << 23)) * (draw(2) ? 1 : -1) || 0;
    if (kind === 6) return draw(1 << 23) / 10 ** draw(12);
    if (kind === 7) return draw(1 << 23) * 10 ** draw(290);
    return text();
}
const escape = (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0');
const escaped = (json) => json.replace(/[^\x20-\x7e]/g, escape).replaceAll('/', '\\/');
const written = [], wanted = [];
for (let i = 0; i < count; i++) {
    const json = value(0), plain = JSON.stringify(json);
    written.push(plain, JSON.stringify(json, null, ' \t'[i % 2]), escaped(plain));
    wanted.push(plain, plain, plain);
}
same('JSON, node to akolhook and back', run(['rewrite'], written.map((t) => t + '\0').join('')), wanted);

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
