package dev.thirteen.verifier.symbolic;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.matheclipse.core.basic.Config;
import org.matheclipse.core.eval.ExprEvaluator;
import org.matheclipse.core.expression.F;
import org.matheclipse.core.interfaces.IExpr;

/** The other process: reads an expression a line and answers whether it is zero: YES, NO or UNKNOWN. */
public final class SymbolicProcess {
    private static final int MAX_AST_SIZE = 20_000;
    private static final int MAX_BITS = 100_000;

    private SymbolicProcess() {}

    /** Serves until its input ends. */
    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT); // figures and letters do not differ with the country
        PrintStream out = System.out;
        System.setOut(System.err); // what a library prints is no answer
        Config.MAX_AST_SIZE = MAX_AST_SIZE;
        Config.MAX_BIT_LENGTH = MAX_BITS;
        Config.FILESYSTEM_ENABLED = false;
        ExprEvaluator evaluator = new ExprEvaluator(false, (short) 100);
        evaluator.eval("Simplify[Sin[x]^2+Cos[x]^2-1]"); // what is loaded late is loaded now
        out.println("READY");
        out.flush();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(evaluator, line));
            out.flush();
        }
        System.exit(0); // who asked is gone, and the library's threads would stay
    }

    private static String answer(ExprEvaluator evaluator, String expression) {
        try {
            evaluator.clearVariables();
            IExpr zero = evaluator.eval("Simplify[" + expression + "]");
            if (zero.isZero()) return "YES";
            IExpr full = evaluator.eval("PossibleZeroQ[" + expression + "]");
            if (full.isTrue()) return "YES";
            return zero.isNumber()
                            || zero.isNumericFunction(true)
                                    && evaluator.eval(F.N(zero)).isNumber()
                    ? "NO"
                    : "UNKNOWN";
        } catch (RuntimeException _) {
            return "UNKNOWN"; // it could not be evaluated, which is an answer
        }
    }
}
