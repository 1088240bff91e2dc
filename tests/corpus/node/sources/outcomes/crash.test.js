const {test}=require('node:test'); test('before the crash', ()=>{}); test('crash', () => { process.exit(3); }); test('after', ()=>{});
