const {test, describe, it, before, after} = require('node:test'); const assert = require('assert');
test('parent fails itself', async t => { await t.test('sub passes', () => {}); assert.ok(0); });
describe('hook fails', () => { before(() => { throw new Error('hook'); }); it('x', () => {}); });
describe('after fails', () => { after(() => { throw new Error('hook'); }); it('y', () => {}); });
describe('body throws', () => { it('z', () => {}); throw new Error('body'); });
describe.skip('skipped suite', () => { it('in it', () => {}); });
describe.todo('todo suite', () => { it('in todo', () => {}); });
describe('empty', () => {});
describe('test', () => { it('name', () => {}); }); test('name', () => {});
