package sample;

import org.junit.BeforeClass;
import org.junit.Test;

public class BadClassTest {
    @BeforeClass public static void before() { throw new IllegalStateException("no class"); }

    @Test public void never() {}
}
