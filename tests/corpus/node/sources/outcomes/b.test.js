const {test, describe, it} = require('node:test'); test('passes', () => {}); describe('outer', () => { it('passes', () => {}); });
