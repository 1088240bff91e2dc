jest.retryTimes(2); let n = 0; test('flaky', () => { n++; expect(n).toBe(2); }); test('never', () => { expect(1).toBe(2); });
