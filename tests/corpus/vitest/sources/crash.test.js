import {test} from 'vitest'; test('before', () => {}); test('crashes', () => { process.exit(3); }); test('after', () => {});
