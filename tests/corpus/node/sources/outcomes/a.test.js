const {test, describe, it, todo} = require('node:test'); const assert = require('assert');
test('passes', () => {}); test('fails', () => assert.equal(1,2));
test('skipped', {skip: 'later'}, () => {}); test('todo ok', {todo: true}, () => {}); test('todo failing', {todo: 'bug'}, () => assert.equal(1,2));
describe('outer', () => { it('passes', () => {}); describe('inner', () => { it('passes', () => {}); it('errors', () => { throw new TypeError('x'); }); }); });
test('parent', async t => { await t.test('sub', () => {}); });
for (const n of [1,2]) test('same name', () => {});
test('mixed same', () => {}); test('mixed same', () => assert.ok(false));
test('ctl \u0007 <&> é', () => {});
