import {test, describe, expect} from 'vitest';
test('passes', () => {}); test('fails', () => { expect(1).toBe(2); });
test.skip('skipped', () => {}); test.todo('to do'); test.fails('failing as expected', () => { expect(1).toBe(2); });
test.fails('failing but passes', () => { });
describe('outer', () => { test('passes', () => {}); describe('inner', () => { test('passes', () => {}); test('throws', () => { throw new TypeError('x'); }); }); });
test.each([[1], [2]])('number %i', (n) => { expect(n).toBe(1); });
test('same', () => {}); test('same', () => { expect(1).toBe(2); });
let n = 0; test('flaky', {retry: 2}, () => { n++; expect(n).toBe(2); });
let m = 0; test('repeated', {repeats: 2}, () => { m++; expect(m).not.toBe(2); });
