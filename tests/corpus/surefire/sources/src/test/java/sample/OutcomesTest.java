package sample;

import static org.junit.Assert.assertEquals;
import static org.junit.Assume.assumeTrue;

import org.junit.Ignore;
import org.junit.Test;

public class OutcomesTest {
    static int count = 0;

    @Test public void passes() {}
    @Test public void fails() { assertEquals(1, 2); }
    @Test public void errors() { throw new IllegalStateException("<&> \u0007"); }
    @Ignore("later") @Test public void ignored() {}
    @Test public void assumes() { assumeTrue("not here", false); }
    @Test public void flaky() { count += 1; assertEquals(2, count); }
    @Test(expected = IllegalStateException.class) public void expects() { throw new IllegalStateException(); }
}
