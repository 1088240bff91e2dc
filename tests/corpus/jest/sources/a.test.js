test('passes', () => {}); test('fails', () => { expect(1).toBe(2); });
test.skip('skipped', () => {}); test.todo('to do'); test.failing('failing as expected', () => { expect(1).toBe(2); });
test.failing('failing but passes', () => { });
describe('outer', () => { test('passes', () => {}); describe('inner', () => { test('passes', () => {}); test('throws', () => { throw new TypeError('x'); }); }); });
describe('outer inner', () => { test('passes', () => {}); });
test.each([[1], [2]])('number %i', (n) => { expect(n).toBe(1); });
test('same', () => {}); test('same', () => { expect(1).toBe(2); });
