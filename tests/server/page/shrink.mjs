// What embedding makes of the modules is the same program: acorn reads both, and each name means the same declaration.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';
import { check, same, scratch, BUILD, ROOT } from './world.mjs';

const embed = join(BUILD, 'embed');
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const SCOPES = new Set([...FUNCTIONS, 'Program', 'BlockStatement', 'ForStatement', 'ForInStatement', 'ForOfStatement']);
for (const type of ['CatchClause', 'ClassDeclaration', 'ClassExpression', 'SwitchStatement', 'StaticBlock']) SCOPES.add(type);

const children = node =>
  Object.entries(node).flatMap(([key, value]) =>
    key === 'type'
      ? []
      : (Array.isArray(value) ? value : [value])
          .filter(each => typeof each?.type === 'string')
          .map(each => [key, each]),
  );

function namesOf(pattern) {
  if (!pattern) return [];
  if (pattern.type === 'Identifier') return [pattern.name];
  if (pattern.type === 'ObjectPattern') return pattern.properties.flatMap(each => namesOf(each.value || each.argument));
  if (pattern.type === 'ArrayPattern') return pattern.elements.flatMap(namesOf);
  return namesOf(pattern.left || pattern.argument);
}

// The names that a scope declares, in their order.
function declared(scope) {
  const names = [];
  const add = more => names.push(...more.filter(name => !names.includes(name)));
  const look = (node, isTop) => {
    if (node.type === 'VariableDeclaration' && (isTop || node.kind === 'var'))
      for (const each of node.declarations) add(namesOf(each.id));
    if ((node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') && isTop) add([node.id.name]);
    if (node.type.startsWith('Import') && node.local) add([node.local.name]);
    if (FUNCTIONS.has(node.type)) return;
    for (const [, child] of children(node)) look(child, isTop && !SCOPES.has(node.type));
  };
  if (FUNCTIONS.has(scope.type)) {
    for (const each of scope.params) add(namesOf(each));
    if (scope.type === 'FunctionExpression' && scope.id) add([scope.id.name]);
  }
  if (scope.type === 'CatchClause') add(namesOf(scope.param));
  if (scope.type === 'ClassExpression' && scope.id) add([scope.id.name]);
  for (const [, child] of children(scope)) look(child, true);
  return names;
}

// The program as a list in which a name is the number of its scope and its place there, or itself where it is not declared.
function meaning(text) {
  const out = [];
  let scopes = 0;
  const visit = (node, stack) => {
    if (SCOPES.has(node.type)) stack = [{ number: scopes++, names: declared(node) }, ...stack];
    if (node.type === 'Identifier') {
      const scope = stack.find(each => each.names.includes(node.name));
      out.push(scope ? `${scope.number}:${scope.names.indexOf(node.name)}` : node.name);
      return;
    }
    const { type, kind, operator, computed, raw, value } = node;
    const literal = type === 'TemplateElement' ? value.raw : raw;
    out.push([type, kind === 'const' ? 'let' : kind, operator, computed, literal].join(' '));
    for (const [key, child] of children(node)) {
      const isName =
        (['Property', 'MethodDefinition', 'PropertyDefinition'].includes(type) && key === 'key') ||
        (type === 'MemberExpression' && key === 'property') ||
        key === 'imported' ||
        key === 'exported';
      if (isName && !computed) out.push(child.name ?? child.raw);
      else visit(child, stack);
    }
  };
  visit(parse(text, { ecmaVersion: 'latest', sourceType: 'module' }), []);
  return out;
}

function exported(text) {
  const { body } = parse(text, { ecmaVersion: 'latest', sourceType: 'module' });
  return body
    .filter(each => each.type === 'ExportNamedDeclaration')
    .flatMap(({ declaration: made }) =>
      made.declarations ? made.declarations.flatMap(each => namesOf(each.id)) : [made.id.name],
    );
}

const shown = path => execFileSync(embed, ['--show', path], { encoding: 'utf8' });
function shrunk(text) {
  const path = join(scratch, 'one.js');
  writeFileSync(path, text);
  const done = spawnSync(embed, ['--show', path], { encoding: 'utf8' });
  return done.status === 0 ? done.stdout : null;
}

function equal(what, before, after) {
  const [a, b] = [meaning(before), meaning(after)];
  const at = a.findIndex((each, n) => each !== b[n]);
  return check(what, at < 0 && a.length === b.length, { at, source: a.slice(at - 5, at + 5), made: b.slice(at - 5, at + 5) });
}

// programs that a careless reader takes apart; each says the same before and after
const TRICKY = [
  'const list = [1, 2]\nconst text = `a ${list.map(each => `<${each}>`).join("}")} // no comment ${"`"}`\nout(text)',
  'const half = 6, g = 2; let i = 1; out(half / g / i, /[/"]\\/g/.test("/\\"/g"), half /g/ i)',
  'let a = 1\nlet b = a\n++b\nout(a, b, a+ +b, a- -b, a - --b, a + ++b, b++ + a)',
  'if (true) /x/.test("x") && out("condition")\nconst re = s => /a/.exec(s); out(re("a")[0])',
  'const long = { long: 1, other: 2, get thing() { return long.other }, set thing(value) {}, async go(first) { return first } }\n' +
    'const { other, long: { thing = other } = { thing: 3 } } = { other: 4 }\nout(long, other, thing)',
  'function outer(first, { second = first, third: [fourth, ...rest] }) { return [first, second, fourth, rest] }\n' +
    'out(outer(1, { third: [2, 3, 4] }))',
  'class Thing { #hidden = 1; static made = 0; constructor(value) { this.value = value } hidden() { return this.#hidden }' +
    ' static make(value) { Thing.made++; return new Thing(value) } }\nout(Thing.make(7).value, Thing.made, Thing.make(1).hidden())',
  'const value = 5; const object = { value, [value]: value, "value": value, nested: { value } }; out(object, object.value, object?.value)',
  'for (let index = 0; index < 3; index++) ; do ; while (false); for (const [key, value] of Object.entries({ a: 1 })) out(key, value)',
  'const pick = (flag, first, second) => flag ? first : second; out(pick(1, 2, 3)); out([1, , 3].length, [1, 2,].length)',
  'const twice = value => ({ value, twice: value * 2 }); out(twice(4)); const none = () => {}; out(none())',
  'let name = "n"; const read = () => { try { throw new Error(name) } catch (error) { return error.message } }; out(read())',
  'async function* numbers(most) { for (let at = 0; at < most; at++) yield at }\nconst all = []; ' +
    'const done = (async () => { for await (const each of numbers(3)) all.push(each); return all })(); out(typeof done)',
  'const re1 = /[\\]/]+/, text = "a]/b"; out(text.replace(re1, "-")); out(4 /2/ 1); /* // */ out("/* no */")',
  'const returns = () => {\n  return /b/.test("b")\n}\nout(returns())\nconst x = { if: 1 }; out(x.if / 2)',
  'let count = 0; const next = () => count++\nconst first = next()\n;[1].forEach(each => out(each, first))\nout(count)',
  'const f = function inner(n) { return n ? n * inner(n - 1) : 1 }; out(f(5)); out(((a, b = a) => [a, b])(1))',
  'const spread = [...[1, 2]], more = { ...{ spread }, own: [...spread] }; out(more, Math.max(...spread))',
  'const text = "\\u{1f600} é"; const naïve = 1; out(text, naïve + 1, 1_000, .5, 1.5.toFixed(1), 5..toString(), 0x1f)',
];

// what is not read for certain is refused
const REFUSED = ['let a = {}\n/x/.test("x")', 'out("no end', 'out(`no end ${1}', 'out(1', 'out)', '/* no end', 'let r = /no end\n'];

export async function shrink() {
  const folder = join(ROOT, 'examples/server/page');
  for (const name of readdirSync(folder).filter(each => each.endsWith('.js'))) {
    const source = readFileSync(join(folder, name), 'utf8');
    const made = shown(join(folder, name));
    equal(`${name} stays the same program`, source, made);
    same(`${name} gives out the same names`, exported(made), exported(source));
  }
  for (const text of TRICKY) {
    const made = shrunk(text);
    if (!check(`${text} can be read`, made !== null)) continue;
    equal(`${text} stays the same program`, text, made);
    const run = code => {
      const got = [];
      new Function('out', code)((...values) => got.push(JSON.stringify(values)));
      return got;
    };
    same(`${text} does the same`, run(made), run(text));
  }
  for (const text of REFUSED) check(`${text} is refused`, shrunk(text) === null);
}
