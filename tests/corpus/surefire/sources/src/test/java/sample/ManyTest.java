package sample;

import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;

@RunWith(Parameterized.class)
public class ManyTest {
    private final int n;

    public ManyTest(int n) { this.n = n; }

    @Parameters public static Iterable<Integer> numbers() { return Arrays.asList(1, 2); }

    @Test public void isOne() { assertEquals(1, n); }
}
